import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { serveHealth, type HealthOptions, type HealthServer } from '../../src/web/health.ts';

let server: HealthServer | undefined;
afterEach(() => server?.close());

async function start(health: HealthOptions['health'], stallMs = 60_000): Promise<HealthServer> {
  server = await serveHealth({ host: '127.0.0.1', port: 0, health, stallMs, clock: systemClock });
  return server;
}
async function get(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`, { method });
  return { status: response.status, text: await response.text() };
}

test('/healthz is 200 while the gateway is ready', async () => {
  await start(() => ({ ready: true, reasons: [] }));
  assert.deepEqual(await get('/healthz'), { status: 200, text: '{"ready":true,"reasons":[]}\n' });
  assert.deepEqual(await get('/healthz', 'HEAD'), { status: 200, text: '' });
});

test('/healthz says how much was not delivered, and is 200 all the same', async () => {
  await start(() => ({ ready: true, reasons: [], undelivered: 3 }));
  assert.deepEqual(await get('/healthz'), { status: 200, text: '{"ready":true,"reasons":[],"undelivered":3}\n' });
});

test('/healthz is 503 with the reasons while it is not, and /livez stays 200', async () => {
  await start(() => ({ ready: false, reasons: ['telegram.example.org: the server is silent'] }));
  assert.deepEqual(await get('/healthz'), {
    status: 503,
    text: '{"ready":false,"reasons":["telegram.example.org: the server is silent"]}\n',
  });
  assert.equal((await get('/livez')).status, 200);
});

test('a gateway that cannot say how it is is not ready', async () => {
  await start(() => {
    throw new Error('lost');
  });
  assert.deepEqual(await get('/healthz'), {
    status: 503,
    text: '{"ready":false,"reasons":["health cannot be told: lost"]}\n',
  });
});

test('a loop that was stuck is neither ready nor alive', async () => {
  await start(() => ({ ready: true, reasons: [] }), 200);
  assert.equal((await get('/livez')).status, 200);
  await pause(50); // the loop's own measure begins with its first tick
  for (const until = performance.now() + 400; performance.now() < until;);
  const live = await get('/livez');
  assert.equal(live.status, 503);
  assert.match(live.text, /the event loop was stuck for \d+ ms/);
  assert.equal((await get('/healthz')).status, 503);
});

test('other paths and methods are refused', async () => {
  await start(() => ({ ready: true, reasons: [] }));
  assert.equal((await get('/')).status, 404);
  assert.equal((await get('/healthz', 'POST')).status, 405);
});

test('a port that is taken is an error that names it', async () => {
  const { port } = await start(() => ({ ready: true, reasons: [] }));
  await assert.rejects(
    serveHealth({ host: '127.0.0.1', port, health: () => ({ ready: true, reasons: [] }), clock: systemClock }),
    { code: 'EADDRINUSE' },
  );
});

// A server that is busy with what was written to it is not taken for dead.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { ManualClock } from '../support/clock.ts';
import { Fences } from '../../src/xmpp/stream/fences.ts';
import { Output } from '../../src/xmpp/stream/output.ts';

const clock = { after: () => () => undefined, now: () => 0, random: () => 0 };

test('R5a: a server that still reads is waited for; one that does not, and says nothing, is dead', async () => {
  const time = new ManualClock();
  const dead: string[] = [];
  let reads = true;
  const fences = new Fences({
    ...{ domain: 'gate.example.org', serverDomain: 'example.org', limits: { watch: 2_000, patience: 3 } },
    ...{ clock: time, write: () => undefined, drained: () => reads, onDead: (why) => dead.push(why) },
  });
  fences.start();
  fences.wait().catch(() => undefined);
  for (let look = 0; look < 20; look++) await time.advance(2_000);
  assert.deepEqual(dead, []);
  reads = false;
  for (let look = 0; look < 3; look++) await time.advance(2_000);
  assert.deepEqual(dead, ['silent']);
  fences.end();
});

test('what the server had to be waited for, and was taken, shows that it reads; what the system took at once does not', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[peer]] = await Promise.all([accepted, once(socket, 'connect')]);
  const output = new Output(socket, { highWater: Infinity, backlog: Infinity }, clock, () => undefined);
  try {
    output.write('x');
    output.flush();
    await new Promise(setImmediate);
    assert.equal(output.drained(), false);
    output.write('x'.repeat(64 * 1024 * 1024));
    output.flush();
    await new Promise(setImmediate);
    assert.equal(output.drained(), false);
    const drained = once(socket, 'drain');
    peer.resume();
    await drained;
    await new Promise(setImmediate);
    assert.equal(output.drained(), true);
    assert.equal(output.drained(), false);
  } finally {
    peer.destroy();
    socket.destroy();
    server.close();
  }
});

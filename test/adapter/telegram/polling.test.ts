// What the polling loop does when Telegram does not answer as it should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POLLER_TEXT, WEBHOOK_TEXT } from '../../../adapters/telegram/conflict.ts';
import { AdapterError } from './imports.ts';
import type { FaultEffect } from './imports.ts';
import { startWorld, textOf } from './world.ts';

/** Time that passes only where the adapter sleeps; what it slept is noted. */
function sleeper() {
  const slept: number[] = [];
  let passed = 0;
  const sleep = (ms: number) => {
    slept.push(ms);
    passed += ms;
    return new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { slept, environment: { sleep, monotonic: () => passed } };
}

const conflict: FaultEffect = {
  kind: 'error',
  code: 409,
  description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
};

test('another poller is borne for 30 s, then told once, and polling goes on', async (t) => {
  const world = await startWorld(t);
  const { slept, environment } = sleeper();
  const fault = await world.control.addFault({ method: 'getUpdates', times: 25, effect: conflict });
  await world.control.openBot(world.place);
  await world.connect(environment);

  const events = await world.events(2);

  assert.deepEqual(events.map(textOf), [POLLER_TEXT, '/start']);
  const told = slept.indexOf(30_000);
  assert.equal(
    slept.slice(0, told).reduce((sum, ms) => sum + ms, 0),
    30_000,
    'told after half a minute',
  );
  assert.ok(
    slept.slice(told, 24).every((ms) => ms === 30_000),
    'and then asked slowly',
  );
  assert.equal((await world.control.calls({ fault })).length, 25);
  assert.deepEqual(world.account.link?.statuses, [], 'sending works meanwhile, so the lanes go on');
});

test('a short conflict, as after a restart, is told to nobody', async (t) => {
  const world = await startWorld(t);
  await world.control.openBot(world.place);
  await world.control.addFault({ method: 'getUpdates', times: 5, effect: conflict });
  await world.connect(sleeper().environment);

  assert.deepEqual((await world.events(1)).map(textOf), ['/start']);
});

test('a webhook that somebody sets is told at once, with what to do', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const answer = await fetch(`${world.fake.api}/bot${world.bot.token}/setWebhook?url=https://hooks.example.org/x`);
  assert.equal(answer.status, 200);

  assert.deepEqual((await world.events(1)).map(textOf), [WEBHOOK_TEXT]);
});

test('a notice that cannot be stored ends the session, as any commit that fails does', async (t) => {
  const world = await startWorld(t);
  const link = await world.meet();
  link.commits('refuse-one');
  await fetch(`${world.fake.api}/bot${world.bot.token}/setWebhook?url=https://hooks.example.org/x`);

  await link.until(() => link.downs.length > 0, 'down() is called');

  assert.match(String(link.downs[0]), /the disk refused/);
});

test('a token that was revoked ends the session as auth-lost', async (t) => {
  const world = await startWorld(t, { pollSeconds: 1 });
  const link = await world.meet();
  await world.control.revokeToken({ bot: world.bot.id });

  await link.until(() => link.downs.length > 0, 'down() is called');

  const [reason] = link.downs;
  assert.ok(AdapterError.is(reason));
  assert.deepEqual(reason.fault, { code: 'auth-lost' });
});

test('a network that is away rests the lanes until it is back, and the pauses grow', async (t) => {
  const world = await startWorld(t);
  const { slept, environment } = sleeper();
  const link = await world.meet({ ...environment, retryMs: 100, retryMaxMs: 1_000 });
  await world.control.addFault({ method: 'getUpdates', times: 6, effect: { kind: 'drop-before' } });
  await world.control.sendText({ ...world.place, text: 'before the storm' });
  await world.events(1);
  await world.control.sendText({ ...world.place, text: 'after the storm' });

  assert.deepEqual((await world.events(2)).map(textOf), ['before the storm', 'after the storm']);
  assert.deepEqual(link.statuses, ['connecting', 'online']);
  assert.deepEqual(slept.slice(0, 6), [50, 100, 200, 400, 500, 500]);
  assert.ok(world.logged.length >= 6 && !JSON.stringify(world.logged).includes(world.bot.token), 'no token in the log');
});

test('429 on polling is obeyed', async (t) => {
  const world = await startWorld(t);
  const { slept, environment } = sleeper();
  await world.control.openBot(world.place);
  const effect = { kind: 'error', code: 429, description: 'Too Many Requests', retry_after: 9 } as const;
  await world.control.addFault({ method: 'getUpdates', effect });
  await world.connect(environment);

  await world.events(1);

  assert.deepEqual(slept, [9_000]);
});

for (const effect of [
  { kind: 'html', code: 502 },
  { kind: 'error', code: 500, description: 'Internal Server Error' },
  { kind: 'error', code: 400, description: 'Bad Request: something new' },
  { kind: 'truncate' },
  { kind: 'drop-after' },
] as const) {
  test(`polling goes on after ${effect.kind} ${'code' in effect ? effect.code : ''}`, async (t) => {
    const world = await startWorld(t);
    await world.control.openBot(world.place);
    await world.control.addFault({ method: 'getUpdates', effect });
    await world.connect();

    assert.deepEqual((await world.events(1)).map(textOf), ['/start']);
  });
}

test('a poll that hangs longer than it may is given up and asked again', async (t) => {
  const world = await startWorld(t, { pollSeconds: 1, callMs: 100 });
  await world.control.openBot(world.place);
  await world.control.addFault({ method: 'getUpdates', effect: { kind: 'hold', work: 'after' } });
  await world.connect();

  assert.deepEqual((await world.events(1)).map(textOf), ['/start']);
});

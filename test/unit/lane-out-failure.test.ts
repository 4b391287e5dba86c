// The rules of lanes.md for sends that certainly failed: pauses, limits, expiry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutBench, fault, temporary } from '../support/out-bench.ts';

const DAY = 86_400_000;

test('rejected: the sender is told the reason, the lane goes on', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(fault({ code: 'rejected', reason: 'blocked' }, 'She does not want to hear from you.'));
  bench.online();
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['blocked stanza a', 'receipt stanza b']);
  assert.deepEqual(
    (await bench.failed()).map(({ why }) => why),
    ['blocked'],
  );
});

test('a session without send rejects as unsupported', async (t) => {
  const bench = await OutBench.open(t);
  bench.lanes.online({ self: 'me', limits: { text: 9 }, resend: 'safe', close: () => Promise.resolve() });
  await bench.write(['a']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['unsupported stanza a']);
});

test('temporary: the pause grows, and nothing overtakes', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(temporary(), temporary(), temporary());
  bench.online();
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a']);
  for (const [pause, calls] of [
    [750, 2],
    [1_500, 3],
    [3_000, 5],
  ] as const) {
    await bench.pass(pause - 1);
    assert.equal(bench.network.calls.length, calls === 5 ? 3 : calls - 1);
    await bench.pass(1);
    assert.equal(bench.network.calls.length, calls);
  }
  assert.deepEqual(bench.network.texts, ['a', 'a', 'a', 'a', 'b']);
  assert.deepEqual(
    bench.network.calls.map(({ delivery }) => delivery.attempt),
    [1, 2, 3, 4, 1],
  );
});

test('an account-wide limit outlives the connection', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(fault({ code: 'rate-limited', retryAfterMs: 10_000, scope: 'account' }));
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  bench.lanes.rest();
  bench.online();
  await bench.write(['b'], { chat: 2 });
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a']);
  await bench.pass(10_500);
  assert.equal(bench.network.calls.length, 3);
});

test('lanes take turns at the account gate', async (t) => {
  const bench = await OutBench.open(t);
  bench.online({ limits: { text: 100, accountRate: { count: 1, perMs: 1_000 } } });
  await bench.write(['a1', 'a2', 'a3']);
  await bench.write(['b1', 'b2', 'b3'], { chat: 2 });
  for (let second = 0; second < 6; second += 1) await bench.pass(1_000);
  assert.deepEqual(bench.network.texts, ['a1', 'a2', 'b1', 'a3', 'b2', 'b3']);
});

test('auth-lost parks every lane of the account', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(fault({ code: 'auth-lost' }));
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  await bench.write(['b'], { chat: 2 });
  await bench.pass(DAY);
  assert.deepEqual(bench.network.texts, ['a']);
  assert.equal(bench.authLost.length, 1);
  assert.equal((await bench.waiting())[0]?.starts, 0);
  bench.online();
  await bench.settle();
  assert.deepEqual(bench.network.texts.sort(), ['a', 'a', 'b']);
});

test('downtime expires nothing that was never tried', async (t) => {
  const bench = await OutBench.open(t);
  await bench.write(['a'], { age: 400 * DAY });
  await bench.begin();
  bench.online();
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test('a clock jump expires nothing that was never tried, but what then fails', async (t) => {
  const bench = await OutBench.open(t);
  await bench.write(['a', 'b']);
  bench.clock.jump(400 * DAY);
  bench.network.failing(temporary());
  bench.online();
  await bench.settle();
  assert.deepEqual(await bench.told(), ['timeout stanza a', 'receipt stanza b']);
});

test('limited until expiry: the error says until when', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(fault({ code: 'rate-limited', retryAfterMs: 10_000, scope: 'chat' }));
  bench.online();
  await bench.write(['a'], { age: DAY });
  await bench.settle();
  assert.deepEqual(await bench.told(), ['rate-limited stanza a']);
  const [entry] = await bench.store.head({ ...bench.lane(), direction: 'in' }, 0, 9);
  const { failure } = entry?.body as unknown as { failure: { until: number } };
  assert.equal(failure.until, bench.clock.now() + 10_500);
});

test('a stored pause is obeyed after a restart, and capped at an hour', async (t) => {
  const bench = await OutBench.open(t);
  const [near] = await bench.write(['near']);
  const [far] = await bench.write(['far'], { chat: 2 });
  const now = bench.clock.now();
  const later = (seq: number | undefined, ms: number) => ({
    seq: seq ?? 0,
    to: 'later' as const,
    notBefore: now + ms,
    why: 'x',
  });
  await bench.store.step({ fence: bench.fence, move: [later(near, 60_000), later(far, 400 * DAY)] });
  await bench.begin();
  bench.online();
  await bench.pass(59_999);
  assert.deepEqual(bench.network.texts, []);
  await bench.pass(1);
  assert.deepEqual(bench.network.texts, ['near']);
  await bench.pass(3_600_000 - 60_001);
  assert.deepEqual(bench.network.texts, ['near']);
  await bench.pass(1);
  assert.deepEqual(bench.network.texts, ['near', 'far']);
});

test('pauses are monotonic: a clock set back a year changes none', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(temporary());
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  bench.clock.jump(-365 * DAY);
  await bench.pass(750);
  assert.equal(bench.network.calls.length, 2);
});

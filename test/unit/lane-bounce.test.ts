// The rules of lanes.md for what comes back as an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InBench } from '../support/in-bench.ts';

test('a bounce after the fence revives: the lane waits, and it goes again before what came later', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a']);
  await bench.settle();
  await bench.back();
  await bench.bounce('a', 'recipient-unavailable', 'wait');
  await bench.say(['b']);
  await bench.pass(20_000);
  assert.deepEqual(bench.sink.sent, ['a']);
  await bench.pass(10_000);
  assert.deepEqual(bench.sink.sent, ['a', 'a again', 'b']);
  await bench.back();
  assert.deepEqual(await bench.waiting(), []);
});

test('a bounce before the fence: it is not settled by it', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a', 'b']);
  await bench.settle();
  await bench.bounce('a', 'service-unavailable');
  await bench.back();
  assert.deepEqual(await bench.waiting(), ['a']);
  await bench.pass(30_000);
  assert.deepEqual(bench.sink.sent, ['a', 'b', 'a again']);
});

test('a bounce before the fence survives the end of the stream', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a', 'b']);
  await bench.settle();
  await bench.bounce('a', 'service-unavailable');
  await bench.reconnect({ clean: false });
  await bench.pass(30_000);
  assert.deepEqual(bench.sink.sent, ['a', 'b', 'a again', 'b again']);
});

test('pauses grow with every bounce, fenced or not, and are forgiven after a quiet while', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a']);
  await bench.settle();
  for (const pause of [22_500, 45_000, 90_000]) {
    await bench.back();
    await bench.bounce('a', 'remote-server-timeout', 'wait');
    bench.sink.news();
    await bench.pass(pause - 1);
    assert.deepEqual(bench.sink.news(), []);
    await bench.pass(1);
    assert.deepEqual(bench.sink.news(), ['a again']);
  }
  await bench.back();
  await bench.pass(700_000);
  await bench.bounce('a', 'remote-server-timeout', 'wait');
  await bench.pass(22_500);
  assert.deepEqual(bench.sink.news(), ['a again']);
});

test('the presence of the user ends the pause at once', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a']);
  await bench.settle();
  await bench.bounce('a', 'recipient-unavailable', 'wait');
  await bench.back();
  bench.lanes.available(bench.accounts[1] ?? 0);
  await bench.pass(100);
  assert.deepEqual(bench.sink.sent, ['a']);
  bench.lanes.available(bench.accounts[0] ?? 0);
  await bench.pass(100);
  assert.deepEqual(bench.sink.sent, ['a', 'a again']);
});

test('a bounced lane delays no other', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a']);
  await bench.settle();
  await bench.bounce('a', 'recipient-unavailable', 'wait');
  await bench.say(['x'], { chat: 2 });
  await bench.settle();
  await bench.back();
  await bench.back();
  assert.deepEqual(bench.sink.sent, ['a', 'x']);
});

test('other errors are final: parked for the operator, settled or not', async (t) => {
  const bench = await InBench.open(t);
  const [seq] = await bench.say(['a']);
  await bench.settle();
  await bench.bounce('a', 'not-acceptable', 'modify');
  await bench.back();
  const [next] = await bench.say(['b']);
  await bench.settle();
  await bench.back();
  await bench.bounce('b', 'forbidden', 'auth');
  await bench.pass(7_200_000);
  const failed = await bench.store.failed(bench.accounts[0] ?? 0, 9);
  assert.deepEqual(
    failed.map((entry) => [entry.seq, entry.why]),
    [
      [seq, 'not-acceptable'],
      [next, 'forbidden'],
    ],
  );
  assert.deepEqual(bench.sink.sent, ['a', 'b']);
  await bench.bounce('b', 'recipient-unavailable', 'wait');
  assert.equal((await bench.store.failed(bench.accounts[0] ?? 0, 9)).length, 2);
});

test('what was refused goes again, before what came later, or is let go, when the operator says so', async (t) => {
  const bench = await InBench.open(t);
  const [account = 0] = bench.accounts;
  for (const text of ['a', 'b', 'c']) {
    await bench.say([text]);
    await bench.settle();
    await bench.back();
    await bench.bounce(text, 'not-acceptable', 'modify');
  }
  const [first, second] = await bench.store.failed(account, 9);
  assert(first && second);
  assert.equal(bench.lanes.undelivered, 3);
  bench.sink.news();
  bench.sink.writable = false;
  await bench.say(['d']);
  assert.equal(await bench.lanes.retry(account, new Set([second.seq])), 1);
  bench.sink.writable = true;
  await bench.pass(50);
  assert.deepEqual(bench.sink.news(), ['b again', 'd']);
  await bench.back();
  assert.equal(await bench.lanes.drop(account, new Set([first.seq])), 1);
  assert.equal(await bench.lanes.retry(account), 1);
  await bench.pass(50);
  assert.deepEqual(bench.sink.news(), ['c again']);
  await bench.back();
  assert.deepEqual(await bench.store.failed(account, 9), []);
  assert.deepEqual(await bench.waiting(), []);
});

test('what could not be shown is tried again when the operator says so', async (t) => {
  const bench = await InBench.open(t);
  const [account = 0] = bench.accounts;
  bench.render = () => {
    throw new Error('a bug');
  };
  await bench.say(['a']);
  await bench.settle();
  assert.deepEqual(
    (await bench.store.failed(account, 9)).map(({ why }) => why),
    ['internal'],
  );
  bench.render = (text) => [text];
  assert.equal(await bench.lanes.retry(account), 1);
  await bench.pass(50);
  assert.deepEqual(bench.sink.news(), ['a']);
});

test('a bounce of what is not ours, or not kept any more, does nothing', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a']);
  await bench.settle();
  await bench.back();
  await bench.store.prune({ settled: Date.now() + 1_000 });
  await bench.bounce('a', 'recipient-unavailable', 'wait');
  await bench.bounce('never', 'recipient-unavailable', 'wait');
  await bench.pass(60_000);
  assert.deepEqual(bench.sink.sent, ['a']);
});

// The rules of lanes.md for what goes to an XMPP stream: go back N.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InBench } from '../support/in-bench.ts';
import { ailingStore } from '../support/store-with.ts';

const numbered = (count: number, name = 'm'): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

test('at most 128 stanzas are in flight, under one fence', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(numbered(300));
  await bench.settle();
  assert.equal(bench.sink.sent.length, 128);
  assert.equal(bench.sink.fences, 1);
  for (let round = 0; round < 10 && bench.sink.fences > 0; round += 1) {
    assert(bench.sink.sent.length - (300 - (await bench.waiting()).length) <= 128);
    assert.equal(bench.sink.fences, 1);
    await bench.back();
  }
  assert.deepEqual(bench.sink.sent, numbered(300));
  assert.deepEqual(await bench.waiting(), []);
});

test('at most 256 KiB are in flight, counted in bytes', async (t) => {
  const bench = await InBench.open(t);
  bench.render = () => ['ü'.repeat(25_000)]; // 50,000 bytes
  await bench.say(numbered(12));
  await bench.settle();
  assert.equal(bench.sink.sent.length, 5);
  await bench.back();
  assert.equal(bench.sink.sent.length, 10);
});

test('an entry larger than the window goes alone', async (t) => {
  const bench = await InBench.open(t);
  bench.render = (text) => [text === 'm1' ? 'x'.repeat(400_000) : text];
  await bench.say(numbered(3));
  await bench.settle();
  assert.equal(bench.sink.sent.length, 1);
  await bench.back();
  assert.equal(bench.sink.sent.length, 2);
  await bench.back();
  assert.equal(bench.sink.sent.length, 3);
});

test('an entry of several stanzas keeps to the limit too', async (t) => {
  const bench = await InBench.open(t);
  bench.render = (text) => [`${text}a`, `${text}b`, `${text}c`];
  await bench.say(numbered(50));
  await bench.settle();
  assert.equal(bench.sink.sent.length, 126);
});

test('a fence settles exactly what was written before it', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a', 'b']);
  await bench.say(['c']);
  await bench.settle();
  await bench.back();
  assert.deepEqual(await bench.waiting(), ['c']);
  await bench.back();
  assert.deepEqual(await bench.waiting(), []);
});

test('everything unfenced goes again in order, also after a clean end, and behind it what is new', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a', 'b']);
  await bench.say(['x'], { chat: 2 });
  await bench.settle();
  await bench.reconnect({ clean: true });
  await bench.say(['c']);
  await bench.settle();
  assert.deepEqual(bench.sink.sent, ['a', 'b', 'x', 'a again', 'x again', 'b again', 'c']);
});

test('an old fence that comes back late settles nothing of the new stream', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a']);
  await bench.settle();
  bench.lanes.offline({ clean: false });
  bench.lanes.pump();
  await bench.settle();
  bench.sink.back(); // of the first stream
  await bench.settle();
  assert.deepEqual(await bench.waiting(), ['a']);
  bench.sink.back();
  await bench.settle();
  assert.deepEqual(await bench.waiting(), []);
});

test('what was settled in the last 5 s before an unclean end goes again, in its place', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['old']);
  await bench.settle();
  await bench.back();
  await bench.pass(5_000);
  await bench.say(['late1', 'late2']);
  await bench.settle();
  await bench.back();
  await bench.pass(4_999);
  await bench.say(['open']);
  await bench.settle();
  bench.sink.news();
  await bench.reconnect({ clean: false });
  assert.deepEqual(bench.sink.news(), ['late1 again', 'late2 again', 'open again']);
});

test('the 5 s count from when the server was last heard, for it may have been dead ever since', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['old']);
  await bench.settle();
  await bench.back();
  await bench.pass(5_000);
  await bench.say(['late']);
  await bench.settle();
  await bench.back();
  await bench.pass(6_000);
  bench.sink.news();
  await bench.reconnect({ clean: false, silent: 6_000 });
  assert.deepEqual(bench.sink.news(), ['late again']);
});

test('what was settled last goes again after a kill of the gateway, for the server may have died meanwhile', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['one', 'two']);
  await bench.settle();
  await bench.back();
  await bench.say(['three']);
  await bench.settle();
  await bench.begin({ doubt: true });
  await bench.settle();
  assert.deepEqual(bench.sink.sent, ['one again', 'two again', 'three']);
  await bench.back();
  assert.deepEqual(await bench.waiting(), []);
});

test('a gateway that keeps being killed sends what was settled last again once, not each time', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['one']);
  await bench.settle();
  await bench.back();
  await bench.begin({ doubt: true });
  await bench.settle();
  await bench.back();
  await bench.say(['two']);
  await bench.settle();
  await bench.back();
  await bench.begin({ doubt: true });
  await bench.settle();
  assert.deepEqual(bench.sink.sent, ['two again']);
});

test('after an orderly end nothing that was settled goes again', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['one']);
  await bench.settle();
  await bench.back();
  await bench.begin();
  await bench.settle();
  assert.deepEqual(bench.sink.sent, []);
});

test('after a clean end only what was not fenced goes again', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['settled']);
  await bench.settle();
  await bench.back();
  await bench.reconnect({ clean: true });
  assert.deepEqual(bench.sink.sent, ['settled']);
});

test('settling that waits for a full disk does not undo what an unclean end revives', async (t) => {
  let full = false;
  const bench = await InBench.open(t, (store) => ailingStore(store, 'step', () => full));
  await bench.say(['a', 'b']);
  await bench.settle();
  full = true;
  await bench.back();
  await bench.pass(600);
  await bench.reconnect({ clean: false });
  assert.deepEqual(bench.sink.sent, ['a', 'b']);
  await bench.pass(600);
  full = false;
  await bench.pass(1_500);
  await bench.pass(50);
  assert.deepEqual(bench.sink.sent, ['a', 'b', 'a again', 'b again']);
  await bench.back();
  assert.deepEqual(await bench.waiting(), []);
});

test('accounts take turns, and in an account its lanes: a flood delays nobody by more than a turn', async (t) => {
  const bench = await InBench.open(t);
  bench.sink.writable = false;
  await bench.say(numbered(60, 'flood'));
  await bench.say(['j2a', 'j2b'], { chat: 2 });
  await bench.say(['r1', 'r2', 'r3'], { account: 1 });
  bench.sink.writable = true;
  bench.lanes.pump();
  await bench.settle();
  assert.deepEqual(bench.sink.sent.slice(0, 8), ['flood0', 'r1', 'j2a', 'r2', 'flood1', 'r3', 'j2b', 'flood2']);
});

test('a stream that takes no more is written to again when it does, nothing lost or doubled', async (t) => {
  const bench = await InBench.open(t);
  bench.sink.room = 3;
  await bench.say(numbered(5));
  await bench.settle();
  assert.equal(bench.sink.sent.length, 3);
  bench.sink.room = Infinity;
  bench.lanes.pump();
  await bench.settle();
  assert.deepEqual(bench.sink.sent, numbered(5));
});

test('what waited before the start is written in order, more of it than is kept in memory', async (t) => {
  const bench = await InBench.open(t);
  bench.sink.writable = false;
  await bench.say(numbered(400));
  await bench.begin();
  for (let round = 0; round < 20 && bench.sink.sent.length < 400; round += 1) await bench.back();
  assert.deepEqual(bench.sink.sent, numbered(400));
});

test('what is appended while the lanes load is written behind what waited', async (t) => {
  const bench = await InBench.open(t);
  bench.sink.writable = false;
  await bench.say(['old1', 'old2']);
  const begun = bench.begin();
  await bench.say(['new']);
  await begun;
  await bench.settle();
  assert.deepEqual(bench.sink.sent, ['old1', 'old2', 'new']);
});

test('an entry that cannot be sent is kept for the operator, and its lane goes on', async (t) => {
  const bench = await InBench.open(t);
  bench.sink.refuses = (stanza) => stanza === 'bad';
  await bench.say(['a', 'bad', 'c']);
  await bench.settle();
  assert.deepEqual(bench.sink.sent, ['a', 'c']);
  const [failed] = await bench.store.failed(bench.accounts[0] ?? 0, 9);
  assert.equal(failed?.why, 'internal');
  assert.deepEqual(bench.log.of('error'), ['an entry cannot be shown; kept for the operator']);
});

test('an entry that shows nothing is settled', async (t) => {
  const bench = await InBench.open(t);
  bench.render = () => [];
  await bench.say(['a']);
  await bench.settle();
  await bench.back();
  assert.deepEqual(await bench.waiting(), []);
});

test('an account that is forgotten is written to no more, and nobody else notices', async (t) => {
  const bench = await InBench.open(t);
  bench.sink.room = 0;
  await bench.say(['a']);
  await bench.say(['b'], { account: 1 });
  await bench.settle();
  bench.lanes.forget(bench.accounts[0] ?? 0);
  bench.sink.room = Infinity;
  bench.lanes.pump();
  await bench.settle();
  assert.deepEqual(bench.sink.sent, ['b']);
});

test('a lane that cannot be read rests, and others go on', async (t) => {
  let broken = false;
  const bench = await InBench.open(t, (store) => ailingStore(store, 'head', () => broken, 'corrupt'));
  await bench.say(['a'], { wake: false });
  broken = true;
  await bench.begin();
  await bench.settle();
  assert.equal(bench.log.of('error').length, 1);
  broken = false;
  await bench.pass(30_000);
  assert.deepEqual(bench.sink.sent, ['a']);
});

test('when stopped nothing more is written', async (t) => {
  const bench = await InBench.open(t);
  bench.lanes.stop();
  await bench.say(['a']);
  await bench.settle();
  assert.deepEqual(bench.sink.sent, []);
});

test('what no wake has told of is found within a minute, also behind what was told of', async (t) => {
  const bench = await InBench.open(t);
  await bench.say(['a'], { wake: false });
  await bench.say(['b']);
  await bench.say(['c'], { wake: false, chat: 2 });
  await bench.settle();
  await bench.back();
  assert.deepEqual(bench.sink.news(), ['b']);
  await bench.pass(60_000);
  assert.deepEqual(bench.sink.news(), ['a', 'c']);
  while (bench.sink.fences > 0) await bench.back();
  assert.deepEqual([...(await bench.waiting(1)), ...(await bench.waiting(2))], []);
  await bench.pass(120_000);
  assert.deepEqual(bench.sink.news(), []);
});

// What a user and a full disk do to lanes that go to a network: notices, retry, cancel, echoes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutBench, fault, gate, temporary, uncertain } from '../support/out-bench.ts';
import { ailingStore } from '../support/store-with.ts';
import type { Sent } from '../../src/adapter/api.ts';

const DAY = 86_400_000;

test('a wait of 30 s is told, once until the lane is empty', async (t) => {
  const bench = await OutBench.open(t);
  const limited = (): unknown => fault({ code: 'rate-limited', retryAfterMs: 20_000, scope: 'chat' });
  bench.network.failing(limited(), limited(), limited());
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  assert.deepEqual(await bench.told(), []);
  await bench.pass(21_000);
  assert.deepEqual(await bench.told(), ['notice waiting']);
  await bench.pass(21_000);
  await bench.pass(21_000);
  assert.deepEqual(await bench.told(), ['notice waiting', 'receipt stanza a']);
  bench.network.failing(fault({ code: 'rate-limited', retryAfterMs: 31_000, scope: 'chat' }));
  await bench.write(['b']);
  await bench.pass(40_000);
  assert.deepEqual((await bench.told()).slice(2), ['notice waiting', 'receipt stanza b']);
});

test('retry puts each failed entry back once, in its place, and a second failure is told again', async (t) => {
  const bench = await OutBench.open(t);
  const rejected = (): unknown => fault({ code: 'rejected', reason: 'forbidden' });
  bench.network.failing(rejected(), rejected(), rejected());
  bench.online();
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.equal(await bench.lanes.retry(), 2);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b', 'a', 'b']);
  const told = ['forbidden stanza a', 'forbidden stanza b', 'forbidden stanza a', 'receipt stanza b'];
  assert.deepEqual(await bench.told(), told);
});

test('retry finds what failed behind many failed deliveries the other way', async (t) => {
  const bench = await OutBench.open(t);
  const lane = { ...bench.lane(), direction: 'in' as const };
  const entries = Array.from({ length: 150 }, (_, index) => ({ lane, owner: 'x', key: `${index}`, at: 1, body: {} }));
  const { seqs } = await bench.store.step({ fence: bench.fence, append: entries });
  await bench.store.step({ fence: bench.fence, move: seqs.map((seq) => ({ seq: seq ?? 0, to: 'failed', why: 'x' })) });
  bench.network.failing(fault({ code: 'rejected', reason: 'forbidden' }));
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  assert.equal(await bench.lanes.retry(), 1);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'a']);
});

test('cancel drops what was not started, and tells; what is under way goes on', async (t) => {
  const bench = await OutBench.open(t);
  const answer = gate<Sent>();
  bench.network.answer = ({ text }) => (text === 'a' ? answer.promise : {});
  bench.online();
  await bench.write(['a', 'b', 'c']);
  await bench.settle();
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 2);
  answer.open({});
  await bench.settle();
  await bench.write(['d']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'd']);
  assert.deepEqual(await bench.told(), [
    'cancelled stanza b',
    'cancelled stanza c',
    'receipt stanza a',
    'receipt stanza d',
  ]);
});

test('cancel drops what waits for another attempt after a known failure', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(temporary());
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 1);
  await bench.pass(DAY);
  assert.deepEqual(bench.network.texts, ['a']);
  assert.deepEqual(await bench.told(), ['cancelled stanza a']);
});

test('cancel tells of nothing that may have arrived, whatever came of it later', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(uncertain(), temporary());
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 0);
  await bench.pass(2_000);
  assert.equal(bench.network.texts.length, 2);
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 0);
  await bench.begin();
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 0);
  bench.online();
  await bench.pass(5_000);
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test('cancel never tells of what is delivered: whatever the moment, each message has one outcome', async (t) => {
  const bench = await OutBench.open(t);
  bench.online();
  const texts = Array.from({ length: 300 }, (_, index) => `m${index}`);
  const writing = bench.write(texts);
  for (let round = 0; round < 30; round += 1) await bench.lanes.cancel({ code: 'cancelled' });
  await writing;
  await bench.settle();
  await bench.lanes.cancel({ code: 'cancelled' });
  await bench.settle();
  const told = (await bench.told()).map((line) => line.split(' stanza ') as [string, string]);
  assert.equal(told.length, 300);
  const receipts = told.filter(([what]) => what === 'receipt').map(([, text]) => text);
  assert.deepEqual(bench.network.texts, receipts);
  assert.equal(new Set(told.map(([, text]) => text)).size, 300);
});

test('disk full: settling waits and goes on when there is room, and nothing is sent twice', async (t) => {
  let full = false;
  const bench = await OutBench.open(t, { store: (store) => ailingStore(store, 'step', () => full) });
  bench.network.answer = () => ((full = true), {});
  bench.online({ resend: 'unsafe' });
  await bench.write(['a', 'b']);
  await bench.pass(5_000);
  assert.deepEqual(bench.network.texts, ['a']);
  assert.equal(bench.log.of('error').length, 1);
  full = false;
  bench.network.answer = () => ({});
  await bench.pass(1_000);
  assert.deepEqual(bench.network.texts, ['a', 'b']);
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'receipt stanza b']);
});

test('the echo with the token of what is being sent settles it', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => gate<Sent>().promise;
  bench.online();
  const [seq] = await bench.write(['a']);
  await bench.settle();
  const settled = bench.lanes.echo(1, `token ${seq}.0`, { id: 'echo' });
  assert(settled);
  await settled;
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
  assert.equal((await bench.store.byRemote(bench.account, 1, 'echo')).length, 1);
  assert.equal(bench.lanes.echo(1, undefined, { id: 'other' }), undefined);
});

test('the echo with the token of what was begun before a crash settles it, though no session is up', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => gate<Sent>().promise;
  bench.online();
  const [seq] = await bench.write(['a', 'b']);
  await bench.settle();
  await bench.begin();
  await bench.lanes.echo(1, 'a token that another device has made up', { id: 'other' });
  assert.equal((await bench.store.byRemote(bench.account, 1, 'other')).length, 0);
  await bench.lanes.echo(1, `token ${seq}.0`, { id: 'echo' });
  assert.equal((await bench.store.byRemote(bench.account, 1, 'echo'))[0]?.stanza, 'stanza a');
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
  bench.network.answer = () => ({ id: 'next' });
  bench.online();
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b']);
});

test('an echo without a token waits for what is being sent in its chat, and for no other', async (t) => {
  const bench = await OutBench.open(t);
  const answer = gate<Sent>();
  bench.network.answer = () => answer.promise;
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  assert.equal(bench.lanes.echo(2, undefined, { id: 'x' }), undefined);
  const ended = bench.lanes.echo(1, undefined, { id: 'x' });
  answer.open({ id: 'x' });
  await ended;
  assert.equal((await bench.store.byRemote(bench.account, 1, 'x')).length, 1);
});

// Several messages of one chat under way at once, where the network keeps their order.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Limits, Rate, Sent } from '../../src/adapter/api.ts';
import { OutBench, fault, gate, temporary, uncertain, type Call } from '../support/out-bench.ts';

/** A network that answers when the test says so. */
class Waiting {
  readonly gates = new Map<string, ReturnType<typeof gate<Sent>>>();

  answer = ({ text }: Call): Promise<Sent> => {
    const answer = gate<Sent>();
    this.gates.set(text, answer);
    return answer.promise;
  };

  take(text: string): void {
    this.gates.get(text)?.open({ id: `id ${text}` });
  }

  fail(text: string, error: unknown): void {
    this.gates.get(text)?.fail(error);
  }
}

async function windowed(t: TestContext, limits: Partial<Limits> = {}): Promise<{ bench: OutBench; network: Waiting }> {
  const bench = await OutBench.open(t, { onUncertain: 'resend' });
  const network = new Waiting();
  bench.network.answer = network.answer;
  bench.online({ resend: 'unsafe', limits: { text: 1_000, window: 3, ...limits } });
  return { bench, network };
}

/** In a new shift the three that were in doubt go again, as the log says, and what was behind them. */
async function allGoAgain(bench: OutBench): Promise<void> {
  bench.network.answer = () => ({});
  bench.online({ resend: 'unsafe', limits: { text: 1_000, window: 3 } });
  await bench.pass(10_000);
  assert.deepEqual(bench.network.texts.slice(3), ['a', 'b', 'c', 'd']);
  const again = bench.log.of('warn').filter((message) => message === 'sending again what may have arrived');
  assert.equal(again.length, 3);
}

test('as many as the network takes are under way, and no more', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b', 'c', 'd']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b', 'c']);
  network.take('a');
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b', 'c', 'd']);
});

test('what ends out of turn is told in its turn', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b', 'c']);
  await bench.settle();
  network.take('c');
  network.fail('b', fault({ code: 'rejected', reason: 'forbidden' }));
  await bench.settle();
  assert.deepEqual(await bench.told(), []);
  network.take('a');
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'forbidden stanza b', 'receipt stanza c']);
  assert.deepEqual(await bench.waiting(), []);
});

test('what was not taken goes again with all behind it, in order', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b', 'c', 'd']);
  await bench.settle();
  for (const text of ['a', 'b', 'c']) network.fail(text, temporary());
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b', 'c'], 'nothing is begun before the pause is over');
  bench.network.answer = () => ({});
  await bench.pass(2_000);
  assert.deepEqual(bench.network.texts.slice(3), ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    await bench.told(),
    ['a', 'b', 'c', 'd'].map((text) => `receipt stanza ${text}`),
  );
  assert.deepEqual(bench.log.of('warn'), [], 'nothing is in doubt');
});

test('what would come behind a later one is given back', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b']);
  await bench.settle();
  network.fail('a', temporary());
  network.take('b');
  await bench.settle();
  assert.deepEqual(await bench.told(), ['timeout stanza a', 'receipt stanza b']);
  await bench.pass(10_000);
  assert.deepEqual(bench.network.texts, ['a', 'b']);
});

test('a line that breaks leaves all in doubt that were under way: each goes again, in order, and the log says so', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b', 'c', 'd']);
  await bench.settle();
  bench.lanes.rest();
  for (const text of ['a', 'b', 'c']) network.fail(text, uncertain());
  await bench.settle();
  await allGoAgain(bench);
});

test('after a crash all that was under way is in doubt', async (t) => {
  const { bench } = await windowed(t);
  const [a, b, c] = await bench.write(['a', 'b', 'c', 'd']);
  await bench.settle();
  const started = (await bench.waiting()).filter(({ starts }) => starts > 0).map(({ seq }) => seq);
  assert.deepEqual(started, [a, b, c]);
  await bench.begin();
  await allGoAgain(bench);
});

test('what depends on an earlier one waits until that has its id', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a']);
  const sender = { jid: 'juliet@example.org/balcony', id: 'stanza reply' };
  const content = { text: 'reply', replyTo: { id: 'stanza a', author: null } };
  await bench.accept({ type: 'message', chat: { kind: 'direct', id: 'user 1' }, content, sender });
  await bench.write(['c']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a']);
  network.take('a');
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'reply', 'c']);
});

test('a message of several parts has the line for itself until its last part', async (t) => {
  const { bench, network } = await windowed(t, { text: 5 });
  await bench.write(['one two', 'b']);
  await bench.settle();
  assert.equal(bench.network.texts.length, 1);
  network.take(bench.network.texts[0] ?? '');
  await bench.settle();
  assert.equal(bench.network.texts.length, 3);
  assert.equal(bench.network.texts[2], 'b');
});

test('a gate that is shut is waited for', async (t) => {
  const rate: Rate = { count: 2, perMs: 2_000 };
  const { bench, network } = await windowed(t, { accountRate: rate });
  await bench.write(['a', 'b', 'c']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b']);
  network.take('a');
  network.take('b');
  await bench.pass(1_100);
  assert.deepEqual(bench.network.texts, ['a', 'b', 'c']);
});

test('what is under way is not given back by a cancel, and a retraction stands behind it', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b', 'c', 'd']);
  await bench.settle();
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 1);
  for (const text of ['a', 'b', 'c']) network.take(text);
  await bench.settle();
  const told = await bench.told();
  assert.deepEqual(told.toSorted(), ['cancelled stanza d', 'receipt stanza a', 'receipt stanza b', 'receipt stanza c']);
});

test('an own message that the network shows waits until all is decided that was under way', async (t) => {
  const { bench, network } = await windowed(t);
  const [, b] = await bench.write(['a', 'b', 'c']);
  await bench.settle();
  let decided = false;
  void bench.lanes.echo(1, `token ${b}.0`, { id: 'id b' })?.then(() => (decided = true));
  network.take('a');
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'receipt stanza b'], 'its token has settled b');
  assert.equal(decided, false);
  network.take('c');
  await bench.settle();
  assert.equal(decided, true);
});

test('at the end of the shift what is under way is seen to its end, and nothing new is begun', async (t) => {
  const { bench, network } = await windowed(t);
  await bench.write(['a', 'b', 'c', 'd']);
  await bench.settle();
  const stopped = bench.lanes.stop(60_000);
  for (const text of ['a', 'b', 'c']) network.take(text);
  await stopped;
  assert.deepEqual(bench.network.texts, ['a', 'b', 'c']);
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'receipt stanza b', 'receipt stanza c']);
  assert.equal((await bench.waiting()).length, 1);
});

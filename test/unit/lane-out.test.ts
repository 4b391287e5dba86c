// The rules of lanes.md for what goes to a network: order, parts, settling.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Step, Store } from '../../src/store/api.ts';
import { OutBench, fault, gate } from '../support/out-bench.ts';
import { storeWith } from '../support/store-with.ts';
import type { Content, Sent } from '../../src/adapter/api.ts';

test('stop and wait: one message of a lane at a time, in order', async (t) => {
  const bench = await OutBench.open(t);
  const first = gate<Sent>();
  bench.network.answer = ({ text }) => (text === 'a' ? first.promise : {});
  bench.online();
  await bench.write(['a', 'b', 'c']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a']);
  first.open({});
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b', 'c']);
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'receipt stanza b', 'receipt stanza c']);
});

test('what waited before the start is sent in order, more of it than is kept in memory', async (t) => {
  const bench = await OutBench.open(t);
  const texts = Array.from({ length: 200 }, (_, index) => `m${index}`);
  await bench.write(texts.slice(0, 150));
  await bench.begin();
  bench.online();
  await bench.write(texts.slice(150));
  for (let round = 0; round < 40 && bench.network.calls.length < 200; round += 1) await bench.settle();
  assert.deepEqual(bench.network.texts, texts);
});

test('a stuck lane delays no other lane', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = ({ chat }) => (chat === 'user 1' ? gate<Sent>().promise : {});
  bench.online();
  await bench.write(['stuck', 'behind']);
  await bench.write(['free', 'also'], { chat: 2 });
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['stuck', 'free', 'also']);
});

test('settling writes ids, receipt and state in one step', async (t) => {
  const steps: object[] = [];
  const watched = (store: Store): Store => {
    const step = (one: Step) => (steps.push(one), store.step(one));
    return storeWith(store, (method) => (method === 'step' ? step : undefined));
  };
  const bench = await OutBench.open(t, { store: watched });
  bench.network.answer = () => ({ id: '77', at: 5 });
  bench.online();
  const [seq] = await bench.write(['a']);
  await bench.settle();
  const settling = steps.filter((step) => JSON.stringify(step).includes('"settled"'));
  assert.equal(settling.length, 1);
  const [step] = settling as [{ ids: unknown; append: readonly { key: string }[]; move: unknown }];
  assert.deepEqual(step.ids, [
    { account: bench.account, chat: 1, remote: '77', part: 0, stanza: 'stanza a', author: null, at: 5 },
  ]);
  assert.deepEqual(
    step.append.map(({ key }) => key),
    [`receipt/${seq}`],
  );
  assert.deepEqual(step.move, [{ seq, to: 'settled' }]);
});

test('a network that answers nothing at all has still taken the message', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => undefined as unknown as Sent;
  bench.online();
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'receipt stanza b']);
});

test('the split plan is stored, and parts are settled one by one with tokens of their own that outlive restarts', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = ({ text }) => (text === 'two' ? gate<Sent>().promise : { id: `id ${text}` });
  bench.online({ limits: { text: 5 } });
  const [seq] = await bench.write(['one\n\ntwo\n\nthree']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['one', 'two']);
  const [entry] = await bench.waiting();
  assert.deepEqual(
    [entry?.done, entry?.starts, entry?.plan],
    [1, 1, ['one', 'two', 'three'].map((text) => ({ do: 'send', content: { text } }))],
  );
  await bench.begin();
  bench.network.answer = ({ text }) => ({ id: `id ${text}` });
  bench.online({ limits: { text: 1_000 } }); // other limits: the plan stays
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['one', 'two', 'two', 'three']);
  const tokens = bench.network.calls.map(({ delivery }) => delivery.token);
  assert.deepEqual(tokens, [`token ${seq}.0`, `token ${seq}.1`, `token ${seq}.1`, `token ${seq}.2`]);
  const rows = await bench.store.byStanza(bench.account, 1, 'stanza one\n\ntwo\n\nthree');
  assert.deepEqual(
    new Map(rows.map(({ remote, part }) => [part, remote])),
    new Map([
      [0, 'id one'],
      [1, 'id two'],
      [2, 'id three'],
    ]),
  );
  assert.equal((await bench.told()).length, 1);
});

test('a message with nothing in it is invalid, and the lane goes on', async (t) => {
  const bench = await OutBench.open(t);
  bench.online();
  await bench.write([' \n ', 'b']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['invalid stanza  \n ', 'receipt stanza b']);
});

for (const [scope, free] of [
  ['chat', ['b', 'c']],
  ['account', []],
  ['network', []],
] as const)
  test(`rate-limited in the ${scope}: just that rests, for as long as the network said`, async (t) => {
    const bench = await OutBench.open(t);
    bench.network.failing(fault({ code: 'rate-limited', retryAfterMs: 10_000, scope }));
    bench.online();
    await bench.write(['a']);
    await bench.settle();
    await bench.write(['b'], { chat: 2 });
    await bench.write(['c'], { chat: 3 });
    await bench.settle();
    assert.deepEqual(bench.network.texts, ['a', ...free]);
    assert.equal(bench.transportGate.wait > 0, scope === 'network');
    await bench.pass(9_999);
    assert.deepEqual(bench.network.texts, ['a', ...free]);
    await bench.pass(501); // jitter of a tenth at most
    assert.equal(bench.network.calls.length, 4);
  });

test('a split that throws fails its message alone', async (t) => {
  const split = (content: Content): readonly Content[] => {
    if (content.text === 'a') throw new RangeError('a bug');
    return [content];
  };
  const bench = await OutBench.open(t, { split });
  bench.online();
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['internal stanza a', 'receipt stanza b']);
});

test('what no wake has told of is found when a session comes up again', async (t) => {
  const bench = await OutBench.open(t);
  bench.online();
  await bench.write(['a'], { wake: false });
  await bench.write(['b']);
  await bench.write(['c'], { wake: false, chat: 2 });
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['b']);
  bench.lanes.rest();
  bench.online();
  for (let round = 0; round < 40 && bench.network.calls.length < 3; round += 1) await bench.settle();
  assert.deepEqual(bench.network.texts.toSorted(), ['a', 'b', 'c']);
});

// The rules of lanes.md for sends whose end is not known: crashes, deadlines, find().
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutBench, fault, gate, temporary, uncertain } from '../support/out-bench.ts';
import type { Sent } from '../../src/adapter/api.ts';

const DAY = 86_400_000;

test('a receipt goes only to who asked for one', async (t) => {
  const bench = await OutBench.open(t);
  bench.online();
  await bench.write(['a'], { sender: { receipt: undefined as never } });
  await bench.settle();
  assert.equal((await bench.waiting()).length, 0);
  assert.deepEqual(await bench.told(), []);
});

test('started is on disk before a send on an unsafe network', async (t) => {
  const bench = await OutBench.open(t);
  const starts: number[] = [];
  bench.network.answer = async () => {
    starts.push((await bench.waiting())[0]?.starts ?? -1);
    return {};
  };
  bench.online({ resend: 'unsafe' });
  await bench.write(['a']);
  await bench.settle();
  assert.deepEqual(starts, [1]);
});

test('a session that ends while the start is written is not sent to', async (t) => {
  const bench = await OutBench.open(t);
  bench.online({ resend: 'unsafe' });
  await bench.write(['a']);
  bench.lanes.rest();
  await bench.settle();
  assert.deepEqual(bench.network.texts, []);
  assert.equal((await bench.waiting())[0]?.starts, 0);
  bench.online({ resend: 'unsafe' });
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a']);
});

test('three crashed starts are poison: failed with a reference, and the lane goes on', async (t) => {
  const bench = await OutBench.open(t);
  const hang = (): Promise<Sent> => gate<Sent>().promise;
  bench.network.answer = ({ text }) => (text === 'poison' ? hang() : {});
  await bench.write(['poison', 'next']);
  for (const crash of [1, 2, 3]) {
    await bench.begin();
    bench.online({ resend: 'unsafe' });
    await bench.settle();
    assert.equal((await bench.waiting())[0]?.starts, crash);
  }
  assert.deepEqual(bench.network.texts, ['poison', 'poison', 'poison']);
  await bench.begin();
  bench.online({ resend: 'unsafe' });
  await bench.settle();
  assert.deepEqual(await bench.told(), ['internal stanza poison', 'receipt stanza next']);
  assert.match(JSON.stringify(bench.log.lines), /gave an entry up/);
});

test('many known failures are no poison, also after a restart', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(...Array.from({ length: 8 }, (_, index) => (index % 2 ? uncertain() : temporary())));
  bench.online();
  await bench.write(['a']);
  for (let round = 0; round < 5; round += 1) await bench.pass(300_000);
  assert.ok(bench.network.calls.length < 9, 'some failures are left for after the restart');
  await bench.begin();
  bench.online();
  await bench.pass(3_600_000);
  await bench.pass(3_600_000);
  await bench.pass(3_600_000);
  assert.deepEqual(
    (await bench.told()).filter((told) => !told.startsWith('notice')),
    ['receipt stanza a'],
  );
});

test('what was started whole is not split after a restart with lower limits', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => gate<Sent>().promise;
  bench.online();
  await bench.write(['one\n\ntwo']);
  await bench.settle();
  await bench.begin();
  bench.network.answer = () => ({});
  bench.online({ limits: { text: 5 } });
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['one\n\ntwo', 'one\n\ntwo']);
});

test('uncertain on a safe network: resent with the same token', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(uncertain());
  bench.online();
  await bench.write(['a']);
  await bench.pass(1_000);
  const [one, two] = bench.network.calls;
  assert.deepEqual([one?.delivery.token, bench.network.calls.length], [two?.delivery.token, 2]);
});

test('something thrown that is no AdapterError is uncertain', async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  bench.network.failing(new TypeError('secret detail'));
  bench.online({ resend: 'unsafe' });
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['uncertain stanza a', 'receipt stanza b']);
  const [failed] = await bench.failed();
  assert.equal(failed?.why, 'uncertain');
  const told = await bench.store.head({ ...bench.lane(), direction: 'in' }, 0, 9);
  assert.doesNotMatch(JSON.stringify(told), /secret detail/);
});

test("uncertain on an unsafe network, on_uncertain 'resend': sent again, three times at most, then told", async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'resend' });
  bench.network.failing(uncertain(), uncertain(), uncertain());
  bench.online({ resend: 'unsafe' });
  await bench.write(['a', 'b']);
  for (let round = 0; round < 4; round += 1) await bench.pass(5_000);
  assert.deepEqual(bench.network.texts, ['a', 'a', 'a', 'b']);
  assert.deepEqual(await bench.told(), ['uncertain stanza a', 'receipt stanza b']);
  assert.equal(bench.log.of('warn').filter((line) => line.includes('sending again')).length, 2);
});

test('uncertain, found by the network: settled and not sent again', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(uncertain());
  bench.online({ resend: 'unsafe', find: bench.network.finding(() => ({ id: 'found' })) });
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b']);
  assert.equal((await bench.store.byRemote(bench.account, 1, 'found'))[0]?.stanza, 'stanza a');
});

test('uncertain, not found: sent again after a pause', async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  bench.network.failing(uncertain());
  bench.online({ resend: 'unsafe', find: bench.network.finding(() => undefined) });
  await bench.write(['a']);
  await bench.settle();
  assert.equal(bench.network.calls.length, 1);
  await bench.pass(1_000);
  assert.equal(bench.network.calls.length, 2);
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test('a find that fails is asked again, and nothing is sent meanwhile', async (t) => {
  const bench = await OutBench.open(t);
  const answers = [temporary(), new Error('odd'), { id: 'found' }];
  const find = bench.network.finding(() => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer as Sent;
  });
  bench.network.failing(uncertain());
  bench.online({ resend: 'unsafe', find });
  await bench.write(['a']);
  for (let round = 0; round < 3; round += 1) await bench.pass(5_000);
  assert.deepEqual([bench.network.asked.length, bench.network.calls.length], [3, 1]);
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test('a network that cannot be asked after all is treated as one without find', async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  const find = bench.network.finding(() => {
    throw fault({ code: 'rejected', reason: 'unsupported' });
  });
  bench.network.failing(uncertain());
  bench.online({ resend: 'unsafe', find });
  await bench.write(['a']);
  await bench.settle();
  assert.deepEqual(await bench.told(), ['uncertain stanza a']);
});

test('a session that is lost while it is asked leaves the question to the next', async (t) => {
  const bench = await OutBench.open(t);
  const find = bench.network.finding(() => {
    throw fault({ code: 'auth-lost' });
  });
  bench.network.failing(uncertain());
  bench.online({ resend: 'unsafe', find });
  await bench.write(['a']);
  await bench.settle();
  assert.equal(bench.authLost.length, 1);
  bench.online({ resend: 'unsafe', find: bench.network.finding(() => ({ id: 'found' })) });
  await bench.settle();
  assert.equal(bench.network.calls.length, 1);
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test('after a crash what was started is uncertain: asked for where that is possible', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => gate<Sent>().promise;
  bench.online({ resend: 'unsafe' });
  await bench.write(['a']);
  await bench.settle();
  await bench.begin();
  bench.online({ resend: 'unsafe', find: bench.network.finding(() => ({ id: 'found' })) });
  await bench.settle();
  assert.deepEqual([bench.network.calls.length, bench.network.asked.length], [1, 1]);
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test("after a crash on an unsafe network, on_uncertain 'tell': the sender is told, nothing is sent again", async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  bench.network.answer = () => gate<Sent>().promise;
  bench.online({ resend: 'unsafe' });
  await bench.write(['a', 'b']);
  await bench.settle();
  await bench.begin();
  bench.network.answer = () => ({});
  bench.online({ resend: 'unsafe' });
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b']);
  assert.deepEqual(await bench.told(), ['uncertain stanza a', 'receipt stanza b']);
});

test('a crash does not expire an old message either: it is sent again first', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => gate<Sent>().promise;
  bench.online();
  await bench.write(['a'], { age: 2 * DAY });
  await bench.settle();
  await bench.begin();
  bench.network.answer = () => ({});
  bench.online();
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

test('an attempt ends by its deadline even if the adapter ignores its signal', async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  let aborted = false;
  bench.network.answer = ({ delivery, text }) => {
    if (text === 'b') return {};
    delivery.signal.addEventListener('abort', () => (aborted = true));
    return gate<Sent>().promise;
  };
  bench.online({ resend: 'unsafe' });
  await bench.write(['a', 'b']);
  await bench.pass(60_000);
  assert.equal(aborted, true);
  assert.equal(bench.network.calls.length, 1);
  await bench.pass(15_000);
  assert.deepEqual(await bench.told(), ['uncertain stanza a', 'receipt stanza b']);
});

test('stop: what is under way gets time to end, and its end is on disk', async (t) => {
  const bench = await OutBench.open(t);
  const answer = gate<Sent>();
  bench.network.answer = () => answer.promise;
  bench.online({ resend: 'unsafe' });
  await bench.write(['a', 'b']);
  await bench.settle();
  const stopped = bench.lanes.stop(4_000);
  await bench.pass(3_000);
  answer.open({});
  await stopped;
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
  assert.deepEqual(bench.network.texts, ['a']);
});

test('stop: what does not end stays started, and is uncertain after the restart', async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  bench.network.answer = () => gate<Sent>().promise;
  bench.online({ resend: 'unsafe' });
  await bench.write(['a']);
  await bench.settle();
  const stopped = bench.lanes.stop(4_000);
  await bench.pass(4_000);
  await bench.pass(2_000);
  await stopped;
  assert.equal((await bench.waiting())[0]?.starts, 1);
  assert.deepEqual(await bench.told(), []);
  await bench.begin();
  bench.online({ resend: 'unsafe' });
  await bench.settle();
  assert.deepEqual(await bench.told(), ['uncertain stanza a']);
});

test('what is aborted with its session is decided with the next one', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = ({ delivery }) =>
    new Promise((_, reject) => delivery.signal.addEventListener('abort', () => reject(new Error('aborted'))));
  const find = bench.network.finding(() => ({ id: 'found' }));
  bench.online({ resend: 'unsafe', find });
  await bench.write(['a']);
  await bench.settle();
  bench.lanes.rest();
  await bench.lanes.abort();
  await bench.settle();
  assert.equal(bench.network.asked.length, 0);
  bench.online({ resend: 'unsafe', find });
  await bench.settle();
  assert.equal(bench.network.asked.length, 1);
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

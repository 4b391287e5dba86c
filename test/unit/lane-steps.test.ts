// A lane goes on while the end of an entry is on its way to the disk; nobody is told of it before it is there.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Step } from '../../src/store/api.ts';
import { OutBench, gate } from '../support/out-bench.ts';
import { storeWith } from '../support/store-with.ts';

/** A store in which ends of entries do not land before the test says so. */
async function slow(t: TestContext): Promise<{ bench: OutBench; disk: ReturnType<typeof gate<void>> }> {
  const disk = gate<void>();
  const bench = await OutBench.open(t, {
    store: (store) => {
      const step = async (one: Step) => {
        if (one.move?.some(({ to }) => to === 'settled')) await disk.promise;
        return store.step(one);
      };
      return storeWith(store, (method) => (method === 'step' ? step : undefined));
    },
  });
  return { bench, disk };
}

test('the next message goes while the end of the one before is on its way to the disk', async (t) => {
  const { bench, disk } = await slow(t);
  bench.online();
  await bench.write(['a', 'b']);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'b']);
  assert.deepEqual(await bench.told(), []);
  disk.open();
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a', 'receipt stanza b']);
});

test('what is on its way to its end is not given back by a cancel, nor sent again after it', async (t) => {
  const { bench, disk } = await slow(t);
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  assert.equal(await bench.lanes.cancel({ code: 'cancelled' }), 0);
  disk.open();
  await bench.settle();
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
  assert.deepEqual(bench.network.texts, ['a']);
});

test('an own message that the network shows waits until the ids are on disk that tell whose it is', async (t) => {
  const { bench, disk } = await slow(t);
  bench.network.answer = () => ({ id: '77' });
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  const known = bench.lanes.echo(1, undefined, { id: '77' })?.then(() => bench.store.byRemote(bench.account, 1, '77'));
  disk.open();
  assert.equal((await known)?.length, 1);
});

test('an edit waits until the id of its message is on disk', async (t) => {
  const { bench, disk } = await slow(t);
  const edited: string[] = [];
  bench.network.answer = () => ({ id: '77' });
  bench.online({ edit: (_chat, target) => Promise.resolve(void edited.push(target)) });
  await bench.write(['a']);
  const sender = { jid: 'juliet@example.org/balcony', id: 'stanza edit' };
  const chat = { kind: 'direct', id: 'user 1' } as const;
  await bench.accept({ type: 'edit', chat, target: 'stanza a', content: { text: 'b' }, sender });
  await bench.settle();
  assert.deepEqual(edited, []);
  disk.open();
  await bench.settle();
  assert.deepEqual(edited, ['77']);
});

test('a run that stops waits for the ends that are on their way', async (t) => {
  const { bench, disk } = await slow(t);
  bench.online();
  await bench.write(['a']);
  await bench.settle();
  const stopped = bench.lanes.stop(60_000);
  disk.open();
  await stopped;
  assert.deepEqual(await bench.told(), ['receipt stanza a']);
});

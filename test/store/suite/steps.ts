// Steps: all or nothing, in call order, under a fence.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Overtaken, type Step } from '../../../src/store/api.ts';
import type { Scene } from '../suite.ts';
import { coded, owner } from '../build.ts';

export function stepTests(scene: Scene): void {
  describe('step', () => {
    test('writes all of its parts', async () => {
      const { store, bench } = scene;
      const at = { account: bench.account, chat: 1, at: 5 };
      const { seqs } = await store.step({
        fence: bench.fence,
        append: [bench.entry('a')],
        ids: [{ ...at, remote: 'r', part: 0, stanza: 's', author: null }],
        docs: [{ account: bench.account, kind: 'contact', key: 'c', value: { name: 'Romeo' } }],
        secrets: [{ account: bench.account, key: 'cursor', value: Buffer.from('sealed bytes') }],
        account: { id: bench.account, state: 'parked' },
      });
      await scene.restart();
      const again = scene.store;
      assert.equal((await again.head(bench.lane(), 0, 1))[0]?.seq, seqs[0]);
      assert.equal((await again.byRemote(bench.account, 1, 'r'))[0]?.stanza, 's');
      assert.deepEqual(await again.doc(bench.account, 'contact', 'c'), { name: 'Romeo' });
      const secrets = await again.secret(bench.account, ['cursor', 'other']);
      assert.deepEqual([...secrets.keys()], ['cursor']);
      assert.deepEqual(Buffer.from(secrets.get('cursor') ?? []), Buffer.from('sealed bytes'));
      assert.equal((await again.accountById(bench.account))?.state, 'parked');
    });

    test('lands in call order, however many are under way', async () => {
      const { bench } = scene;
      const seqs = await Promise.all(Array.from({ length: 500 }, (_, index) => bench.add(`key ${index}`)));
      assert.deepEqual(
        seqs,
        seqs.toSorted((one, other) => one - other),
      );
      assert.deepEqual(
        await bench.keys(),
        seqs.map((_, index) => `key ${index}`),
      );
    });

    test('that the caller got wrong is refused alone, leaves nothing, and hurts no other of its group', async () => {
      const { store, bench } = scene;
      const broken = (step: Omit<Step, 'fence'>) => store.step({ fence: bench.fence, ...step });
      const doc = { account: bench.account, kind: 'setting', key: 'k', value: 1 } as const;
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      const before = bench.add('before');
      const refused = [
        broken({ append: [bench.entry('nan', { at: NaN })] }),
        broken({ docs: [{ ...doc, value: cycle as never }] }),
        broken({ docs: [{ ...doc, value: 2n as never }] }),
        broken({ docs: [doc], append: [bench.entry('part', { lane: { ...bench.lane(), chat: 1.5 } })] }),
        broken({ docs: [doc], append: [bench.entry('other'), bench.entry('part', { key: undefined as never })] }),
        broken({ docs: [doc], move: [{ seq: {} as never, to: 'settled' }] }),
      ];
      const after = bench.add('after');
      for (const step of refused) await assert.rejects(step, coded('invalid'));
      await Promise.all([before, after]);
      assert.deepEqual(await bench.keys(), ['before', 'after']);
      assert.equal(await store.doc(bench.account, 'setting', 'k'), undefined);
      assert.deepEqual(await store.usage(bench.account), { entries: 2, bytes: 33 });
      await bench.add('other');
    });

    test('for an account that does not exist is refused as gone, alone and whole', async () => {
      const { store, bench } = scene;
      const nobody = bench.account + 1;
      const other = bench.add('other');
      const doc = { account: bench.account, kind: 'setting', key: 'k', value: 1 } as const;
      const stray = { lane: { ...bench.lane(), account: nobody } };
      const gone = store.step({ fence: bench.fence, docs: [doc], append: [bench.entry('x', stray)] });
      await assert.rejects(gone, coded('gone', new RegExp(`${nobody}`)));
      await assert.rejects(store.chatNumber(nobody, 'direct/1'), coded('gone'));
      await assert.rejects(
        store.step({ fence: bench.fence, secrets: [{ account: nobody, key: 'a', value: Buffer.alloc(9) }] }),
        coded('gone'),
      );
      await other;
      assert.equal(await store.doc(bench.account, 'setting', 'k'), undefined);
    });

    test('under a fence that was overtaken, released or never granted writes nothing', async () => {
      const { store, bench } = scene;
      const newer = await store.acquire(owner, 'node', 1_000);
      assert(newer !== undefined && newer.number > bench.fence.number);
      await assert.rejects(bench.append(bench.entry('late')), Overtaken);
      assert.deepEqual(await store.renew([bench.fence, newer], 1_000), [false, true]);
      assert.equal(await store.holder(owner), 'node');
      await store.step({ fence: newer, append: [bench.entry('new')] });
      await store.release(bench.fence);
      await store.step({ fence: newer, append: [bench.entry('newer')] });
      await store.release(newer);
      assert.equal(await store.holder(owner), undefined);
      await assert.rejects(store.step({ fence: newer, append: [bench.entry('after')] }), Overtaken);
      await assert.rejects(store.step({ fence: { owner: 'account/9', number: 1 } }), Overtaken);
      assert.deepEqual(await bench.keys(), ['new', 'newer']);
    });

    test('called before close is finished, called after it is refused', async () => {
      const { store, bench } = scene;
      const under = Array.from({ length: 50 }, (_, index) => bench.add(`key ${index}`));
      const closing = store.close();
      await assert.rejects(bench.add('late'), coded('closed'));
      await assert.rejects(store.lanes(owner), coded('closed'));
      await Promise.all([...under, closing, store.close()]);
      await scene.restart();
      assert.equal((await scene.bench.keys()).length, 50);
    });
  });
}

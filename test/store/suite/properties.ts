// Whatever is done to a lane, in whatever order and with whatever restarts: the store agrees with a list in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NewEntry, Seq } from '../../../src/store/api.ts';
import { Bench } from '../build.ts';
import type { Scene } from '../suite.ts';

const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), chat: fc.nat(2), key: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replace' as const), chat: fc.nat(2), key: fc.nat(30) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('started' as const, 'settled' as const, 'failed' as const, 'queued' as const),
      nth: fc.nat(40),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

interface Kept {
  readonly seq: Seq;
  readonly chat: number;
  readonly key: string;
  starts: number;
  state: 'queued' | 'settled' | 'failed';
}

/** What the store must say, kept in the plainest way. */
class Model {
  readonly all: Kept[] = [];
  readonly keys = new Set<string>();

  append(chat: number, key: string, seq: Seq, replaces: boolean): void {
    this.keys.add(key);
    const giveWay = (kept: Kept) => kept.chat === chat && kept.state === 'queued' && kept.starts === 0;
    if (replaces) for (const kept of this.all.filter(giveWay)) this.all.splice(this.all.indexOf(kept), 1);
    this.all.push({ seq, chat, key, starts: 0, state: 'queued' });
  }

  move(kept: Kept, to: 'started' | 'settled' | 'failed' | 'queued'): void {
    if (to === 'started') kept.starts += kept.state === 'queued' ? 1 : 0;
    else kept.state = to;
    if (to === 'queued') kept.starts = 0;
  }

  waiting(chat: number): readonly Kept[] {
    return this.all.filter((kept) => kept.chat === chat && kept.state === 'queued');
  }
}

export function propertyTests(scene: Scene): void {
  test('every history of appends, moves and restarts leaves in each lane exactly what waits, in order', async () => {
    let run = 0;
    const history = async (acts: readonly (typeof act extends fc.Arbitrary<infer A> ? A : never)[]) => {
      run += 1;
      scene.bench = await Bench.on(scene.store, `run${run}@example.org`);
      const model = new Model();
      for (const one of acts) {
        if (one.do === 'restart') {
          await scene.restart();
          scene.bench = await Bench.on(scene.store, `run${run}@example.org`);
        } else if (one.do === 'append' || one.do === 'replace') {
          const key = `key ${one.key}`;
          const more: Partial<NewEntry> = one.do === 'replace' ? { replaces: true } : {};
          const entry = scene.bench.entry(key, { lane: scene.bench.lane(one.chat), ...more });
          const [seq] = await scene.bench.append(entry);
          assert.equal(seq === undefined, model.keys.has(key));
          if (seq !== undefined) model.append(one.chat, key, seq, one.do === 'replace');
        } else {
          const kept = model.all[one.nth];
          if (kept === undefined) continue;
          const move = { seq: kept.seq, to: one.do, why: 'told' };
          await scene.store.step({ fence: scene.bench.fence, move: [move] });
          model.move(kept, one.do);
        }
      }
      for (const chat of [0, 1, 2]) {
        const found = (await scene.store.head(scene.bench.lane(chat), 0, 100)).map(({ seq, key, starts }) => [
          seq,
          key,
          starts,
        ]);
        assert.deepEqual(
          found,
          model.waiting(chat).map(({ seq, key, starts }) => [seq, key, starts]),
        );
      }
      const { entries } = await scene.store.usage(scene.bench.account);
      assert.equal(entries, model.all.filter(({ state }) => state === 'queued').length);
    };
    await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 60 }), history), { numRuns: 60 });
  });

  test('steps under way at once land whole and in call order, whatever they hold', async () => {
    let run = 0;
    const keys = fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 40 });
    const steps = async (all: readonly (readonly number[])[]) => {
      run += 1;
      const bench = await Bench.on(scene.store, `step${run}@example.org`);
      const known = new Set<number>();
      const expected = all.map((step) => step.map((key) => !known.has(key) && known.add(key) !== undefined));
      const entries = (step: readonly number[]) => step.map((key) => bench.entry(`${key}`));
      const applied = await Promise.all(all.map((step) => bench.append(...entries(step))));
      assert.deepEqual(
        applied.map((seqs) => seqs.map((seq) => seq !== undefined)),
        expected,
      );
      assert.deepEqual(await bench.keys(), [...known].map(String));
    };
    await fc.assert(fc.asyncProperty(keys, steps), { numRuns: 60 });
  });
}

// One half of the fuzz, in a process of its own that can ask for its garbage to be collected: how much it plays, from
// which seed, and what is said of it in the end.
import assert from 'node:assert/strict';
import fc from 'fast-check';

/** A half: cases of one run of the property, and how many cases are played before and after memory is looked at. */
export interface Half<Case> {
  readonly cases: fc.Arbitrary<Case>;
  readonly atOnce: number;
  readonly warmUp: number;
  readonly measured: number;
  /** A run that failed is not made smaller: what it leaves behind would count against the next. */
  readonly once?: true;
  /** Plays one run. */
  play(some: Case): Promise<void>;
  /** Ends what is under way, and lets every patience run out. */
  rest(): Promise<void>;
}

/** What a half prints when all was well. Heaps in bytes. */
export interface Report {
  readonly cases: number;
  readonly before: number;
  readonly after: number;
}

/** `FUZZ_SEED` plays a run again, `FUZZ_SCALE` plays so many times as much. Rejects with the first case that fails. */
export async function playHalf<Case>(half: Half<Case>): Promise<Report> {
  const { FUZZ_SEED: seed = '1', FUZZ_SCALE: scale = '1' } = process.env;
  let runs = 0;
  const property = fc.asyncProperty(half.cases, async (some) => {
    runs += 1;
    await half.play(some);
  });
  const some = (cases: number): Promise<void> =>
    fc.assert(property, {
      numRuns: Math.ceil((cases * Number(scale)) / half.atOnce),
      seed: Number(seed) + runs,
      endOnFailure: half.once ?? false,
    });
  await some(half.warmUp);
  await half.rest();
  const before = await heapUsed();
  await some(half.measured);
  await half.rest();
  const after = await heapUsed();
  assert(after <= before * 1.1, `the heap held ${mib(before)} before and holds ${mib(after)} after`);
  return { cases: runs * half.atOnce, before, after };
}

/** Bytes as people read them. */
export const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** Bytes of the heap after collection, once nothing of what was under way is left. */
async function heapUsed(): Promise<number> {
  const { gc } = globalThis;
  assert(gc, 'run with --expose-gc');
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  return process.memoryUsage().heapUsed;
}

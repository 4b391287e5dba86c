// How much a fuzz test plays and from which seed, and what the heap holds when nothing is left to collect.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Cases in one run of a property: they overlap, as on a stream. */
export const AT_ONCE = 20;

/** `FUZZ_SEED` plays a run again, `FUZZ_SCALE` plays so many times as much. */
export function parameters(cases: number): { readonly numRuns: number; readonly seed?: number } {
  const { FUZZ_SEED: seed, FUZZ_SCALE: scale = '1' } = process.env;
  const numRuns = Math.ceil((cases * Number(scale)) / AT_ONCE);
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) };
}

let collect: (() => void) | undefined;

/** Bytes of the heap after collection, once nothing of what was under way is left. */
export async function heapUsed(): Promise<number> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** The heap is back within 10 % of what it was. */
export function assertBack(before: number, after: number): void {
  const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
  assert(after <= before * 1.1, `the heap held ${mib(before)} before and holds ${mib(after)} after`);
}

// The torture as it runs with the tests: so many blows that it takes less than a minute, with a seed that is printed.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ServerKind } from '../server/index.ts';
import type { Network } from './network.ts';
import type { Extent } from './plan.ts';
import { torture } from './run.ts';
import { table, unanswered } from './table.ts';

/** Set `TORTURE_SEED` to have a run again. */
export function chosenSeed(): number {
  return Number(process.env['TORTURE_SEED'] ?? Math.floor(Math.random() * 1e9));
}

/** So many blows, close upon each other. Not on ejabberd, which then is away for most of the time: it is slow to start. */
export const brisk = (rounds: number): Extent => ({ rounds, brisk: true });

/** Runs it, prints seed, unanswered messages and table, and fails with every fault. `least`: lanes that must bear load. */
export async function endure(
  t: TestContext,
  server: ServerKind,
  network: () => Promise<Network>,
  extent: Extent,
  least = 50,
): Promise<void> {
  const seed = chosenSeed();
  t.diagnostic(`seed ${seed} (TORTURE_SEED)`);
  const run = await torture({ server, network, extent, seed });
  for (const line of unanswered(run)) t.diagnostic(`unanswered: ${line}`);
  for (const row of table([{ name: t.name, run }]).split('\n')) t.diagnostic(row);
  assert.deepEqual(run.verdict.faults, [], `seed ${seed}`);
  assert(run.lanes >= least);
  const { arrived, shown, written } = run.verdict;
  assert(Math.min(arrived, written, shown) > least, 'there was hardly any load');
}

// Runs the tests and judges the run: every test, every rule, and in CI no skip.
import { globSync } from 'node:fs';
import path from 'node:path';
import type { FileEvent } from './events.ts';
import { endAll, playFile } from './play.ts';
import { judge, type Outcome } from './table.ts';

const root = path.join(import.meta.dirname, '../..');
/** Long ones first, so that none is left to run alone at the end. */
const order = ['torture', 'package', 'demo', 'scenario', 'adapter', 'conformance', 'store'];
const LONGEST_FILE_MS = 7 * 60_000;
const LONGEST_RUN_MS = 40 * 60_000;
const AT_A_TIME = 2;

interface Finished {
  readonly outcomes: readonly Outcome[];
  readonly counts: ReadonlyMap<string, number>;
  /** Files that did not come to their end. */
  readonly faults: string[];
}

/** True when the run is good. Without `chosen` it is everything but the benches, and the rules are asked for. */
export async function runTests(chosen: readonly string[]): Promise<boolean> {
  const files = chosen.length > 0 ? chosen.map((file) => path.resolve(file)) : everything();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      endAll();
      process.exit(1);
    });
  const { outcomes, counts, faults } = await play(files);
  const skipped = outcomes.filter(({ end }) => end === 'skip');
  if (chosen.length === 0) {
    const { text, unproven } = judge(outcomes);
    console.log(`\n${text}\n`);
    if (unproven.length > 0) faults.push(`rules without a passing test on each server: ${unproven.join(', ')}`);
  }
  for (const { name } of skipped) console.log(`skipped: ${name}`);
  for (const { name, end } of outcomes) if (end === 'fail') console.log(`failed: ${name}`);
  if (process.env['CI'] === 'true' && skipped.length > 0) faults.push(`${skipped.length} tests were skipped in CI`);
  for (const fault of faults) console.log(`fault: ${fault}`);
  for (const [name, count] of counts) console.log(`# ${name} ${count}`);
  return faults.length === 0 && (counts.get('tests') ?? 0) > 0 && bad(counts) === 0;
}

const bad = (counts: ReadonlyMap<string, number>): number => (counts.get('fail') ?? 0) + (counts.get('cancelled') ?? 0);

function everything(): string[] {
  const found = globSync(['test/**/*.test.ts', 'adapters/*/test/**/*.test.ts'], {
    cwd: root,
    exclude: ['test/bench/**', '**/node_modules/**'],
  });
  const rank = (file: string): number => {
    const at = order.indexOf(file.split(path.sep)[1] ?? '');
    return at < 0 ? order.length : at;
  };
  return found.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).map((file) => path.join(root, file));
}

/** Two files at a time: each is mostly a wait for a server, and more would only make them wait for each other. */
async function play(files: readonly string[]): Promise<Finished> {
  const outcomes: Outcome[] = [];
  const faults: string[] = [];
  const counts = new Map<string, number>(named.map(([, shown]) => [shown, 0]));
  const began = performance.now();
  const waiting = [...files];
  const one = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const left = LONGEST_RUN_MS - (performance.now() - began);
      const played = await playFile(file, Math.max(0, Math.min(LONGEST_FILE_MS, left)));
      const name = path.relative(root, file);
      console.log(`\n== ${name} (${played.seconds.toFixed(1)} s)\n${played.output.trimEnd()}`);
      if (played.fault !== undefined) faults.push(`${name} ${played.fault}`);
      for (const event of played.events) note(event, outcomes, counts);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  counts.set('duration_ms', Math.round(performance.now() - began));
  return { outcomes, counts, faults };
}

function note(event: FileEvent, outcomes: Outcome[], counts: Map<string, number>): void {
  if (event.type === 'counts')
    for (const [known, shown] of named) counts.set(shown, (counts.get(shown) ?? 0) + (event.counts[known] ?? 0));
  if (event.type !== 'end' || event.suite) return;
  // A check of the conformance suite that asks for what a network does not have is no gap in the tests.
  if (event.why?.startsWith('does not apply')) return;
  outcomes.push({ name: event.name, end: event.end });
}

const named = [
  ['tests', 'tests'],
  ['suites', 'suites'],
  ['passed', 'pass'],
  ['failed', 'fail'],
  ['cancelled', 'cancelled'],
  ['skipped', 'skipped'],
  ['todo', 'todo'],
] as const;

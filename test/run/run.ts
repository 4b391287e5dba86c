// Runs the tests and judges the run: every test, every rule, and in CI no skip.
import { globSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { judge, type Outcome } from './table.ts';

const root = path.join(import.meta.dirname, '../..');
/** Long ones first, so that none is left to run alone at the end. */
const order = ['torture', 'package', 'demo', 'scenario', 'adapter', 'conformance', 'store'];
const LONGEST_FILE_MS = 9 * 60_000;

interface Finished {
  readonly outcomes: readonly Outcome[];
  readonly counts: ReadonlyMap<string, number>;
}

/** True when the run is good. Without `chosen` it is everything but the benches, and the rules are asked for. */
export async function runTests(chosen: readonly string[]): Promise<boolean> {
  const files = chosen.length > 0 ? chosen.map((file) => path.resolve(file)) : everything();
  const { outcomes, counts } = await play(files);
  const skipped = outcomes.filter(({ end }) => end === 'skip');
  const faults: string[] = [];
  if (chosen.length === 0) {
    const { text, unproven } = judge(outcomes);
    console.log(`\n${text}\n`);
    if (unproven.length > 0) faults.push(`rules without a passing test on each server: ${unproven.join(', ')}`);
  }
  for (const { name } of skipped) console.log(`skipped: ${name}`);
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
  const counts = new Map<string, number>();
  const stream = run({ files: [...files], concurrency: 2, timeout: LONGEST_FILE_MS, cwd: root });
  stream.on('test:pass', ({ name, skip, details }) => {
    if (details.type === 'suite') return;
    // A check of the conformance suite that asks for what a network does not have is no gap in the tests.
    if (typeof skip === 'string' && skip.startsWith('does not apply')) return;
    outcomes.push({ name, end: skip === undefined || skip === false ? 'pass' : 'skip' });
  });
  stream.on('test:fail', ({ name }) => outcomes.push({ name, end: 'fail' }));
  stream.on('test:summary', ({ file, counts: all, duration_ms: took }) => {
    if (file !== undefined) return;
    // Node counts the failed ones too; its types do not say so.
    const known = all as typeof all & { readonly failed: number };
    for (const [name, shown] of named) counts.set(shown, known[name]);
    counts.set('duration_ms', Math.round(took));
  });
  const text = stream.pipe(new spec());
  text.pipe(process.stdout, { end: false });
  await finished(text);
  return { outcomes, counts };
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

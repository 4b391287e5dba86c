// Runs one half of the fuzz in a process of its own: an unhandled rejection ends it, and its heap is nobody else's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { mib, type Report } from './run.ts';

const LONGEST_MS = 300_000;
/** Of what is printed when a case fails: the seed brings the rest. */
const LONGEST_WORDS = 8_000;

/** Plays `file`, of this folder, and says from which seed and how much. Rejects with what it says when it fails. */
export async function playInChild(test: TestContext, file: string, least: number): Promise<void> {
  const seed = process.env['FUZZ_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
  test.diagnostic(`seed ${seed}: play it again with FUZZ_SEED=${seed}`);
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(new URL(file, import.meta.url))], {
    env: { ...process.env, FUZZ_SEED: seed, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text: Buffer) => (said.out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said.err += text.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.equal(code, 0, `seed ${seed}: ended with ${code ?? signal}\n${said.err.slice(0, LONGEST_WORDS)}`);
  const { cases, before, after } = JSON.parse(said.out) as Report;
  test.diagnostic(`${cases} cases; the heap held ${mib(before)}, then ${mib(after)}`);
  assert(cases >= least * Number(process.env['FUZZ_SCALE'] ?? 1), `${cases} cases were played`);
}

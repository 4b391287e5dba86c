// The conformance suite is worth what it notices: each wrong adapter fails, on exactly the checks that are meant for it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkNames } from 'moongate/adapter/testing';
import type { Wrong } from './wrong/run.ts';

const folder = path.join(import.meta.dirname, 'wrong');
const names = readdirSync(folder).map((file) => path.basename(file, '.ts'));

/** Names of the checks that failed, from what the test runner printed. */
async function failuresOf(name: string): Promise<readonly string[]> {
  const env = { ...process.env };
  delete env['NODE_TEST_CONTEXT']; // else the child reports to our own runner
  const args = ['--test-reporter=tap', '--test-force-exit', path.join(folder, 'run.ts'), name];
  const printed = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env }, (_failed, stdout, stderr) => resolve(stdout + stderr));
  });
  const outcomes = [...printed.matchAll(/^ {4}(not ok|ok) \d+ - (.*?)(?: # SKIP.*)?$/gm)];
  assert.equal(outcomes.length, checkNames.length, `every check has an outcome: ${printed}`);
  return outcomes.flatMap(([, outcome, check]) => (outcome === 'not ok' && check !== undefined ? [check] : []));
}

describe('wrong adapters', { concurrency: 2 }, () => {
  for (const name of names.filter((each) => each !== 'run')) {
    it(`${name} is noticed`, async () => {
      const { wrong } = (await import(pathToFileURL(path.join(folder, `${name}.ts`)).href)) as { wrong: Wrong };
      assert.ok(wrong.fails.length > 0);
      assert.deepEqual(await failuresOf(name), wrong.fails);
    });
  }
});

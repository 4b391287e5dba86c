import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const COMMAND = join(import.meta.dirname, '../../bin/moongate.mjs');

for (const [name, place] of [
  ['CACHE_DIRECTORY', 'code'],
  ['XDG_CACHE_HOME', 'moongate/code'],
  ['HOME', '.cache/moongate/code'],
] as const)
  test(`a start keeps compiled code for the next one, below ${name}`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'moongate-start-'));
    t.after(() => rmSync(folder, { recursive: true }));
    execFileSync(process.execPath, [COMMAND, '--version'], { env: { PATH: process.env['PATH'], [name]: folder } });
    assert.equal(readdirSync(join(folder, place)).length, 1);
  });

test('a start without a folder that it may write to is a start all the same', () => {
  const env = { ...process.env, NODE_COMPILE_CACHE: '/dev/null/nowhere' };
  const said = execFileSync(process.execPath, [COMMAND, '--version'], { env, encoding: 'utf8' });
  assert.match(said, /^\d+\.\d+\.\d+/);
});

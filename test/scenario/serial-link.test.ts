// The whole journeys once more, with everything between the two halves carried as text: what several nodes will need.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { on, prosody } from '../server/index.ts';

const journeys = fileURLToPath(new URL('./journeys.test.ts', import.meta.url));

test('the journeys pass over a link that carries requests, answers and hints as text', on(prosody), async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', '--test-name-pattern=\\[prosody\\]', journeys];
  const child = spawn(process.execPath, args, {
    env: { ...env, MOONGATE_TEST_LINK: 'serial' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 0, output.slice(-6_000));
  const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
  assert.ok(passed >= 15, output.slice(-2_000));
});

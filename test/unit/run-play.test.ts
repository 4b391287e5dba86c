// The test runner itself: a file that hangs must not hang the run, and what it left behind must be gone.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { playFile } from '../run/play.ts';

async function written(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'moongate-run-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'toy.mjs');
  await writeFile(file, `import { test } from 'node:test';\nimport { spawn } from 'node:child_process';\n${text}`);
  return file;
}

test('a file that ends by itself is told of in full', async (t) => {
  const file = await written(
    t,
    `test('good', () => {}); test('bad', () => { throw new Error('no'); }); test('later', { skip: 'does not apply' });`,
  );
  const { events, fault, output } = await playFile(file, 20_000);
  assert.equal(fault, undefined);
  assert.match(output, /✖ bad/);
  const ends = events.flatMap((event) => (event.type === 'end' ? [`${event.name} ${event.end}`] : []));
  assert.deepEqual(ends, ['good pass', 'bad fail', 'later skip']);
  const counts = events.find(({ type }) => type === 'counts');
  assert.partialDeepStrictEqual(counts, { counts: { tests: 3, passed: 1, failed: 1, skipped: 1 } });
});

test('a file that ignores SIGTERM and never ends is killed, and the test it was at is named', async (t) => {
  const file = await written(
    t,
    `process.on('SIGTERM', () => {}); test('stuck', () => new Promise(() => setInterval(() => {}, 1_000)));`,
  );
  const { fault } = await playFile(file, 1_000);
  assert.equal(fault, 'did not end within 1 s and was killed; at work: stuck');
});

test('a process that the file leaves behind is ended and holds nothing up', async (t) => {
  const file = await written(
    t,
    `test('leaves one', () => { const child = spawn('sleep', ['600'], { stdio: 'inherit' }); child.unref();
     console.log('pid ' + child.pid); });`,
  );
  const { fault, output } = await playFile(file, 20_000);
  assert.equal(fault, undefined);
  const pid = Number(/pid (\d+)/.exec(output)?.[1]);
  // Gone, or dead and not yet buried by its new parent; a kill takes effect a moment later.
  const state = async (): Promise<string> =>
    /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))?.[1] ?? 'gone';
  while (!['gone', 'Z', 'X'].includes(await state())) await setImmediate();
});

test('a file that is broken, or ends its process, is a fault', async (t) => {
  const file = await written(t, `test('ends it all', () => process.kill(process.pid, 'SIGKILL'));`);
  assert.match((await playFile(file, 20_000)).fault ?? '', /^ended by SIGKILL/);
});

test('a process that has done all and hangs while it leaves is ended, and is no fault', async (t) => {
  const file = await written(t, `test('good', () => {}); process.on('exit', () => { for (;;); });`);
  const { events, fault } = await playFile(file, 30_000);
  assert.equal(fault, undefined);
  assert.partialDeepStrictEqual(
    events.find(({ type }) => type === 'counts'),
    { counts: { passed: 1 } },
  );
});

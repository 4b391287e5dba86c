// What a newcomer meets: HEAD cloned into an empty folder, one command, a browser, and an end without traces.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ChatPage } from './browser.ts';
import { listeners, RunningDemo } from './running.ts';
import { playStory } from './story.ts';

const inCi = process.env['CI'] === 'true' ? {} : { skip: 'it installs everything anew: set CI=true to run it' };

test('a fresh clone of HEAD runs the demo by one command', inCi, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'moongate-clone-'));
  try {
    const clone = path.join(folder, 'moongate');
    const root = path.join(import.meta.dirname, '../..');
    await promisify(execFile)('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone]);

    await using demo = new RunningDemo('npm', ['run', 'demo'], clone);
    const url = await demo.ready();
    const ports = demo.listening();
    assert.notEqual(ports.length, 0);
    {
      await using page = await ChatPage.open(url);
      await playStory(page);
    }
    demo.signal('SIGTERM');
    assert.equal(await demo.ended, 0);

    assert.deepEqual(demo.processes(), []);
    assert.deepEqual(demo.files(), []);
    const open = new Set(listeners().map(({ address }) => address));
    assert.deepEqual(
      ports.filter((address) => open.has(address)),
      [],
    );
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

// A disk that is full or may not be written: nothing is lost, nothing lands out of order, and it goes on by itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreError } from '../../src/store/api.ts';
import { openStore } from '../../src/store/sqlite/index.ts';
import { Bench, coded } from './build.ts';
import { smallDisk } from '../support/small-disk.ts';
import { folder, opened } from './place.ts';

const text = 'x'.repeat(1_000);

/** Appends one by one until the disk is full; says which were acknowledged. */
async function fill(bench: Bench): Promise<readonly string[]> {
  const kept: string[] = [];
  for (let index = 0; ; index += 1) {
    try {
      await bench.add(`key ${index}`, { body: text });
      kept.push(`key ${index}`);
    } catch (error) {
      coded('full', /goes on when there is room again/)(error);
      return kept;
    }
  }
}

test('a full database refuses steps as full, loses nothing, and goes on as soon as there is room', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const store = await opened(t, { path, maxPages: 150 });
  const big = await store.open({ transport: 'net.example.org', jid: 'big@example.org', remote: 'big' });
  const bench = await Bench.on(store);
  assert(typeof big === 'number');
  const lane = { ...bench.lane(), account: big };
  await bench.append(...Array.from({ length: 100 }, (_, n) => bench.entry(`${n}`, { lane, body: text })));
  const kept = await fill(bench);
  assert.deepEqual(await bench.keys(), kept);
  assert.equal((await store.usage(bench.account)).entries, kept.length);
  await assert.rejects(bench.add('still full', { body: text }), coded('full'));

  await store.step({ fence: bench.fence, account: { id: big, state: 'closing' } });
  await store.erase(big);
  await bench.add('still full', { body: text });
  assert.deepEqual(await bench.keys(), [...kept, 'still full']);
});

test('when a group fails, what was called before that became known fails with it, and later calls land', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const store = await opened(t, { path, maxPages: 60 });
  const bench = await Bench.on(store);
  const tooBig = 'x'.repeat(400_000);
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'kept',
      (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
    );
  const early = await outcome(bench.add('early'));
  const fails = outcome(bench.add('too big', { body: tooBig }));
  const together = outcome(bench.add('in the same group'));
  await new Promise((resolve) => setImmediate(resolve)); // the group has left
  const behind = [outcome(bench.add('in the next group')), outcome(store.chatNumber(bench.account, 'direct/1'))];
  const outcomes = await Promise.all([fails, together, ...behind]);
  assert.deepEqual([early, ...outcomes], ['kept', 'full', 'full', 'full', 'full']);
  await bench.add('in the same group');
  await bench.add('in the next group');
  assert.deepEqual(await bench.keys(), ['early', 'in the same group', 'in the next group']);
  assert.equal(await store.chatNumber(bench.account, 'direct/1'), 1);
});

test('a real disk that is full: nothing acknowledged is lost, and it goes on when room was made', async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) return;
  const path = join(disk, 'moongate.db');
  const ballast = join(disk, 'ballast');
  const bench = await Bench.on(await opened(t, { path }));
  await writeFile(ballast, Buffer.alloc(2 * 1024 * 1024));
  const kept = await fill(bench);
  assert(kept.length > 100);
  assert.deepEqual(await bench.keys(), kept);
  await rm(ballast);
  await bench.add('after');
  assert.deepEqual(await bench.keys(), [...kept, 'after']);
});

test('a store that is closed on a full disk has kept what it acknowledged', async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) return;
  const path = join(disk, 'moongate.db');
  const store = await opened(t, { path });
  const kept = await fill(await Bench.on(store));
  await store.close();
  const again = await Bench.on(await opened(t, { path }));
  assert.deepEqual(await again.keys(), kept);
});

test('a disk that may only be read is refused at the start, and nothing of it is lost', async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) return;
  const path = join(disk, 'moongate.db');
  const store = await opened(t, { path });
  const bench = await Bench.on(store);
  await bench.add('a');
  await store.close();
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
  await assert.rejects(openStore({ path }), coded('readonly', /may not be written/));
  assert.equal(spawnSync('mount', ['-o', 'remount,rw', disk]).status, 0);
  const again = await Bench.on(await opened(t, { path }));
  assert.deepEqual(await again.keys(), ['a']);
});

// What other processes may do to the database, and what a kill may not.
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { openStore } from '../../src/store/sqlite/index.ts';
import { Bench, coded } from './build.ts';
import { folder, opened } from './place.ts';

type Appender = ChildProcessByStdio<null, Readable, null>;

function appender(path: string, lanes: number, first = 0): Appender {
  const script = join(import.meta.dirname, 'child', 'appender.ts');
  return spawn(process.execPath, [script, path, String(lanes), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Lines until there are so many; then the child is killed, and what it had said by then is read to the end. */
async function killAfter(child: Appender, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (lines.push(line) === count) child.kill('SIGKILL');
  }
  return lines;
}

test('a process killed at any moment loses no acknowledged append, keeps order, and leaves no lock behind', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const lanes = 20;
  for (let round = 0; round < 6; round += 1) {
    const first = round * 1_000_000;
    const said = await killAfter(appender(path, lanes, first), 100 + round * 37);
    const store = await openStore({ path });
    try {
      const bench = await Bench.on(store);
      const again = said.map((key) => bench.entry(key, { lane: bench.lane(Number(key.split('/')[0])) }));
      const lost = (await bench.append(...again)).filter((seq) => seq !== undefined);
      assert.deepEqual(lost, [], `round ${round}`);
      for (let chat = 0; chat < lanes; chat += 1) {
        const indexes = (await bench.keys(bench.lane(chat))).map((key) => Number(key.split('/')[1]));
        const inOrder = indexes.toSorted((one, other) => one - other);
        assert.deepEqual(indexes, inOrder);
        const mine = said.filter((key) => key.startsWith(`${chat}/`)).map((key) => Number(key.split('/')[1]));
        const waiting = mine.filter((index) => index % 2 === 1);
        assert(waiting.every((index) => indexes.includes(index)));
      }
    } finally {
      await store.close();
    }
  }
});

test('a kill tears no archive from its lane: a row is there where its entry is, in order, without gaps', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const chats = 5;
  for (let round = 0; round < 4; round += 1) {
    const said = await killAfter(appender(path, chats, round * 1_000_000), 80 + round * 41);
    const store = await openStore({ path });
    try {
      const bench = await Bench.on(store);
      for (let chat = 0; chat < chats; chat += 1) {
        const page = await store.archive({ account: bench.account, chat, limit: 100_000 });
        const keys = page?.rows.map(({ key }) => key) ?? [];
        const numbers = keys.map((key) => Number(key.split('/')[1]));
        const inOrder = numbers.toSorted((one, other) => one - other);
        assert.deepEqual(numbers, inOrder);
        assert.deepEqual(page?.count, { total: keys.length, index: 0 });
        const acknowledged = said.filter((key) => key.startsWith(`${chat}/`));
        assert.deepEqual([...new Set(acknowledged).difference(new Set(keys))], [], `round ${round}`);
        const again = await bench.append(...keys.map((key) => bench.entry(key, { lane: bench.lane(chat) })));
        assert(again.every((seq) => seq === undefined));
      }
    } finally {
      await store.close();
    }
  }
});

test('a second process is refused while the first lives, with a message that says so', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const child = appender(path, 1);
  await once(createInterface(child.stdout), 'line');
  await assert.rejects(openStore({ path }), coded('locked', /in use by another process/));
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await opened(t, { path });
});

test('a second store in the same process is refused as well, and the first goes on', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const bench = await Bench.on(await opened(t, { path }));
  await assert.rejects(openStore({ path }), coded('locked'));
  await bench.add('a');
  await assert.rejects(openStore({ path }), coded('locked'));
});

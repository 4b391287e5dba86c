// Files that the store must refuse, and schemas that it must bring up to date.
import assert from 'node:assert/strict';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '../../src/store/sqlite/index.ts';
import { migrations } from '../../src/store/sqlite/migrations/index.ts';
import { migrate } from '../../src/store/sqlite/schema.ts';
import { Bench, coded } from './build.ts';
import { folder, opened } from './place.ts';

test('a directory that does not exist is named', async (t) => {
  const path = await folder(t);
  await assert.rejects(openStore({ path: join(path, 'no', 'such.db') }), coded('missing', /no of the database/));
  await writeFile(join(path, 'file'), '');
  await assert.rejects(openStore({ path: join(path, 'file', 'such.db') }), coded('missing', /not a directory/));
  await mkdir(join(path, 'folder'));
  await assert.rejects(openStore({ path: join(path, 'folder') }), coded('io', /cannot be opened/));
  await assert.rejects(openStore({ path: '' }), coded('missing'));
});

test('only its owner can read what waits in a database', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  await opened(t, { path });
  for (const name of ['', '-wal']) assert.equal((await stat(path + name)).mode & 0o077, 0, name);
});

test('a file that is no database is refused and left as it is', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const text = 'not a database, but somebody needs it\n'.repeat(500);
  await writeFile(path, text);
  await assert.rejects(openStore({ path }), coded('corrupt', /damaged or is no database/));
  assert.equal(await readFile(path, 'utf8'), text);
});

test('a database of another program is refused and left as it is', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE account (id INTEGER)');
  other.close();
  await assert.rejects(openStore({ path }), coded('corrupt', /another program/));
  const again = new DatabaseSync(path);
  assert.equal(again.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'], 1);
  again.close();
});

test('a damaged database is refused, at the start or by the step that meets it', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const store = await openStore({ path });
  const bench = await Bench.on(store);
  await bench.append(...Array.from({ length: 2_000 }, (_, index) => bench.entry(`key ${index}`)));
  await store.close();
  const { size } = await stat(path);
  await using file = await open(path, 'r+');
  await file.write(Buffer.alloc(size - 8_192, 0xa5), 0, size - 8_192, 8_192);
  await file.sync();
  await assert.rejects(
    async () => {
      const damaged = await openStore({ path });
      try {
        await (await Bench.on(damaged)).add('a');
      } finally {
        await damaged.close();
      }
    },
    coded('corrupt', /Restore a backup/),
  );
});

test('a schema from a newer version is refused, whole and unchanged', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const store = await openStore({ path });
  const bench = await Bench.on(store);
  await bench.add('a');
  await store.close();
  const newer = new DatabaseSync(path);
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  newer.close();
  await assert.rejects(openStore({ path }), coded('newer', /run the newer version/));
  const back = new DatabaseSync(path);
  back.exec(`PRAGMA user_version = ${migrations.length}`);
  back.close();
  const again = await Bench.on(await opened(t, { path }));
  assert.deepEqual(await again.keys(), ['a']);
});

test('every older version comes up to date, and keeps what it holds', async (t) => {
  for (let version = 0; version <= migrations.length; version += 1) {
    const path = join(await folder(t), `from-${version}.db`);
    const old = new DatabaseSync(path);
    migrate(old, path, migrations.slice(0, version));
    if (version > 0) {
      old.exec("INSERT INTO account (transport, jid, remote, state) VALUES ('net', 'a@b', 'r', 'active')");
      old.exec("INSERT INTO account (transport, jid, remote, state) VALUES ('net', 'b@b', 's', 'active')");
      old.exec('DELETE FROM account WHERE id = 2');
      old.exec(`INSERT INTO log (seq, account, chat, way, at, bytes, owner, key, body)
        VALUES (1, 1, 1, 1, 5, 3, 'account/1', 'old', '"x"')`);
    }
    old.close();
    const store = await opened(t, { path });
    if (version > 0) {
      const lane = { account: 1, direction: 'out', chat: 1, slot: 'main' } as const;
      assert.equal((await store.account('net', 'a@b'))?.id, 1);
      assert.equal((await store.head(lane, 0, 1))[0]?.key, 'old');
    }
    const bench = await Bench.on(store);
    await bench.add('new');
    assert.equal(bench.account, version > 0 ? 3 : 1, 'a number is never used again');
  }
});

test('a migration that fails leaves the version before it, and the next start tries again', async (t) => {
  const path = join(await folder(t), 'moongate.db');
  const db = new DatabaseSync(path);
  const fails = ['CREATE TABLE one (a)', 'CREATE TABLE two (a); INSERT INTO missing VALUES (1)'];
  assert.throws(() => migrate(db, path, fails), /missing/);
  const tables = () => db.prepare('SELECT name FROM sqlite_schema ORDER BY name').all();
  assert.deepEqual(
    tables().map((row) => row['name']),
    ['one'],
  );
  migrate(db, path, ['never run again', 'CREATE TABLE two (a)']);
  assert.equal(tables().length, 2);
  db.close();
});

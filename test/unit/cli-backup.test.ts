// Backups and restores of a database that no gateway has open, and what a kill in the middle leaves behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/main.ts';
import type { InBody, OutBody } from '../../src/message/entry.ts';
import type { Entry, Json, LaneKey, NewEntry, Store } from '../../src/store/api.ts';
import { openStore } from '../../src/store/sqlite/index.ts';
import { createKeyFile } from '../../src/store/vault.ts';

const DOMAIN = 'loopback.example.org';
const command = fileURLToPath(new URL('../../bin/moongate.mjs', import.meta.url));

interface Home {
  readonly folder: string;
  readonly config: string;
  readonly database: string;
  readonly file: string;
}

async function home(t: TestContext): Promise<Home> {
  const folder = mkdtempSync(path.join(tmpdir(), 'moongate-backup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await createKeyFile(path.join(folder, 'vault.key'));
  const config = path.join(folder, 'moongate.toml');
  const text = `[store]\npath = "moongate.db"\nkey = { file = "vault.key" }\n[transport."${DOMAIN}"]\nadapter = "loopback"\nsecret = "s"\n`;
  writeFileSync(config, text, { mode: 0o600 });
  return { folder, config, database: path.join(folder, 'moongate.db'), file: path.join(folder, 'backup.db') };
}

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const code = await main(args, { stdout, stderr, env: {} });
  return { code, out, err };
}
const backup = ({ config, file }: Home) => call('backup', file, '--config', config);
const restore = ({ config, file }: Home, ...more: string[]) => call('restore', file, '--config', config, ...more);

/** Runs `work` on the database, with nobody else on it. */
async function within<T>(database: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ path: database });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const lane = (account: number, direction: LaneKey['direction'], slot: LaneKey['slot'] = 'main'): LaneKey => ({
  ...{ account, direction, chat: 1, slot },
});
const sender = { jid: 'anna@example.org/phone', lang: 'de' };
const chat = { kind: 'direct', id: 'echo' } as const;

/** An account with so many messages that wait to be sent, one that waits to be shown, and a mark of which database it is. */
async function fill(database: string, mark: string, count: number, text = 'hello'): Promise<number> {
  return within(database, async (store) => {
    const known = await store.account(DOMAIN, 'anna@example.org');
    const account =
      known?.id ?? Number(await store.open({ transport: DOMAIN, jid: 'anna@example.org', remote: 'anna' }));
    const owner = `account/${account}`;
    const fence = await store.acquire(owner, 'test', 0);
    assert.ok(fence);
    const append: NewEntry[] = Array.from({ length: count }, (_, index) => {
      const body: OutBody = { type: 'message', chat, content: { text }, sender: { ...sender, id: `${mark}-${index}` } };
      return { lane: lane(account, 'out'), owner, key: `${mark}-${index}`, at: index, body: body as unknown as Json };
    });
    const read: OutBody = { type: 'read', chat, target: 'x', sender };
    append.push({
      lane: lane(account, 'out', 'read'),
      owner,
      key: `${mark}-read`,
      at: 0,
      body: read as unknown as Json,
    });
    append.push({ lane: lane(account, 'in'), owner: `stream/${DOMAIN}`, key: `${mark}-in`, at: 0, body: { mark } });
    await store.step({ fence, append, docs: [{ account: 0, kind: 'setting', key: 'mark', value: mark }] });
    return account;
  });
}
const markOf = (database: string) => within(database, (store) => store.doc(0, 'setting', 'mark'));

test('a backup holds everything, is for its owner alone, and is never overwritten', async (t) => {
  const here = await home(t);
  await fill(here.database, 'first', 3);
  assert.match((await backup(here)).out, /backup\.db is a whole backup \(no gateway runs\)/);
  assert.equal(statSync(here.file).mode & 0o777, 0o600);
  assert.equal(await markOf(here.file), 'first');
  await fill(here.database, 'second', 1);
  const again = await backup(here);
  assert.equal(again.code, 1);
  assert.match(again.err, /exists: a backup never overwrites a file/);
  assert.equal(await markOf(here.file), 'first');
  assert.deepEqual(globSync('*.part', { cwd: here.folder }), []);
});

test('without a database there is nothing to back up, and none is made', async (t) => {
  const here = await home(t);
  const { code, err } = await backup(here);
  assert.equal(code, 1);
  assert.match(err, /there is no database/);
  assert.equal(existsSync(here.database), false);
});

test('a backup that cannot be written says so, and names the place', async (t) => {
  const here = await home(t);
  await fill(here.database, 'first', 1);
  const { code, err } = await call('backup', '/proc/backup.db', '--config', here.config);
  assert.equal(code, 1);
  assert.match(err, /\/proc/);
});

test('restored, what was queued is given back to its senders and not sent; what is to be shown is kept', async (t) => {
  const here = await home(t);
  const account = await fill(here.database, 'first', 450);
  await backup(here);
  rmSync(here.database);
  const { code, out } = await restore(here);
  assert.equal(code, 0);
  assert.match(out, /451 messages that waited/);
  await within(here.database, async (store) => {
    assert.deepEqual(await store.lanes(`account/${account}`), []);
    assert.equal((await store.failed(account, 1_000)).length, 451);
    const shown = await store.head(lane(account, 'in'), 0, 1_000);
    assert.deepEqual(shown[0]?.body, { mark: 'first' });
    const errors = shown.slice(1).map(({ body }: Entry) => body as unknown as InBody & { type: 'error' });
    assert.deepEqual(
      errors.map(({ type, to, failure }) => [type, to.id, to.lang, failure.code]),
      Array.from({ length: 450 }, (_, index) => ['error', `first-${index}`, 'de', 'uncertain']),
    );
  });
});

test('restored, no number is given out that was given out after the backup: tokens of messages are made of them', async (t) => {
  const here = await home(t);
  const account = await fill(here.database, 'first', 3);
  await backup(here);
  await fill(here.database, 'later', 50);
  const [last] = await within(here.database, (store) => store.lanes(`account/${account}`));
  await restore(here, '--force');
  await within(here.database, async (store) => {
    const fence = (await store.acquire('x', 'test', 0)) ?? assert.fail();
    const entry = { lane: lane(account, 'out'), owner: `account/${account}`, key: 'new', at: 0, body: null };
    const { seqs } = await store.step({ fence, append: [entry] });
    assert.ok((seqs[0] ?? 0) > (last?.last ?? Infinity));
    const next = await store.open({ transport: DOMAIN, jid: 'ben@example.org', remote: 'ben' });
    assert.ok(Number(next) > account + 1_000_000);
    assert.ok((await store.chatNumber(account, 'direct/new')) > 1_000_000);
  });
});

test('an existing database is not replaced, and with --force it is kept whole under another name', async (t) => {
  const here = await home(t);
  await fill(here.database, 'first', 1);
  await backup(here);
  await fill(here.database, 'second', 1);
  const refused = await restore(here);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /exists: with --force it is kept/);
  assert.equal(await markOf(here.database), 'second');
  const { code, out } = await restore(here, '--force');
  assert.equal(code, 0);
  const kept = /what was there before is (.*)\n/.exec(out)?.[1] ?? '';
  assert.equal(await markOf(here.database), 'first');
  assert.equal(await markOf(kept), 'second');
});

test('while the database is in use nothing is restored', async (t) => {
  const here = await home(t);
  await fill(here.database, 'first', 1);
  await backup(here);
  await within(here.database, async () => {
    const { code, err } = await restore(here, '--force');
    assert.equal(code, 1);
    assert.match(err, /a gateway runs .*: stop it first/);
  });
  assert.deepEqual(readdirSync(here.folder).sort(), ['backup.db', 'moongate.db', 'moongate.toml', 'vault.key']);
});

const halves: readonly (readonly [what: string, spoil: (file: string) => void, says: RegExp])[] = [
  ['cut off', (file) => truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096), /damaged/],
  ['empty', (file) => truncateSync(file, 0), /empty/],
  ['none at all', (file) => writeFileSync(file, 'a letter to my aunt, '.repeat(500)), /damaged or is no database/],
];
for (const [what, spoil, says] of halves)
  test(`a file that is ${what} is not taken for a backup, and the database stays`, async (t) => {
    const here = await home(t);
    await fill(here.database, 'first', 200);
    await backup(here);
    spoil(here.file);
    const { code, err } = await restore(here, '--force');
    assert.equal(code, 1);
    assert.match(err, says);
    assert.equal(await markOf(here.database), 'first');
    assert.deepEqual(readdirSync(here.folder).sort(), ['backup.db', 'moongate.db', 'moongate.toml', 'vault.key']);
  });

test('a database that is damaged can be replaced, and is kept with the log beside it', async (t) => {
  const here = await home(t);
  await fill(here.database, 'first', 1);
  await backup(here);
  writeFileSync(here.database, 'ruins'.repeat(2_000));
  writeFileSync(`${here.database}-wal`, 'more ruins');
  const { code, out } = await restore(here, '--force');
  assert.equal(code, 0, out);
  assert.equal(await markOf(here.database), 'first');
  assert.equal(globSync('moongate.db.before-*', { cwd: here.folder }).length, 2);
});

/** Starts the command, and kills it `late` ms after a file that fits has appeared; how long it lived on from there. */
async function killed(here: Home, args: readonly string[], sign: string, late: number): Promise<number> {
  const child = spawn(process.execPath, [command, ...args, '--config', here.config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  while (alive() && globSync(sign, { cwd: here.folder }).length === 0) await new Promise(setImmediate);
  const seen = performance.now();
  while (alive() && performance.now() - seen < late) await new Promise(setImmediate);
  child.kill('SIGKILL');
  await ended;
  return performance.now() - seen;
}

const ROUNDS = 5;
const BIG = 'x'.repeat(2_000);

test(
  'a backup that is killed leaves a whole one or none, and never harms the database',
  { timeout: 60_000 },
  async (t) => {
    const here = await home(t);
    await fill(here.database, 'first', 4_000, BIG);
    const whole = await killed(here, ['backup', here.file], '*.part', Infinity);
    assert.equal(await markOf(here.file), 'first');
    let halves = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      rmSync(here.file, { force: true });
      await killed(here, ['backup', here.file], '*.part', (whole * round) / (ROUNDS - 1));
      if (!existsSync(here.file)) halves += 1;
      else assert.equal((await restore({ ...here, config: await elsewhere(here) })).code, 0);
      assert.equal(await markOf(here.database), 'first');
    }
    assert.ok(halves > 0, 'no kill came in time');
    rmSync(here.file, { force: true });
    assert.equal((await backup(here)).code, 0);
    assert.deepEqual(globSync('*.part', { cwd: here.folder }), []);
  },
);

/** A config with another database, which is not there yet. */
async function elsewhere(here: Home): Promise<string> {
  const folder = mkdtempSync(path.join(here.folder, 'other-'));
  for (const name of ['moongate.toml', 'vault.key'])
    copyFileSync(path.join(here.folder, name), path.join(folder, name));
  return path.join(folder, 'moongate.toml');
}

test('a restore that is killed leaves the old database or the new one, each whole', { timeout: 60_000 }, async (t) => {
  const here = await home(t);
  const account = await fill(here.database, 'old', 2_000, BIG);
  await backup(here);
  await fill(here.database, 'new', 10, BIG);
  const args = ['restore', here.file, '--force'];
  const whole = await killed(here, args, 'moongate.db.restoring-*', Infinity);
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    await fill(here.database, 'new', 1);
    await killed(here, args, 'moongate.db.restoring-*', (whole * round) / (ROUNDS - 1));
    const mark = await markOf(here.database);
    assert.ok(mark === 'old' || mark === 'new');
    seen.add(mark);
    // Old: nothing of it goes out. New: all of it is still there, where it was.
    const waits = await within(here.database, (store) => store.usage(account, 'out'));
    if (mark === 'old') assert.equal(waits.entries, 0, `round ${round}`);
    else assert.ok(waits.entries > 0, `round ${round}`);
    const kept = globSync('moongate.db.before-*', { cwd: here.folder });
    if (mark === 'old') assert.ok(kept.length > 0);
  }
  assert.ok(seen.has('new'), 'no kill came in time');
  assert.equal((await restore(here, '--force')).code, 0);
  assert.deepEqual(globSync('moongate.db.restoring-*', { cwd: here.folder }), []);
});

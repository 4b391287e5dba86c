// `moongate restore FILE`: a backup becomes the database. All is made ready beside it, under another name, and takes its place
// in one step, so that a kill leaves the old database or the new one, and never a half of either.
//
// prepared (a checked copy, with what was queued given back) -> kept (a second name for the old one) -> swapped.
import {
  closeSync,
  copyFileSync,
  chmodSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { streamOwner } from '../back/house.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { Answers } from '../lane/answers.ts';
import { StoreError, type Account, type LaneKey, type Store } from '../store/api.ts';
import { openStore } from '../store/sqlite/index.ts';
import { hold, leap, lookAt } from '../store/sqlite/look.ts';
import { Vault } from '../store/vault.ts';

export interface RestoreOptions {
  /** An existing database is kept under another name and replaced; without it that is refused. */
  readonly force: boolean;
  readonly clock: Clock;
}
/** What a restore did. */
export interface Restored {
  /** Messages on their way to a network, which were given back to their senders. */
  readonly returned: number;
  /** Where the database that was there before is kept. */
  readonly kept?: string;
}

/** Makes a backup the database of the config. Rejects with words for the operator; then nothing has changed. */
export async function restore(config: Config, file: string, { force, clock }: RestoreOptions): Promise<Restored> {
  const database = config.store.path;
  const from = path.resolve(file);
  if (from === database) throw new Error(`${from} is the database itself, and not a backup of it`);
  if (!existsSync(from)) throw new Error(`there is no file ${from}`);
  if (!existsSync(path.dirname(database)))
    throw new Error(`there is no folder ${path.dirname(database)}: make it first`);
  if (existsSync(database)) {
    mustBeIdle(database);
    if (!force) throw new Error(`${database} exists: with --force it is kept under another name, and replaced`);
  }
  clearLeftOvers(database);
  const prepared = `${database}.restoring-${process.pid}`;
  try {
    const returned = await prepare(config, from, prepared, clock);
    if (!existsSync(database)) {
      linkSync(prepared, database); // and not a rename, which would overwrite a database that has appeared meanwhile
      syncFolder(database);
      return { returned };
    }
    return { returned, kept: replace(database, prepared, clock) };
  } finally {
    remove(prepared);
  }
}

/** Rejects while another process has the database; what else is wrong with it is no reason not to replace it. */
function mustBeIdle(database: string): void {
  // By a name of its own, so that a log beside a damaged database stays as it is.
  const probe = `${database}.restoring-${process.pid}`;
  linkSync(database, probe);
  try {
    hold(probe)();
  } catch (error) {
    if (isLocked(error)) throw new Error(`a gateway runs (${database} is in use): stop it first`, { cause: error });
  } finally {
    remove(probe);
  }
}

const isLocked = (error: unknown): boolean => error instanceof StoreError && error.code === 'locked';

/** A whole copy, closed and on disk, that a gateway can start on. Rejects where the backup is none. */
async function prepare(config: Config, from: string, to: string, clock: Clock): Promise<number> {
  copyFileSync(from, to);
  chmodSync(to, 0o600);
  // A database that was copied by hand after a kill has its newest part beside it.
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`);
  try {
    const { transports, sealers } = lookAt(to, { thoroughly: true });
    await new Vault(config.store.key, 'store.key').check({ sealers: () => Promise.resolve(sealers) });
    leap(to);
    const store = await openStore({ path: to });
    try {
      return await giveBack(store, transports, clock);
    } finally {
      await store.close();
      sync(to);
    }
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replaceAll(to, from);
    throw new Error(`${from} cannot be restored: ${why}`, { cause: error });
  }
}

/** What was queued when the backup was made may have been sent since: it is not sent again, and its senders are told. */
async function giveBack(store: Store, transports: readonly string[], clock: Clock): Promise<number> {
  let returned = 0;
  for (const transport of transports) {
    for await (const account of store.accounts(transport)) {
      for (const { lane } of await store.lanes(`account/${account.id}`))
        returned += await emptyLane(store, account, lane, clock);
    }
  }
  return returned;
}

const PAGE = 200;

async function emptyLane(store: Store, account: Account, lane: LaneKey, clock: Clock): Promise<number> {
  const owner = `account/${account.id}`;
  const fence = await store.acquire(owner, 'restore', 0);
  if (fence === undefined) throw new Error(`another process owns ${owner}`);
  const answers = new Answers(lane, streamOwner(account.transport), clock);
  let returned = 0;
  for (;;) {
    const entries = await store.head(lane, 0, PAGE);
    if (entries.length === 0) return returned;
    const append = entries.flatMap((entry) => answers.refusal(entry, { code: 'uncertain' }));
    await store.step({ fence, append, move: entries.map(({ seq }) => ({ seq, to: 'failed', why: 'uncertain' })) });
    returned += entries.length;
  }
}

/** Puts the prepared file in the place of the database, which keeps a name of its own; answers that. */
function replace(database: string, prepared: string, clock: Clock): string {
  const kept = freeName(`${database}.before-${new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
  linkSync(database, kept);
  if (existsSync(`${database}-wal`)) linkSync(`${database}-wal`, `${kept}-wal`);
  let release = (): void => undefined;
  try {
    // What stands in the log alone is written into the file; the log is gone then.
    lookAt(database);
    rmSync(`${kept}-wal`, { force: true });
    // Held by its new name, the old one is locked for a gateway that would start on it in this moment.
    release = hold(kept);
  } catch (error) {
    if (isLocked(error)) {
      remove(kept);
      throw new Error(`a gateway has been started on ${database}: stop it first`, { cause: error });
    }
  }
  try {
    syncFolder(database);
    // Beside a database that cannot be opened any more there is a log, which would be taken for the new one's.
    rmSync(`${database}-wal`, { force: true });
    renameSync(prepared, database);
    syncFolder(database);
    return kept;
  } finally {
    release();
  }
}

function freeName(wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!existsSync(name)) return name;
  }
}

/** What restores that were killed have left beside the database. */
function clearLeftOvers(database: string): void {
  const folder = path.dirname(database);
  const [base, inode] = [path.basename(database), statSync(database, { throwIfNoEntry: false })?.ino];
  const prefix = `${base}.restoring-`;
  for (const name of readdirSync(folder)) {
    // A second name for the database that was never replaced.
    const own = name.startsWith(`${base}.before-`) && statSync(path.join(folder, name), { throwIfNoEntry: false })?.ino;
    if (own === inode && inode !== undefined) remove(path.join(folder, name));
    const pid = Number(name.startsWith(prefix) && name.slice(prefix.length).replace(/-(?:wal|shm|journal)$/, ''));
    if (Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid)) rmSync(path.join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function remove(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
}

const syncFolder = (file: string): void => sync(path.dirname(file));

function sync(file: string): void {
  const opened = openSync(file, statSync(file).isDirectory() ? 'r' : 'r+');
  fsyncSync(opened);
  closeSync(opened);
}

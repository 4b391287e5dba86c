// The database itself, in the thread that owns it: opening, locking, and groups of writes that share one commit.
import { DatabaseSync } from 'node:sqlite';
import { accessSync, closeSync, constants, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError, type Account, type AccountId, type ArchiveQuery, type Entry, type LaneKey } from '../api.ts';
import { Archive } from './archive.ts';
import { faultOf, isOfTheDisk, type Fault } from './fault.ts';
import { Ids } from './ids.ts';
import { Keys } from './keys.ts';
import { Log } from './log.ts';
import { migrate } from './schema.ts';
import { Tables } from './tables.ts';
import type { Opening, Outcome, Sliced, StepRows, Write, Written } from './protocol.ts';

/** The write-ahead log shrinks to this after a burst. */
const WAL_BYTES = 64 * 1024 * 1024;
/** How much of the database may stay in memory: keys are looked up all over it. */
const CACHE_KIB = 32 * 1024;
/** Pages in the write-ahead log before they are copied into the file: rarely, as it costs a second wait for the disk. */
const CHECKPOINT_PAGES = 4_000;

/** A group that could not be committed, with what is to be told to all of its writes. */
export class GroupFailed extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Opens the database, takes its lock and brings the schema up to date. In exclusive mode the lock is the operating system's
 * on the file, held as long as the process lives: a second process is refused, and one that was killed leaves nothing behind.
 */
function openDatabase({ path, maxPages }: Opening): DatabaseSync {
  const folder = dirname(path);
  if (!existsSync(folder)) throw new StoreError('missing', `The directory ${folder} of the database does not exist`);
  if (!statSync(folder).isDirectory()) throw new StoreError('missing', `${folder} is not a directory`);
  mustBeWritable(folder);
  if (existsSync(path)) mustBeWritable(path);
  // Texts wait in it: for its owner's eyes only. SQLite gives the files beside it the same mode.
  else closeSync(openSync(path, 'a', 0o600));
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec(`PRAGMA journal_size_limit = ${WAL_BYTES}; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF`);
    db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
    db.exec('BEGIN IMMEDIATE; COMMIT');
    migrate(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Throws `readonly`. Asked beforehand: SQLite opens what it may only read, and then fails to lock it, as if the disk were broken. */
export function mustBeWritable(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('readonly', `${path} may not be written, and the database must be: ${reason}`);
  }
}

export class Engine {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #keys: Keys;
  readonly #ids: Ids;
  readonly #log: Log;
  readonly #tables: Tables;
  readonly #archive: Archive;
  /** Accounts that may be written for. */
  readonly #known: Set<AccountId>;
  /** Accounts opened by the transaction under way. */
  #opened: AccountId[] = [];

  /** Throws what faultOf() understands. */
  constructor(opening: Opening) {
    this.#path = opening.path;
    this.#db = openDatabase(opening);
    try {
      this.#keys = new Keys(this.#db);
      this.#ids = new Ids(this.#db);
      this.#log = new Log(this.#db, this.#keys);
      this.#tables = new Tables(this.#db);
      this.#archive = new Archive(this.#db);
      this.#known = new Set([0, ...this.#tables.knownAccounts()]);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /**
   * Commits a group of writes together. One that is refused leaves no trace and the others stand; trouble of the disk fails
   * all of them, as GroupFailed.
   */
  group(writes: readonly Write[], now: number): readonly Outcome[] {
    try {
      return this.#commit(writes, now, false);
    } catch (error) {
      if (this.#fault(error).code !== 'invalid') throw new GroupFailed(this.#fault(error));
    }
    // One of them met something that its row cannot be: only now is it worth a savepoint each to find out which.
    try {
      return this.#commit(writes, now, true);
    } catch (error) {
      throw new GroupFailed(this.#fault(error));
    }
  }

  readonly reads = {
    lanes: (owner: string) => this.#log.lanes(owner),
    head: (lane: LaneKey, after: number, limit: number): readonly Entry[] => this.#log.head(lane, after, limit),
    bounced: (account: AccountId, stanza: string) => this.#log.bounced(account, stanza),
    lately: (owner: string, ms: number) => this.#log.lately(owner, ms),
    failed: (account: AccountId, limit: number, after: number) => this.#log.failed(account, limit, after),
    usage: (account: AccountId, direction: LaneKey['direction'] | undefined) =>
      this.#log.waiting.usage(account, direction),
    chatName: (account: AccountId, chat: number) => this.#tables.chatName(account, chat),
    byRemote: (...args: Parameters<Ids['byRemote']>) => this.#ids.byRemote(...args),
    byStanza: (...args: Parameters<Ids['byStanza']>) => this.#ids.byStanza(...args),
    archive: (query: ArchiveQuery) => this.#archive.page(query),
    archiveEnds: (account: AccountId, chat: number) => this.#archive.ends(account, chat),
    doc: (...args: Parameters<Tables['doc']>) => this.#tables.doc(...args),
    docs: (...args: Parameters<Tables['docs']>) => this.#tables.docs(...args),
    secret: (...args: Parameters<Tables['secret']>) => this.#tables.secret(...args),
    secrets: (...args: Parameters<Tables['secrets']>) => this.#tables.secrets(...args),
    sealers: () => this.#tables.sealers(),
    account: (transport: string, jid: string, realm: string): Account | undefined =>
      this.#tables.account(transport, jid, realm),
    accountById: (id: AccountId): Account | undefined => this.#tables.accountById(id),
    accounts: (transport: string, jid: string, realm: string) => this.#tables.accounts(transport, jid, realm),
  };

  /** Writes a copy for its owner's eyes only, which gets its name when it is whole and on disk. */
  backup(path: string): void {
    const exists = (): StoreError => new StoreError('invalid', `${path} exists: a backup never overwrites a file`);
    if (existsSync(path)) throw exists();
    const part = `${path}.part`;
    rmSync(part, { force: true }); // of a backup that was killed
    try {
      closeSync(openSync(part, 'wx', 0o600)); // SQLite takes an empty file as it is, with its mode
      this.#db.prepare('VACUUM INTO ?').run(part);
      sync(part, 'r+');
      linkSync(part, path); // and not a rename, which would overwrite
      sync(dirname(path), 'r');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists();
      const { code, message } = faultOf(error, part);
      throw new StoreError(code, `The backup ${path} cannot be written: ${message}`, { cause: error });
    } finally {
      rmSync(part, { force: true });
    }
  }

  close(): void {
    this.#db.close();
  }

  #commit(writes: readonly Write[], now: number, apart: boolean): readonly Outcome[] {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const outcomes = writes.map((write) => (apart ? this.#apart(write, now) : this.#outcome(write, now)));
      this.#log.beforeCommit();
      this.#keys.recent.beforeCommit();
      this.#ids.recent.beforeCommit();
      this.#db.exec('COMMIT');
      this.#log.afterCommit(now);
      this.#keys.recent.keep();
      this.#ids.recent.keep();
      for (const account of this.#opened) this.#known.add(account);
      return outcomes;
    } catch (error) {
      this.#log.waiting.undo();
      this.#keys.recent.undo();
      this.#ids.recent.undo();
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#opened = [];
    }
  }

  /** Carries out a write; what is refused before anything was written does not disturb the transaction. */
  #outcome(write: Write, now: number): Outcome {
    const missing = this.#missing(write);
    if (missing !== undefined) {
      return { fault: { code: 'gone', message: `Account ${missing} does not exist, or is being erased` } };
    }
    return { value: this.#write(write, now) };
  }

  #apart(write: Write, now: number): Outcome {
    this.#db.exec('SAVEPOINT write');
    const [waiting, keys, ids] = [this.#log.waiting.mark(), this.#keys.recent.mark(), this.#ids.recent.mark()];
    try {
      const outcome = this.#outcome(write, now);
      this.#db.exec('RELEASE write');
      return outcome;
    } catch (error) {
      const fault = this.#fault(error);
      if (isOfTheDisk(fault)) throw error;
      this.#db.exec('ROLLBACK TO write; RELEASE write');
      this.#log.waiting.undo(waiting);
      this.#keys.recent.undo(keys);
      this.#ids.recent.undo(ids);
      return { fault };
    }
  }

  #write(write: Write, now: number): Written[Write['kind']] {
    switch (write.kind) {
      case 'step':
        return this.#step(write, now);
      case 'chat':
        return this.#tables.chatNumber(write.account, write.name);
      case 'open': {
        const opened = this.#tables.open(...write.account);
        if (typeof opened === 'number') this.#opened.push(opened);
        return opened;
      }
      case 'prune':
        return this.#prune(write);
      case 'trim':
        return this.#archive.prune(write.before, write.rows, write.after);
      case 'erase':
        return this.#erase(write.account, write);
    }
  }

  #step(step: StepRows, now: number): readonly (number | null)[] {
    const { append, move, ids, forget, archive, rename, docs, secrets, account } = step;
    const seqs = append?.map((row) => this.#log.append(row, now)) ?? [];
    if (move) for (const each of move) this.#log.move(each, now);
    if (forget) for (const row of forget) this.#ids.drop(...row);
    if (ids) for (const row of ids) this.#ids.put(row);
    if (archive) this.#archive.add(archive, now);
    if (rename) for (const row of rename) this.#tables.rename(...row);
    if (docs) for (const doc of docs) this.#tables.putDoc(doc);
    if (secrets) for (const secret of secrets) this.#tables.putSecret(secret);
    if (account) this.#tables.setState(...account);
    return seqs;
  }

  #prune({ what, before, after }: Write & { readonly kind: 'prune' }): Sliced {
    switch (what) {
      case 'settled':
        return this.#log.pruneSettled(before, after);
      case 'failed':
        return this.#log.pruneFailed(before);
      case 'keys':
        return this.#keys.prune(before, after);
      case 'ids':
        return this.#ids.prune(before, after);
    }
  }

  #erase(account: AccountId, { after }: Write & { readonly kind: 'erase' }): Sliced {
    if (after === null) {
      const state = this.#tables.accountById(account)?.state;
      if (state === undefined) return { removed: 0, next: null };
      if (state !== 'closing') throw new StoreError('invalid', `Account ${account} is not closing, but ${state}`);
      this.#known.delete(account);
      this.#keys.recent.forget(account);
      this.#ids.recent.forget(account);
    }
    if (after?.[0] !== 'tables') {
      const slice = this.#log.erase(account, after);
      return { removed: slice.removed, next: slice.next ?? ['tables'] };
    }
    const slice = this.#tables.erase(account);
    return { removed: slice.removed, next: slice.next === null ? null : ['tables'] };
  }

  /** The first account that a write adds to and that may not be written for. */
  #missing(write: Write): AccountId | undefined {
    if (write.kind === 'chat') return this.#known.has(write.account) ? undefined : write.account;
    if (write.kind !== 'step') return undefined;
    const unknown = (row: readonly [AccountId, ...unknown[]]) => !this.#known.has(row[0]);
    const { append, ids, archive, rename, docs, secrets, account } = write;
    for (const rows of [append, ids, archive, rename, docs, secrets, account && [account]]) {
      const row = rows?.find(unknown);
      if (row !== undefined) return row[0];
    }
    return undefined;
  }

  #fault(error: unknown): Fault {
    return faultOf(error, this.#path);
  }
}

/** Returns when the file, or the names in a directory, are on disk. */
function sync(path: string, mode: 'r' | 'r+'): void {
  const file = openSync(path, mode);
  fsyncSync(file);
  closeSync(file);
}

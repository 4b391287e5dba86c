// A database seen without starting a store on it: its schema stays as it is, and no thread is needed.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../api.ts';
import { mustBeWritable } from './engine.ts';
import { faultOf } from './fault.ts';
import { migrations } from './migrations/index.ts';
import { checkSchema } from './schema.ts';

/** What a look showed. */
export interface Look {
  /** The transports that the accounts belong to. */
  readonly transports: readonly string[];
  /** As `Store.sealers`. */
  readonly sealers: readonly string[];
}

/**
 * Looks into a database that nobody has open. Rejects as opening it would: `locked`, `missing`, `newer`, `readonly`,
 * `corrupt`. `thoroughly`: every page of it is read and checked.
 */
export function lookAt(path: string, { thoroughly = false } = {}): Look {
  return within(path, (db) => {
    if (thoroughly) mustBeWhole(db, path);
    return { transports: transportsOf(db), sealers: sealersOf(db) };
  });
}

/**
 * How far numbers leap at a restore. After the backup the gateway went on counting, and a network may remember a message by
 * the token that was made of its number: given out again, another message would pass for that one, and be lost.
 */
const LEAP = 2 ** 32;

/** Makes the copy of a backup count on from where no number has been given out: entries, accounts and chats. */
export function leap(path: string): void {
  within(path, (db) => {
    db.exec(`BEGIN IMMEDIATE;
      UPDATE counter SET value = value + ${LEAP} WHERE name = 'seq';
      INSERT INTO sqlite_sequence (name, seq)
        SELECT name, 0 FROM (SELECT 'account' AS name UNION SELECT 'chat')
        WHERE name NOT IN (SELECT name FROM sqlite_sequence);
      UPDATE sqlite_sequence SET seq = seq + ${LEAP} WHERE name IN ('account', 'chat');
      COMMIT`);
  });
}

/** Keeps everybody else out of a database until what it returns is called; reads nothing of it. Throws `locked`. */
export function hold(path: string): () => void {
  try {
    const db = new DatabaseSync(path, { timeout: 0 });
    try {
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
      return () => db.close();
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    const { code, message } = faultOf(error, path);
    throw new StoreError(code, message, { cause: error });
  }
}

function within<T>(path: string, look: (db: DatabaseSync) => T): T {
  const folder = dirname(path);
  if (!existsSync(folder)) throw new StoreError('missing', `The directory ${folder} of the database does not exist`);
  if (!existsSync(path)) throw new StoreError('missing', `There is no database ${path}`);
  if (!statSync(path).isFile()) throw new StoreError('corrupt', `${path} is no file`);
  mustBeWritable(folder);
  mustBeWritable(path);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; COMMIT');
    if (checkSchema(db, path, migrations.length) === 0) {
      throw new StoreError('corrupt', `The file ${path} is empty, and no database of Moongate`);
    }
    return look(db);
  } catch (error) {
    const { code, message } = faultOf(error, path);
    throw new StoreError(code, message, { cause: error });
  } finally {
    db?.close();
  }
}

function mustBeWhole(db: DatabaseSync, path: string): void {
  const [first] = db
    .prepare('PRAGMA integrity_check(1)')
    .all()
    .flatMap((row) => Object.values(row));
  if (first !== 'ok') throw new StoreError('corrupt', `The file ${path} is damaged: ${String(first)}`);
}

const transportsOf = (db: DatabaseSync): string[] =>
  db
    .prepare('SELECT DISTINCT transport FROM account')
    .all()
    .map(({ transport }) => String(transport));

const sealersOf = (db: DatabaseSync): string[] =>
  db
    .prepare('SELECT DISTINCT lower(hex(sealer)) AS id FROM secret')
    .all()
    .map(({ id }) => String(id));

// Brings a database to the newest schema, one numbered migration at a time.
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../api.ts';
import { migrations } from './migrations/index.ts';

/** Marks the file as Moongate's: 'moon' in ASCII. */
const APPLICATION = 0x6d6f6f6e;

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/**
 * The schema of a database; 0: it is empty. Throws StoreError `newer` for one above `known` and `corrupt` for the database of
 * another program.
 */
export function checkSchema(db: DatabaseSync, path: string, known: number): number {
  const version = pragma(db, 'user_version');
  if (version > known) {
    const text = `The database ${path} has schema ${version}, this version of Moongate knows ${known}`;
    throw new StoreError('newer', `${text}: run the newer version, or restore a backup made before the update`);
  }
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get();
  if (pragma(db, 'application_id') !== APPLICATION && (version > 0 || Number(tables?.['count']) > 0)) {
    throw new StoreError('corrupt', `The file ${path} is a database of another program`);
  }
  return version;
}

/**
 * Runs what is missing, each migration in a transaction of its own. Rejects a database of a newer version (`newer`) and one
 * of another program (`corrupt`).
 */
export function migrate(db: DatabaseSync, path: string, steps: readonly string[] = migrations): void {
  const version = checkSchema(db, path, steps.length);
  for (const [index, sql] of steps.entries()) {
    if (index < version) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(`${sql}; PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${index + 1}; COMMIT`);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

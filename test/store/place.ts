// A SQLite database in a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Store } from '../../src/store/api.ts';
import { openStore, type SqliteOptions } from '../../src/store/sqlite/index.ts';
import type { Place } from './suite.ts';

/** An empty folder that goes with the test. */
export async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'moongate-store-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Opens a store that is closed with the test. */
export async function opened(t: TestContext, options: SqliteOptions): Promise<Store> {
  const store = await openStore(options);
  t.after(() => store.close());
  return store;
}

/** Where the suite finds SQLite. */
export async function sqlitePlace(): Promise<Place> {
  const path = await mkdtemp(join(tmpdir(), 'moongate-store-'));
  const backupPath = join(path, 'backup.db');
  return {
    open: (clock) => openStore({ path: join(path, 'moongate.db'), clock }),
    backupPath,
    openBackup: (clock) => openStore({ path: backupPath, clock }),
    remove: () => rm(path, { recursive: true }),
  };
}

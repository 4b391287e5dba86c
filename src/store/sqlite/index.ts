// The store in one SQLite file, for one process: the default engine.
import { StoreError, type Store } from '../api.ts';
import { SqliteStore } from './store.ts';
import { Thread } from './thread.ts';

/** Where the database is, and what a test may set. */
export interface SqliteOptions {
  /** The database file; made when it does not exist, but its directory is not. */
  readonly path: string;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: () => number;
  /** The file may not grow beyond so many pages of 4 KiB: what a full disk is to a test. */
  readonly maxPages?: number;
}

/**
 * Opens the database and holds it until close(). Rejects with a StoreError whose message an operator can act on: `locked`,
 * `newer`, `missing`, `corrupt`, `readonly`, `full`, `io`.
 */
export async function openStore(options: SqliteOptions): Promise<Store> {
  const { path, clock = Date.now, maxPages } = options;
  if (path === '' || path === ':memory:') throw new StoreError('missing', 'The database needs a path');
  return new SqliteStore(await Thread.start({ path, maxPages }, clock));
}

// SQLite's result codes as the store's errors, and errors as values that travel between threads.
import { StoreError, type StoreErrorCode } from '../api.ts';

/** A StoreError on its way through a message port. */
export interface Fault {
  readonly code: StoreErrorCode;
  readonly message: string;
}

const READONLY = 8;
const BUSY = 5;
const LOCKED = 6;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Codes that say that the disk, not the call, is at fault. */
const ofTheDisk: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>(['full', 'readonly', 'corrupt', 'io', 'locked']);

/** Whether a fault concerns everybody's writes and not only the one that met it. */
export function isOfTheDisk(fault: Fault): boolean {
  return ofTheDisk.has(fault.code);
}

/** What an error from SQLite means to the store's callers; `path` is for the operator who reads it. */
export function faultOf(error: unknown, path: string): Fault {
  if (error instanceof StoreError) return { code: error.code, message: error.message };
  const text = error instanceof Error ? error.message : String(error);
  const result = resultOf(error);
  switch (result & 0xff) {
    case FULL:
      return { code: 'full', message: `No room left for the database ${path}; it goes on when there is room again` };
    case READONLY:
      return { code: 'readonly', message: `The database ${path} may not be written: ${text}` };
    case CORRUPT:
    case NOTADB:
      return { code: 'corrupt', message: `The file ${path} is damaged or is no database: ${text}. Restore a backup` };
    case BUSY:
    case LOCKED:
      return { code: 'locked', message: `The database ${path} is in use by another process; end that one first` };
    case CANTOPEN:
      return { code: 'io', message: `The database ${path} cannot be opened: ${text}` };
    case IOERR:
      return { code: 'io', message: `The disk fails under the database ${path}: ${text} (SQLite ${result})` };
    case 0:
      return { code: 'invalid', message: text };
    default:
      return { code: 'invalid', message: `${text} (SQLite ${result})` };
  }
}

/** SQLite's extended result code, or 0 for an error that is not SQLite's. */
function resultOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
}

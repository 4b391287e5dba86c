// Walks a table by its key, a slice at a time, and deletes what is older than a time.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Cursor, Sliced } from './protocol.ts';

/** How many rows a slice of housekeeping looks at: about a millisecond. */
export const SLICE = 500;

export class Walk {
  readonly #end: StatementSync;
  readonly #last: StatementSync;
  readonly #remove: StatementSync;
  readonly #first: Cursor;

  /** `key`: its columns; `first`: what is before every key. */
  constructor(db: DatabaseSync, table: string, key: string, first: Cursor) {
    const marks = first.map(() => '?').join(', ');
    const order = (way: string) => key.replaceAll(',', ` ${way},`) + ` ${way}`;
    this.#first = first;
    this.#end = db.prepare(
      `SELECT ${key} FROM ${table} WHERE (${key}) > (${marks}) ORDER BY ${order('ASC')} LIMIT 1 OFFSET ${SLICE - 1}`,
    );
    this.#last = db.prepare(`SELECT ${key} FROM ${table} ORDER BY ${order('DESC')} LIMIT 1`);
    this.#remove = db.prepare(`DELETE FROM ${table} WHERE (${key}) > (${marks}) AND (${key}) <= (${marks}) AND at < ?`);
  }

  slice(before: number, after: Cursor | null): Sliced {
    const from = after ?? this.#first;
    const full = this.#end.get(...from);
    const row = full ?? this.#last.get();
    if (row === undefined) return { removed: 0, next: null };
    const to = Object.values(row) as Cursor;
    const removed = Number(this.#remove.run(...from, ...to, before).changes);
    return { removed, next: full === undefined ? null : to };
  }
}

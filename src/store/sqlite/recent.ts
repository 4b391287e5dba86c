// Rows that came lately, before they move to where their keys belong. Keys are spread all over a tree: a row that is
// written straight to its place costs a page of the write-ahead log, or two. Here rows are appended to a small table, found
// by an index in memory, and moved in the order of their keys when there are many, so that they share pages.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Cursor, Sliced } from './protocol.ts';
import { SLICE } from './walk.ts';

type AnyRow = readonly [account: number, ...rest: SQLInputValue[]];

/** A row with its number in the small table. */
interface Kept<R> {
  readonly n: number;
  readonly row: R;
  /** Deleted: nobody finds it, and it does not move. */
  gone: boolean;
}
/** Where undo() goes back to. */
export interface RecentMark {
  readonly changes: number;
  readonly arriving: number;
}

/** Rows that are collected before they move. */
const MOST = 32_768;
/** Rows that move with a commit, for each that the commit has added. */
const SHARE = 8;
/** Where pruning is: it waits for rows to move, so many times. */
const MOVING = 'moving';

export interface RecentOptions<R> {
  /** The small table: a number, then the columns. */
  readonly table: string;
  readonly columns: readonly string[];
  /** Writes a row to its place; it may be there already. */
  readonly put: StatementSync;
  /** The keys that a row is found by, one for each index. */
  readonly keysOf: readonly ((row: R) => string)[];
  /** The order of their places. */
  readonly order: (one: R, other: R) => number;
  /** Rows that are collected before they move. */
  readonly most?: number;
}

/** As SQLite compares texts, near enough for rows to share pages. */
export const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Rows of one age. An index is made when it is first asked for: few gateways look ids up. */
class Generation<R> {
  readonly rows: Kept<R>[] = [];
  readonly #keysOf: RecentOptions<R>['keysOf'];
  #indexes: (Map<string, Kept<R> | Kept<R>[]> | undefined)[] = [];

  constructor(keysOf: RecentOptions<R>['keysOf']) {
    this.#keysOf = keysOf;
  }

  add(kept: Kept<R>): void {
    this.rows.push(kept);
    for (let index = 0; index < this.#indexes.length; index++) this.#note(index, kept);
  }

  /** Rows by a key, oldest first; those that are gone may be among them. */
  find(index: number, key: string): Kept<R> | readonly Kept<R>[] | undefined {
    if (this.#indexes[index] === undefined) {
      if (this.rows.length === 0) return undefined;
      this.#indexes[index] = new Map();
      for (const kept of this.rows) if (!kept.gone) this.#note(index, kept);
    }
    return this.#indexes[index]?.get(key);
  }

  /** Rows came back, or went. */
  forgetIndexes(): void {
    this.#indexes = [];
  }

  #note(index: number, kept: Kept<R>): void {
    const rows = this.#indexes[index];
    if (rows === undefined) return;
    const key = this.#keysOf[index]?.(kept.row) ?? '';
    const known = rows.get(key);
    if (known === undefined) rows.set(key, kept);
    else if (Array.isArray(known)) known.push(kept);
    else rows.set(key, [known, kept]);
  }
}

export class Recent<R extends AnyRow> {
  readonly #options: RecentOptions<R>;
  readonly #append: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeMoved: StatementSync;
  #young: Generation<R>;
  /** Rows on the move: found here until all of them have arrived. */
  #old: Generation<R>;
  #moving: Kept<R>[] = [];
  /** How many of them have arrived: on disk, and in the transaction under way. */
  #arrived = 0;
  #arriving = 0;
  #last = 0;
  #changes: Kept<R>[] = [];

  constructor(db: DatabaseSync, options: RecentOptions<R>) {
    const { table, columns, keysOf } = options;
    const marks = columns.map(() => '?').join(', ');
    this.#options = options;
    this.#append = db.prepare(`INSERT INTO ${table} (n, ${columns.join(', ')}) VALUES (?, ${marks})`);
    this.#remove = db.prepare(`DELETE FROM ${table} WHERE n = ?`);
    this.#removeMoved = db.prepare(`DELETE FROM ${table} WHERE n <= ?`);
    this.#young = new Generation(keysOf);
    this.#old = new Generation(keysOf);
    const rows = db.prepare(`SELECT n, ${columns.join(', ')} FROM ${table} ORDER BY n`);
    rows.setReturnArrays(true);
    for (const all of rows.iterate() as unknown as Iterable<readonly [number, ...SQLInputValue[]]>) {
      const [n, ...row] = all;
      this.#young.add({ n, row: row as unknown as R, gone: false });
      this.#last = n;
    }
  }

  /** Rows are on the move. */
  get moves(): boolean {
    return this.#arriving < this.#moving.length;
  }

  add(row: R): void {
    this.#last += 1;
    this.#append.run(this.#last, ...row);
    const kept = { n: this.#last, row, gone: false };
    this.#young.add(kept);
    this.#changes.push(kept);
  }

  /** Rows by one of their keys, oldest first. */
  find(index: number, key: string): readonly R[] {
    const old = this.#old.find(index, key);
    const young = this.#young.find(index, key);
    return old === undefined && young === undefined ? [] : present(old, young).map(({ row }) => row);
  }

  /** Deletes rows by one of their keys. Those that have arrived are the caller's business. */
  remove(index: number, key: string, which: (row: R) => boolean = () => true): void {
    for (const kept of present(this.#old.find(index, key), this.#young.find(index, key))) {
      if (!which(kept.row)) continue;
      this.#remove.run(kept.n);
      kept.gone = true;
      this.#changes.push(kept);
    }
  }

  /** An account is being erased: its rows are found no more. On disk the caller deletes them. */
  forget(account: number): void {
    for (const age of [this.#old, this.#young]) for (const kept of age.rows) kept.gone ||= kept.row[0] === account;
  }

  /** Makes all that is here move. */
  begin(): void {
    if (this.#moving.length > 0) return;
    this.#old = this.#young;
    this.#young = new Generation(this.#options.keysOf);
    this.#moving = this.#old.rows.toSorted((one, other) => this.#options.order(one.row, other.row));
  }

  /** Moves up to so many rows of those on the move. */
  move(most: number): void {
    const end = Math.min(this.#moving.length, this.#arriving + most);
    if (end === this.#arriving) return;
    const { put } = this.#options;
    for (const kept of this.#moving.slice(this.#arriving, end)) if (!kept.gone) put.run(...kept.row);
    this.#arriving = end;
    if (end === this.#moving.length) this.#removeMoved.run(this.#moving.reduce((n, kept) => Math.max(n, kept.n), 0));
  }

  /** Part of every transaction. */
  beforeCommit(): void {
    if (this.#changes.length > 0) this.move(SHARE * this.#changes.length);
  }

  /** What changed since the last call is on disk. */
  keep(): void {
    this.#changes = [];
    this.#arrived = this.#arriving;
    if (this.#moving.length > 0 && this.#arrived === this.#moving.length) {
      this.#moving = [];
      this.#arrived = this.#arriving = 0;
      this.#old = new Generation(this.#options.keysOf);
    }
    if (this.#young.rows.length >= (this.#options.most ?? MOST)) this.begin();
  }

  /** Where undo() can go back to, until keep() is called. */
  mark(): RecentMark {
    return { changes: this.#changes.length, arriving: this.#arriving };
  }

  /** What changed since a mark, or since the last keep(), did not reach the disk. */
  undo({ changes, arriving }: RecentMark = { changes: 0, arriving: this.#arrived }): void {
    const undone = this.#changes.splice(changes);
    for (const kept of undone.toReversed()) kept.gone = !kept.gone;
    if (undone.length > 0) for (const age of [this.#old, this.#young]) age.forgetIndexes();
    this.#arriving = arriving;
  }
}

function present<R>(...found: readonly (Kept<R> | readonly Kept<R>[] | undefined)[]): readonly Kept<R>[] {
  return found.flatMap((kept) => kept ?? []).filter(({ gone }) => !gone);
}

/** A slice of pruning: first all that is here moves, so that it is found where pruning looks for it. */
export function pruneAfterMoving<R extends AnyRow>(
  recent: Recent<R>,
  after: Cursor | null,
  slice: (after: Cursor | null) => Sliced,
): Sliced {
  const [state, left] = after ?? [MOVING, recent.moves ? 2 : 1];
  if (state !== MOVING) return slice(after);
  recent.begin();
  recent.move(SLICE);
  if (recent.moves) return { removed: 0, next: [MOVING, left ?? 1] };
  return left === 2 ? { removed: 0, next: [MOVING, 1] } : slice(null);
}

// Archives of groups: rows that are numbered without gaps, so that every page is a range and every count a subtraction.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  StoreError,
  type AccountId,
  type ArchivedRow,
  type ArchiveEnd,
  type ArchivePage,
  type ArchiveQuery,
  type Json,
} from '../api.ts';
import type { ArchiveTuple, Cursor, Sliced } from './protocol.ts';

/** Rows that a slice of housekeeping deletes, and chats that it looks at: a few milliseconds. */
const ROWS = 200;
const CHATS = 50;

const place = 'account = ? AND chat = ?';
const columns = 'id, key, sender, at, arrived, body';
/** Every statement, so that a test can ask how SQLite carries it out. */
export const archiveSql = {
  first: `SELECT n, arrived, id FROM archive WHERE ${place} ORDER BY n LIMIT 1`,
  last: `SELECT n, arrived, id FROM archive WHERE ${place} ORDER BY n DESC LIMIT 1`,
  arrived: `SELECT arrived FROM archive WHERE ${place} AND n = ?`,
  byId: `SELECT n, sender FROM archive WHERE id = ? AND ${place}`,
  add: 'INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  row: `SELECT ${columns} FROM archive WHERE ${place} AND n = ?`,
  rows: `SELECT ${columns} FROM archive WHERE ${place} AND n BETWEEN ? AND ? ORDER BY n`,
  firstOf: `SELECT n FROM archive INDEXED BY archive_sender WHERE ${place} AND sender = ? AND n BETWEEN ? AND ?
    ORDER BY n LIMIT ?`,
  lastOf: `SELECT n FROM archive INDEXED BY archive_sender WHERE ${place} AND sender = ? AND n BETWEEN ? AND ?
    ORDER BY n DESC LIMIT ?`,
  nextChat: 'SELECT account, chat FROM archive WHERE (account, chat) > (?, ?) ORDER BY account, chat LIMIT 1',
  remove: `DELETE FROM archive WHERE ${place} AND n BETWEEN ? AND ?`,
} as const;

/** A stretch of numbers, both ends included; empty where the first is above the last. */
interface Range {
  readonly first: number;
  readonly last: number;
}
interface End {
  readonly n: number;
  readonly arrived: number;
  readonly id: string;
}
type Row = Pick<ArchivedRow, 'id' | 'key' | 'at' | 'arrived'> & { readonly sender: string; readonly body: string };

/** A chat's numbers, and what is asked of them. */
class Chat {
  readonly account: AccountId;
  readonly number: number;
  readonly first: End | undefined;
  readonly last: End | undefined;
  readonly #sql: Statements;
  constructor(sql: Statements, account: AccountId, number: number) {
    this.#sql = sql;
    this.account = account;
    this.number = number;
    this.first = sql.first.get(account, number) as End | undefined;
    this.last = sql.last.get(account, number) as End | undefined;
  }

  get all(): Range {
    return { first: this.first?.n ?? 0, last: this.last?.n ?? -1 };
  }

  find(id: string): { readonly n: number; readonly sender: string } | undefined {
    return this.#sql.byId.get(id, this.account, this.number) as { n: number; sender: string } | undefined;
  }

  /** The first number whose row arrived at the time or later; one behind the last where there is none. */
  since(time: number): number {
    let { first, last } = this.all;
    while (first <= last) {
      const middle = Math.floor((first + last) / 2);
      const row = this.#sql.arrived.get(this.account, this.number, middle);
      if (Number(row?.['arrived']) < time) first = middle + 1;
      else last = middle - 1;
    }
    return first;
  }

  /** Numbers in a range that are of one sender, the first so many or the last. */
  of(sender: string, { first, last }: Range, limit: number, lasts: boolean): readonly number[] {
    const statement = lasts ? this.#sql.lastOf : this.#sql.firstOf;
    return statement.all(this.account, this.number, sender, first, last, limit).map(({ n }) => Number(n));
  }
}

type Statements = Readonly<Record<keyof typeof archiveSql, StatementSync>>;

const senderOf = (from: string | null): string => (from === null ? '' : `=${from}`);

export class Archive {
  readonly #sql: Statements;
  constructor(db: DatabaseSync) {
    const made = Object.entries(archiveSql).map(([name, text]) => [name, db.prepare(text)] as const);
    this.#sql = Object.fromEntries(made) as unknown as Statements;
  }

  /** Adds what is new; the rows of a step. */
  add(rows: readonly ArchiveTuple[], now: number): void {
    for (const row of rows) if (!isOld(row)) this.#add(row, now);
    for (const row of rows.toReversed()) if (isOld(row)) this.#add(row, now);
  }

  #add(row: ArchiveTuple, now: number): void {
    const [account, chat, id, key, from, at, body, old] = row;
    const end = (old ? this.#sql.first : this.#sql.last).get(account, chat) as End | undefined;
    const n = end === undefined ? 0 : end.n + (old ? -1 : 1);
    const past = Math.min(at, now);
    const arrived = end === undefined ? past : old ? Math.min(at, end.arrived) : Math.max(past, end.arrived);
    this.#sql.add.run(account, chat, n, arrived, at, id, key, senderOf(from), body);
  }

  /** As Store.archive. */
  page(query: ArchiveQuery): ArchivePage | undefined {
    const chat = new Chat(this.#sql, query.account, query.chat);
    const filter = filterOf(chat, query);
    const bounds = filter && pageOf(chat, query, filter);
    if (filter === undefined || bounds === undefined) return undefined;
    if (query.ids !== undefined) return this.#chosen(chat, query, query.ids, filter, bounds);
    if (query.from !== undefined) return this.#said(chat, query, query.from, bounds);
    const range = cut(bounds, query);
    const total = Math.max(0, filter.last - filter.first + 1);
    return {
      rows: this.#rows(chat, range),
      complete: isEmpty(bounds) || (query.last ? range.first === bounds.first : range.last === bounds.last),
      count: { total, index: Math.min(total, Math.max(0, range.first - filter.first)) },
    };
  }

  ends(account: AccountId, number: number): { readonly first: ArchiveEnd; readonly last: ArchiveEnd } | undefined {
    const { first, last } = new Chat(this.#sql, account, number);
    if (first === undefined || last === undefined) return undefined;
    return { first: { id: first.id, at: first.arrived }, last: { id: last.id, at: last.arrived } };
  }

  /** One slice of what goes from the old ends: what arrived before a time, and what is too much. */
  prune(before: number, rows: number, after: Cursor | null): Sliced {
    let done: Cursor = after ?? [-1, -1];
    let removed = 0;
    for (let looked = 0; looked < CHATS; looked += 1) {
      const next = this.#sql.nextChat.get(Number(done[0]), Number(done[1]));
      if (next === undefined) return { removed, next: null };
      const [account, number] = [Number(next['account']), Number(next['chat'])];
      const chat = new Chat(this.#sql, account, number);
      const { first, last } = chat.all;
      const end = Math.max(chat.since(before), last - rows + 1);
      const to = Math.min(end, first + ROWS - removed);
      if (to > first) removed += Number(this.#sql.remove.run(account, number, first, to - 1).changes);
      if (to < end) return { removed, next: done };
      done = [account, number];
    }
    return { removed, next: done };
  }

  /** A page of rows that are named one by one. */
  #chosen(
    chat: Chat,
    query: ArchiveQuery,
    ids: readonly string[],
    filter: Range,
    bounds: Range,
  ): ArchivePage | undefined {
    const senders = query.from && new Set(query.from.map(senderOf));
    const numbers: number[] = [];
    for (const id of new Set(ids)) {
      const found = chat.find(id);
      if (found === undefined) return undefined;
      if (within(found.n, filter) && senders?.has(found.sender) !== false) numbers.push(found.n);
    }
    numbers.sort((one, other) => one - other);
    const inside = numbers.filter((n) => within(n, bounds)).slice(query.index ?? 0);
    const some = take(inside, query);
    const index = some[0] === undefined ? 0 : numbers.indexOf(some[0]);
    const count = senders === undefined ? { count: { total: numbers.length, index } } : {};
    return { rows: this.#each(chat, some), complete: some.length === inside.length, ...count };
  }

  /** A page of what some people said; how much there is of it nobody counts. */
  #said(chat: Chat, query: ArchiveQuery, from: readonly (string | null)[], bounds: Range): ArchivePage {
    const found = [...new Set(from)]
      .flatMap((who) => chat.of(senderOf(who), bounds, query.limit + 1, query.last === true))
      .sort((one, other) => one - other);
    const some = take(found, query);
    return { rows: this.#each(chat, some), complete: some.length === found.length };
  }

  #rows({ account, number }: Chat, range: Range): readonly ArchivedRow[] {
    if (isEmpty(range)) return [];
    const rows = this.#sql.rows.all(account, number, range.first, range.last);
    return rows.map((row) => rowOf(account, number, row as unknown as Row));
  }

  #each({ account, number }: Chat, numbers: readonly number[]): readonly ArchivedRow[] {
    return numbers.flatMap((n) => {
      const row = this.#sql.row.get(account, number, n);
      return row === undefined ? [] : [rowOf(account, number, row as unknown as Row)];
    });
  }
}

const isOld = (row: ArchiveTuple): boolean => row[7];
const isEmpty = ({ first, last }: Range): boolean => first > last;
const within = (n: number, { first, last }: Range): boolean => n >= first && n <= last;

/** All that the filter lets through, but for senders and named rows; undefined where an id is not known. */
function filterOf(chat: Chat, { start, end, afterId, beforeId }: ArchiveQuery): Range | undefined {
  const { first, last } = chat.all;
  const between = betweenIds(chat, afterId, beforeId);
  return (
    between && {
      first: Math.max(first, between.first, start === undefined ? first : chat.since(start)),
      last: Math.min(last, between.last, end === undefined ? last : chat.since(end + 1) - 1),
    }
  );
}

/** Where the page lies within the filter; undefined where an id is not known. */
function pageOf(chat: Chat, { after, before, index, from, ids }: ArchiveQuery, filter: Range): Range | undefined {
  if (index !== undefined && from !== undefined)
    throw new StoreError('invalid', 'Rows of some senders have no numbers to begin a page at');
  const between = betweenIds(chat, after, before);
  return (
    between && {
      first: Math.max(filter.first + (ids === undefined ? (index ?? 0) : 0), between.first),
      last: Math.min(filter.last, between.last),
    }
  );
}

function betweenIds(chat: Chat, after: string | undefined, before: string | undefined): Range | undefined {
  const low = after === undefined ? { n: -Infinity } : chat.find(after);
  const high = before === undefined ? { n: Infinity } : chat.find(before);
  return low && high && { first: low.n + 1, last: high.n - 1 };
}

/** The part of the bounds that fits on a page. */
function cut({ first, last }: Range, query: ArchiveQuery): Range {
  if (query.last) return { first: Math.max(first, last - query.limit + 1), last };
  return { first, last: Math.min(last, first + query.limit - 1) };
}

function take(numbers: readonly number[], { limit, last }: ArchiveQuery): readonly number[] {
  return last ? numbers.slice(Math.max(0, numbers.length - limit)) : numbers.slice(0, limit);
}

function rowOf(account: AccountId, chat: number, { id, key, sender, at, arrived, body }: Row): ArchivedRow {
  const from = sender === '' ? null : sender.slice(1);
  return { account, chat, id, key, from, at, arrived, body: JSON.parse(body) as Json };
}

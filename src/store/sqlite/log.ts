// The lanes' table: appending, moving, reading. What waits is found through Waiting; everything is one statement by seq.
import type { DatabaseSync } from 'node:sqlite';
import type { AccountId, Entry, Json, LaneKey, LaneSummary, Seq } from '../api.ts';
import { laneOf, wayOf, type AppendRow, type Cursor, type MoveRow, type Sliced } from './protocol.ts';
import type { Keys } from './keys.ts';
import { Waiting } from './waiting.ts';
import { SLICE } from './walk.ts';

const QUEUED = 0;
const SETTLED = 1;
const FAILED = 2;
const states = ['queued', 'settled', 'failed'] as const;

/** Numbers that are set aside at once, so that few transactions write how far they have come. */
const BLOCK = 1_024;
/** How far apart in time the marks are that tell how old a seq is at least. */
const MARK_MS = 1_000;

interface Place {
  readonly account: number;
  readonly chat: number;
  readonly way: number;
}
interface LogRow extends Place {
  readonly seq: number;
  readonly state: number;
  readonly starts: number;
  readonly done: number;
  readonly not_before: number;
  readonly at: number;
  readonly owner: string;
  readonly key: string;
  readonly stanza: string | null;
  readonly why: string | null;
  readonly plan: string | null;
  readonly body: string;
}

function statements(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  const ended = 'state = ?, ended = ?, why = ?';
  return {
    append: sql(`INSERT INTO log (seq, account, chat, way, at, bytes, owner, key, stanza, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    giveWay: sql(`DELETE FROM log WHERE seq = ? AND starts = 0 AND state = ${QUEUED}`),
    count: sql("UPDATE counter SET value = ? WHERE name = 'seq'"),
    started: sql(`UPDATE log SET starts = starts + 1 WHERE seq = ? AND state = ${QUEUED}`),
    planned: sql(`UPDATE log SET starts = starts + 1, plan = coalesce(plan, ?) WHERE seq = ? AND state = ${QUEUED}`),
    part: sql('UPDATE log SET done = max(done, ?), starts = 0 WHERE seq = ?'),
    later: sql(`UPDATE log SET not_before = ?, why = ?, starts = 0 WHERE seq = ? AND state = ${QUEUED}`),
    end: sql(`UPDATE log SET ${ended} WHERE seq = ? AND state = ${QUEUED}`),
    endAgain: sql(`UPDATE log SET ${ended} WHERE seq = ? AND state <> ?`),
    revive: sql(`UPDATE log SET state = ${QUEUED}, ended = NULL, why = NULL, starts = 0, not_before = 0,
      done = coalesce(?, done) WHERE seq = ? RETURNING account, chat, way, owner, bytes`),
    row: sql('SELECT * FROM log WHERE seq = ?'),
    bounced: sql('SELECT * FROM log WHERE stanza = ? AND account = ? ORDER BY seq DESC LIMIT 1'),
    failed: sql(`SELECT * FROM log WHERE state = ${FAILED} AND account = ? AND seq > ? ORDER BY seq LIMIT ?`),
    lately: sql(`SELECT seq FROM log WHERE state = ${SETTLED} AND owner = :owner AND starts = 0 AND ended >= :ms + (
      SELECT max(ended) FROM log WHERE state = ${SETTLED} AND owner = :owner) ORDER BY seq`),
    sliceEnd: sql('SELECT seq FROM log WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?'),
    lastSeq: sql('SELECT max(seq) AS seq FROM log'),
    pruneSettled: sql(`DELETE FROM log WHERE seq > ? AND seq <= ? AND state = ${SETTLED} AND ended < ?`),
    pruneFailed: sql(`DELETE FROM log WHERE seq IN (
      SELECT seq FROM log INDEXED BY log_failed WHERE state = ${FAILED} AND ended < ? LIMIT ?)`),
    erase: sql('DELETE FROM log WHERE seq > ? AND seq <= ? AND account = ? RETURNING seq'),
  };
}

export class Log {
  readonly waiting = new Waiting();
  readonly #sql: ReturnType<typeof statements>;
  readonly #keys: Keys;
  /** The last seq given out. */
  #seq: Seq;
  /** Up to where numbers are set aside, on disk and in the transaction under way. Gaps do no harm. */
  #aside: Seq;
  #asideSoon: Seq;
  /** Nothing above `seq` was appended before `at`: ascending. */
  #marks: { readonly at: number; readonly seq: Seq }[] = [];

  constructor(db: DatabaseSync, keys: Keys) {
    this.#sql = statements(db);
    this.#keys = keys;
    this.#seq = Number(db.prepare("SELECT value FROM counter WHERE name = 'seq'").get()?.['value']);
    this.#aside = this.#asideSoon = this.#seq;
    const rows = db.prepare(
      `SELECT seq, account, chat, way, owner, bytes FROM log WHERE state = ${QUEUED} ORDER BY seq`,
    );
    for (const row of rows.iterate() as Iterable<Record<string, unknown>>) {
      const { account, chat, way, owner, seq, bytes } = row as unknown as LogRow & { bytes: number };
      this.waiting.add(account, chat, way, owner, seq, bytes);
    }
    this.waiting.keep();
  }

  /** Appends where the key is new; null where it was known. */
  append(row: AppendRow, now: number): Seq | null {
    const [account, chat, way, owner, key, since, at, stanza, replaces, bytes, body] = row;
    if (!this.#keys.see(account, way & 1, key, since, now)) return null;
    if (replaces) this.#giveWay(account, chat, way);
    this.#seq += 1;
    const seq = this.#seq;
    this.#sql.append.run(seq, account, chat, way, at, bytes, owner, key, stanza, body);
    this.waiting.add(account, chat, way, owner, seq, bytes);
    return seq;
  }

  move([seq, to, count, text]: MoveRow, now: number): void {
    switch (to) {
      case 'started':
        if (text === null) this.#sql.started.run(seq);
        else this.#sql.planned.run(text, seq);
        return;
      case 'part':
        this.#sql.part.run(count, seq);
        return;
      case 'later':
        this.#sql.later.run(count, text, seq);
        return;
      case 'settled':
        this.#end(seq, SETTLED, null, now);
        return;
      case 'failed':
        this.#end(seq, FAILED, text, now);
        return;
      case 'queued': {
        const row = this.#sql.revive.get(count, seq) as (Place & { owner: string; bytes: number }) | undefined;
        if (row === undefined) return;
        this.waiting.remove(seq);
        this.waiting.add(row.account, row.chat, row.way, row.owner, seq, row.bytes);
      }
    }
  }

  /** Makes the transaction remember how far the numbers have come. */
  beforeCommit(): void {
    if (this.#seq <= this.#aside) return;
    this.#asideSoon = this.#seq + BLOCK;
    this.#sql.count.run(this.#asideSoon);
  }

  afterCommit(now: number): void {
    this.#aside = this.#asideSoon;
    this.waiting.keep();
    this.#mark(now);
  }

  lanes(owner: string): readonly LaneSummary[] {
    return this.waiting.summaries(owner);
  }

  head(lane: LaneKey, after: Seq, limit: number): readonly Entry[] {
    const seqs = this.waiting.seqs({ account: lane.account, chat: lane.chat, way: wayOf(lane) }, after, limit);
    return seqs.flatMap((seq) => entriesOf([this.#sql.row.get(seq)]));
  }

  bounced(account: AccountId, stanza: string): Entry | undefined {
    return entriesOf([this.#sql.bounced.get(stanza, account)])[0];
  }

  lately(owner: string, ms: number): readonly Seq[] {
    return this.#sql.lately.all({ owner, ms: -ms }).map(({ seq }) => Number(seq));
  }

  failed(account: AccountId, limit: number, after: Seq): readonly Entry[] {
    return entriesOf(this.#sql.failed.all(account, after, limit));
  }

  /** One slice of the settled ones: those appended after `before` cannot have been settled before it. */
  pruneSettled(before: number, after: Cursor | null): Sliced {
    const slice = this.#slice(after, this.#oldest(before));
    if (slice === undefined) return { removed: 0, next: null };
    const removed = Number(this.#sql.pruneSettled.run(slice.from, slice.to, before).changes);
    return { removed, next: [slice.to] };
  }

  pruneFailed(before: number): Sliced {
    const removed = Number(this.#sql.pruneFailed.run(before, SLICE).changes);
    return { removed, next: removed < SLICE ? null : [] };
  }

  /** One slice of an account's entries. */
  erase(account: AccountId, after: Cursor | null): Sliced {
    const slice = this.#slice(after, Infinity);
    if (slice === undefined) return { removed: 0, next: null };
    const rows = this.#sql.erase.all(slice.from, slice.to, account) as unknown as { readonly seq: number }[];
    for (const { seq } of rows) this.waiting.remove(seq);
    return { removed: rows.length, next: [slice.to] };
  }

  #giveWay(account: AccountId, chat: number, way: number): void {
    for (const seq of this.waiting.seqs({ account, chat, way }, 0, Infinity)) {
      if (this.#sql.giveWay.run(seq).changes > 0) this.waiting.remove(seq);
    }
  }

  #end(seq: Seq, state: number, why: string | null, now: number): void {
    if (this.#sql.end.run(state, now, why, seq).changes > 0) this.waiting.remove(seq);
    else this.#sql.endAgain.run(state, now, why, seq, state);
  }

  #slice(after: Cursor | null, limit: number): { from: Seq; to: Seq } | undefined {
    const from = Number(after?.[0] ?? 0);
    const end = this.#sql.sliceEnd.get(from, SLICE - 1) ?? this.#sql.lastSeq.get();
    const to = Math.min(Number(end?.['seq'] ?? 0), limit);
    return to > from ? { from, to } : undefined;
  }

  #mark(now: number): void {
    while ((this.#marks.at(-1)?.at ?? now) > now) this.#marks.pop(); // the clock was set back
    if (now >= (this.#marks.at(-1)?.at ?? 0) + MARK_MS) this.#marks.push({ at: now, seq: this.#seq });
  }

  /** Above this seq nothing was appended before the time. */
  #oldest(time: number): Seq {
    const index = this.#marks.findIndex((mark) => mark.at >= time);
    if (index < 0) return Infinity;
    this.#marks = this.#marks.slice(index);
    return this.#marks[0]?.seq ?? Infinity;
  }
}

function entriesOf(rows: readonly unknown[]): Entry[] {
  const entries: Entry[] = [];
  for (const row of rows as readonly (LogRow | undefined)[]) {
    if (row === undefined) continue;
    entries.push({
      seq: row.seq,
      lane: laneOf(row.account, row.chat, row.way),
      owner: row.owner,
      state: states[row.state] ?? 'failed',
      key: row.key,
      at: row.at,
      body: JSON.parse(row.body) as Json,
      starts: row.starts,
      done: row.done,
      notBefore: row.not_before,
      ...(row.stanza === null ? {} : { stanza: row.stanza }),
      ...(row.plan === null ? {} : { plan: JSON.parse(row.plan) as Json }),
      ...(row.why === null ? {} : { why: row.why }),
    });
  }
  return entries;
}

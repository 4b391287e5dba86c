// What travels between the gateway's thread and the database's. Rows are tuples of texts and numbers: copying objects from
// thread to thread costs more than all else that the gateway's thread does for a step. Writes travel as JSON text, which
// is cheaper still.
import type { AccountId, Account, ArchiveRow, IdRow, Move, NewEntry, Secret, Seq, Step } from '../api.ts';
import { StoreError, type LaneKey } from '../api.ts';
import type { Fault } from './fault.ts';

/** Direction and slot of a lane in one number: 0 in, 1 out, plus 2 for the read slot. */
export type Way = number;

export type AppendRow = readonly [
  account: AccountId,
  chat: number,
  way: Way,
  owner: string,
  key: string,
  since: number,
  at: number,
  stanza: string | null,
  replaces: boolean,
  bytes: number,
  body: string,
];
/** What a move's number and text mean depends on where it goes. */
export type MoveRow = readonly [seq: Seq, to: Move['to'], count: number | null, text: string | null];
export type IdTuple = readonly [
  account: AccountId,
  remote: string,
  chat: number,
  part: number,
  stanza: string,
  author: string | null,
  at: number,
];
export type ArchiveTuple = readonly [
  account: AccountId,
  chat: number,
  id: string,
  key: string,
  from: string | null,
  at: number,
  body: string,
  old: boolean,
];
export type DocRow = readonly [account: AccountId, kind: string, key: string, value: string | null];
export type SecretRow = readonly [account: AccountId, key: string, base64: string | null];

/** A step without its fence, which is checked before it is sent, and without what would be empty. */
export interface StepRows {
  readonly kind: 'step';
  readonly append?: readonly AppendRow[];
  readonly move?: readonly MoveRow[];
  readonly ids?: readonly IdTuple[];
  readonly forget?: readonly (readonly [account: AccountId, remote: string, chat: number])[];
  readonly archive?: readonly ArchiveTuple[];
  readonly rename?: readonly (readonly [account: AccountId, chat: number, name: string])[];
  readonly docs?: readonly DocRow[];
  readonly secrets?: readonly SecretRow[];
  readonly account?: readonly [AccountId, Account['state']];
}
/** How far a slice of housekeeping has come: the key of the last row that it looked at. */
export type Cursor = readonly (string | number)[];
export type Pruned = 'settled' | 'failed' | 'keys' | 'ids';

/** Everything that changes the database goes through one queue, and shares its commits. */
export type Write =
  | StepRows
  | { readonly kind: 'chat'; readonly account: AccountId; readonly name: string }
  | {
      readonly kind: 'open';
      readonly account: readonly [transport: string, jid: string, realm: string, remote: string];
    }
  | { readonly kind: 'prune'; readonly what: Pruned; readonly before: number; readonly after: Cursor | null }
  | { readonly kind: 'trim'; readonly before: number; readonly rows: number; readonly after: Cursor | null }
  | { readonly kind: 'erase'; readonly account: AccountId; readonly after: Cursor | null };

/** What one slice did; without `next` it was the last. */
export interface Sliced {
  readonly removed: number;
  readonly next: Cursor | null;
}
/** What a write resolves to, by its kind. */
export interface Written {
  readonly step: readonly (Seq | null)[];
  readonly chat: number;
  readonly open: number | 'jid-taken' | 'remote-taken';
  readonly prune: Sliced;
  readonly trim: Sliced;
  readonly erase: Sliced;
}
export type Outcome = { readonly value: Written[Write['kind']] } | { readonly fault: Fault };

export type Request =
  | { readonly id: number; readonly kind: 'group'; readonly now: number; readonly writes: string }
  | { readonly id: number; readonly kind: 'read'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly id: number; readonly kind: 'backup'; readonly path: string }
  | { readonly id: number; readonly kind: 'close' };
export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: Fault };

/** What the thread is started with. */
export interface Opening {
  readonly path: string;
  readonly maxPages: number | undefined;
}

/** A lane's direction and slot as one number. */
export function wayOf(lane: LaneKey): Way {
  return (lane.direction === 'out' ? 1 : 0) + (lane.slot === 'read' ? 2 : 0);
}

/** The lane that its numbers stand for. */
export function laneOf(account: AccountId, chat: number, way: Way): LaneKey {
  return { account, chat, direction: way & 1 ? 'out' : 'in', slot: way & 2 ? 'read' : 'main' };
}

/** A whole number of milliseconds; networks' clocks have fractions. */
function time(value: number): number {
  if (!Number.isFinite(value)) throw new StoreError('invalid', `Not a time: ${value}`);
  return Math.trunc(value);
}

function json(value: unknown): string {
  const text: unknown = JSON.stringify(value);
  if (typeof text !== 'string') throw new StoreError('invalid', 'Not a JSON value');
  return text;
}

function appendRow(entry: NewEntry): AppendRow {
  const { lane, owner, key, since, at, stanza, replaces } = entry;
  const body = json(entry.body);
  const bytes = Buffer.byteLength(body);
  const way = wayOf(lane);
  const from = since === undefined ? 0 : time(since);
  return [lane.account, lane.chat, way, owner, key, from, time(at), stanza ?? null, replaces === true, bytes, body];
}

function moveRow(move: Move): MoveRow {
  switch (move.to) {
    case 'started':
      return [move.seq, move.to, null, move.plan === undefined ? null : json(move.plan)];
    case 'part':
      return [move.seq, move.to, move.done, null];
    case 'later':
      return [move.seq, move.to, time(move.notBefore), move.why];
    case 'failed':
      return [move.seq, move.to, null, move.why];
    case 'queued':
      return [move.seq, move.to, move.done ?? null, null];
    case 'settled':
      return [move.seq, move.to, null, null];
  }
}

function archiveTuple({ account, chat, id, key, from, at, body, end }: ArchiveRow): ArchiveTuple {
  return [account, chat, id, key, from, time(at), json(body), end === 'old'];
}

const idTuple = ({ account, remote, chat, part, stanza, author, at }: IdRow): IdTuple => [
  account,
  remote,
  chat,
  part,
  stanza,
  author,
  time(at),
];

function secretRow({ account, key, value }: Secret): SecretRow {
  if (value === null) return [account, key, null];
  return [account, key, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')];
}

/** A step as rows. Throws StoreError 'invalid' on what no database could keep. */
export function stepRows(step: Step): StepRows {
  const { append, move, ids, forget, archive, rename, docs, secrets, account } = step;
  const rows: { -readonly [Name in keyof StepRows]: StepRows[Name] } = { kind: 'step' };
  try {
    if (append?.length) rows.append = append.map(appendRow);
    if (move?.length) rows.move = move.map(moveRow);
    if (ids?.length) rows.ids = ids.map(idTuple);
    if (forget?.length) rows.forget = forget.map((row) => [row.account, row.remote, row.chat]);
    if (archive?.length) rows.archive = archive.map(archiveTuple);
    if (rename?.length) rows.rename = rename.map((row) => [row.account, row.chat, row.name]);
    if (docs?.length)
      rows.docs = docs.map((doc) => [doc.account, doc.kind, doc.key, doc.value === null ? null : json(doc.value)]);
    if (secrets?.length) rows.secrets = secrets.map(secretRow);
    if (account !== undefined) rows.account = [account.id, account.state];
    return rows;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('invalid', `Not a step: ${String(error)}`, { cause: error });
  }
}

// src/store/api.ts: what every engine offers. Writes are values, not callbacks, so that steps of one tick share a commit
// (SQLite) or a round trip (PostgreSQL). All of it is asynchronous: an engine may live in a worker or behind a socket.
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
/** A row's number; never used again, so nothing late can reach a successor. */
export type AccountId = number;
/** Order of append; grows within a lane. Order is never taken from a clock. */
export type Seq = number;

// ---- ownership
/** The right to write for one owner ('account/17', 'stream/irc.example.org'); a higher number ends the lower one's. */
export interface Fence {
  readonly owner: string;
  readonly number: number;
}
/** The fence was overtaken: stop at once, close the session, write nothing more. */
export class Overtaken extends Error {}

// ---- lanes
/**
 * One direction of one chat of one account. 'out' lanes are drained by the account's owner and appended to by the stream's,
 * 'in' lanes the other way round: exactly one process appends to a lane, so its order is the order of its commits.
 */
export interface LaneKey {
  readonly account: AccountId;
  readonly direction: 'in' | 'out';
  readonly chat: number;
  readonly slot: 'main' | 'read';
}
export interface NewEntry {
  readonly lane: LaneKey;
  readonly owner: string; // who drains it
  readonly key: string; // idempotency: the same key in one account and direction is one entry
  readonly at: number;
  readonly body: Json;
  readonly stanza?: string; // base id of the stanzas it becomes: a bounce names it
  readonly replaces?: true; // an unstarted entry of the lane gives way: read markers
}
export interface Entry {
  readonly seq: Seq;
  readonly lane: LaneKey;
  readonly key: string;
  readonly at: number;
  readonly body: Json;
  readonly starts: number; // attempts begun, counted before they begin: three without an end is poison
  readonly plan?: Json; // how it was split, fixed at the first start
  readonly done: number; // parts that are settled
  readonly notBefore: number;
}
export interface LaneSummary {
  readonly lane: LaneKey;
  readonly first: Seq;
  readonly last: Seq;
  readonly count: number;
  readonly bytes: number;
}
export type Move =
  | { readonly seq: Seq; readonly to: 'started'; readonly plan?: Json }
  | { readonly seq: Seq; readonly to: 'part'; readonly done: number }
  | { readonly seq: Seq; readonly to: 'later'; readonly notBefore: number; readonly why: string }
  | { readonly seq: Seq; readonly to: 'settled' } // kept until prune(), so that a bounce can revive it
  | { readonly seq: Seq; readonly to: 'failed'; readonly why: string } // kept likewise, for the operator
  | { readonly seq: Seq; readonly to: 'queued' }; // revived, or retried by the operator

// ---- tables that are searched by more than their key
/** One remote message is one or more stanzas, and the reverse. */
export interface IdRow {
  readonly account: AccountId;
  readonly chat: number;
  readonly remote: string;
  readonly part: number;
  readonly stanza: string;
  readonly author: string | null;
  readonly at: number;
}
export interface ArchiveRow {
  readonly account: AccountId;
  readonly chat: number;
  readonly id: string; // the stanza-id: random, never used again
  readonly remote?: string; // the same remote message is archived once
  readonly from: string;
  readonly at: number;
  readonly body: Json;
  readonly end?: 'old'; // history paged in from before the first row; default: the new end
}
export interface ArchiveQuery {
  readonly account: AccountId;
  readonly chat: number;
  readonly limit: number;
  readonly newestFirst?: true;
  readonly after?: string;
  readonly before?: string;
  readonly start?: number;
  readonly until?: number;
  readonly from?: string;
  readonly ids?: readonly string[];
}
export interface ArchivePage {
  readonly rows: readonly ArchiveRow[];
  readonly complete: boolean;
  readonly total: number;
  readonly index: number;
}
export interface Account {
  readonly id: AccountId;
  readonly transport: string;
  readonly jid: string;
  readonly remote: string;
  readonly state: 'active' | 'parked' | 'closing';
}

// ---- everything else: documents by (account, kind, key); account 0 is the gateway itself
export type Kind = 'chat' | 'alias' | 'member' | 'contact' | 'occupant' | 'bridge' | 'file' | 'setting';
export interface Doc {
  readonly account: AccountId;
  readonly kind: Kind;
  readonly key: string;
  readonly value: Json;
} // null deletes
/** Bytes already sealed by the vault: credentials, cursors, adapters' private state. */
export interface Secret {
  readonly account: AccountId;
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** One transaction, all of it or none. Idempotent parts are skipped, never an error, so a step cannot fail halfway. */
export interface Step {
  readonly fence: Fence;
  readonly append?: readonly NewEntry[];
  readonly move?: readonly Move[];
  readonly ids?: readonly IdRow[];
  readonly archive?: readonly ArchiveRow[];
  readonly docs?: readonly Doc[];
  readonly secrets?: readonly Secret[];
  readonly account?: { readonly id: AccountId; readonly state: Account['state'] };
}
/** In the order of Step.append: the new seq, or undefined where the key was known. */
export interface Applied {
  readonly seqs: readonly (Seq | undefined)[];
}

export interface Store {
  /** Resolves when it is on disk. Steps of one process land in call order. Rejects with Overtaken, or on I/O trouble. */
  step(step: Step): Promise<Applied>;

  // Lanes: what is pending, for an owner that starts and for one that was woken.
  lanes(owner: string): Promise<readonly LaneSummary[]>;
  head(lane: LaneKey, after: Seq, limit: number): Promise<readonly Entry[]>;
  /** The entry that a bounce names, if it is still kept. */
  bounced(account: AccountId, stanza: string): Promise<Entry | undefined>;

  // Ids. Without a chat, for networks whose deletes name none.
  byRemote(account: AccountId, chat: number | undefined, remote: string): Promise<readonly IdRow[]>;
  byStanza(account: AccountId, chat: number, stanza: string): Promise<readonly IdRow[]>;

  /** Undefined: `after`, `before` or one of `ids` is not in this archive. */
  archive(query: ArchiveQuery): Promise<ArchivePage | undefined>;

  doc(account: AccountId, kind: Kind, key: string): Promise<Json | undefined>;
  docs(account: AccountId, kind: Kind, prefix?: string): AsyncIterable<Doc>;
  secret(account: AccountId, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  secrets(account: AccountId, prefix: string): AsyncIterable<Secret>;

  // Accounts.
  open(account: Omit<Account, 'id' | 'state'>): Promise<AccountId | 'jid-taken' | 'remote-taken'>;
  account(transport: string, jid: string): Promise<Account | undefined>;
  accounts(transport: string): AsyncIterable<Account>;
  /** Deletes every row of a closing account, in slices; may be called again. */
  erase(account: AccountId): Promise<void>;

  // Ownership. SQLite has one process: it locks the file and always grants.
  acquire(owner: string, node: string, ttlMs: number): Promise<Fence | undefined>;
  renew(fences: readonly Fence[], ttlMs: number): Promise<readonly boolean[]>;
  release(fence: Fence): Promise<void>;
  holder(owner: string): Promise<string | undefined>;

  // Housekeeping, in slices that never hold a lane up.
  prune(older: {
    readonly settled: number;
    readonly ids: number;
    readonly archive: number;
  }): Promise<{ readonly removed: number }>;
  usage(account: AccountId): Promise<{ readonly entries: number; readonly bytes: number; readonly archive: number }>;
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Tells an owner that a lane has news. It may be lost or doubled: owners also sweep lanes() now and then. */
export interface Waker {
  wake(owner: string, lane: LaneKey): void;
  listen(owner: string, woken: (lane: LaneKey) => void): () => void;
}

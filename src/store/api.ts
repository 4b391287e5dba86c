// What every storage engine offers. Writes are values, not callbacks, so that the steps of one tick share a commit (SQLite)
// or a round trip (PostgreSQL). All of it is asynchronous: an engine may live in a worker or behind a socket.
//
// Times are milliseconds since 1970, sizes are bytes. Every call may reject with a `StoreError`.

/** A value that survives JSON. What JSON has no word for (NaN, Infinity) becomes null. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A registered account's number; never used again, so nothing late can reach a successor. 0 is the gateway itself. */
export type AccountId = number;

/** Order of append; grows within a lane. Order is never taken from a clock. */
export type Seq = number;

// ---- errors

/**
 * Why the store did not do it. Callers match on the code, operators read the message.
 *
 * Trouble of the disk, which takes every step with it that was called before it became known:
 * - `full`: no room. Nothing was written; later calls succeed as soon as there is room again.
 * - `readonly`: the database may be read and not written.
 * - `corrupt`: the file is damaged, or is no Moongate database.
 * - `io`: any other trouble of the disk, or the store's thread has ended.
 *
 * Only at the start:
 * - `locked`: another process has the database open.
 * - `newer`: the database was written by a newer version.
 * - `missing`: there is no such directory.
 *
 * Concerning this one call alone:
 * - `gone`: it names an account that does not exist, or that is being erased.
 * - `invalid`: a bug of the caller, such as a value that is not JSON.
 * - `closed`: the store was closed before.
 */
export type StoreErrorCode =
  'full' | 'readonly' | 'corrupt' | 'io' | 'locked' | 'newer' | 'missing' | 'gone' | 'invalid' | 'closed';

/** A call that the store did not carry out: nothing of it was written. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

// ---- ownership

/** The right to write for one owner ('account/17', 'stream/irc.example.org'); a higher number ends the lower one's. */
export interface Fence {
  readonly owner: string;
  readonly number: number;
}

/** The fence was overtaken, or never granted: stop at once, close the session, write nothing more. */
export class Overtaken extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Overtaken';
  }
}

// ---- lanes

/**
 * One direction of one chat of one account. 'out' lanes are drained by the account's owner and appended to by the stream's,
 * 'in' lanes the other way round: exactly one process appends to a lane, so its order is the order of its commits.
 */
export interface LaneKey {
  readonly account: AccountId;
  readonly direction: 'in' | 'out';
  /** From `Store.chatNumber`. 0 is the conversation with the gateway itself. */
  readonly chat: number;
  /** Read markers have a slot of their own, where the last one wins. */
  readonly slot: 'main' | 'read';
}

/** What is appended to a lane. */
export interface NewEntry {
  readonly lane: LaneKey;
  /** Who drains it. A lane has one owner: that of its newest entry. */
  readonly owner: string;
  /** Idempotency: the same key in one account and direction is one entry, also long after the entry has been pruned. */
  readonly key: string;
  /** A key that was last seen before this time counts as new. Default: a key counts for as long as it is kept. */
  readonly since?: number;
  readonly at: number;
  readonly body: Json;
  /** Base id of the stanzas it becomes: a bounce names it. */
  readonly stanza?: string;
  /** The unstarted entries of the lane give way to it: read markers. */
  readonly replaces?: true;
}

/** What a lane holds. */
export interface Entry {
  readonly seq: Seq;
  readonly lane: LaneKey;
  readonly owner: string;
  readonly state: 'queued' | 'settled' | 'failed';
  readonly key: string;
  readonly at: number;
  readonly body: Json;
  readonly stanza?: string;
  /** Attempts begun and not ended, counted before they begin: three without an end is poison. */
  readonly starts: number;
  /** How it was split, fixed at the first start. */
  readonly plan?: Json;
  /** Parts that are settled. */
  readonly done: number;
  readonly notBefore: number;
  /** The last reason for a delay or a failure. */
  readonly why?: string;
}

/** What waits in a lane; lanes in which nothing waits have none. */
export interface LaneSummary {
  readonly lane: LaneKey;
  readonly first: Seq;
  readonly last: Seq;
  readonly count: number;
  readonly bytes: number;
}

/** What became of an entry. An entry that is no longer kept is passed over. */
export type Move =
  /** Counts an attempt. The first plan stays. */
  | { readonly seq: Seq; readonly to: 'started'; readonly plan?: Json }
  /** So many parts are done; never fewer than before. It ends the attempt: no start is counted any more. */
  | { readonly seq: Seq; readonly to: 'part'; readonly done: number }
  /** The attempt came to a certain end: no start is counted any more. */
  | { readonly seq: Seq; readonly to: 'later'; readonly notBefore: number; readonly why: string }
  /** Kept until prune(), so that a bounce can revive it. */
  | { readonly seq: Seq; readonly to: 'settled' }
  /** Kept likewise, for the operator. */
  | { readonly seq: Seq; readonly to: 'failed'; readonly why: string }
  /** Revived, or retried by the operator: in its old place, with no start counted. `done` is kept unless given. */
  | { readonly seq: Seq; readonly to: 'queued'; readonly done?: number };

// ---- tables that are searched by more than their key

/** One remote message is one or more stanzas, and the reverse. One row for each account, chat, remote and part: the first stays. */
export interface IdRow {
  readonly account: AccountId;
  readonly chat: number;
  readonly remote: string;
  readonly part: number;
  readonly stanza: string;
  readonly author: string | null;
  readonly at: number;
}

/**
 * What was said in a group, one row for each event. A row is never changed: edits and retractions are rows of their own.
 * The first row of a key stays, and so does the first of an id.
 */
export interface ArchiveRow {
  readonly account: AccountId;
  readonly chat: number;
  /** The stanza-id: unpredictable, never used again. Ids that grow with time, as `archiveId()` makes them, cost least. */
  readonly id: string;
  /** Idempotency, as with entries: the key of the event. */
  readonly key: string;
  /** Who said it: his id on the network; null is the account itself. */
  readonly from: string | null;
  /** When it was said. */
  readonly at: number;
  readonly body: Json;
  /**
   * History that was paged in goes before the first row; default: behind the last. Rows of one step are given in their
   * order, oldest first, at either end.
   */
  readonly end?: 'old';
}

/** A row as it is kept. */
export interface ArchivedRow extends Omit<ArchiveRow, 'end'> {
  /**
   * Its time among its neighbours: `at`, but never before that of the row in front of it, nor after the store's clock at the
   * new end. So a range of time is a range of rows.
   */
  readonly arrived: number;
}

/**
 * Which rows of an archive, and which page of them. Ids are those of rows. A filter that is left out lets all through; what
 * is given must all hold.
 */
export interface ArchiveQuery {
  readonly account: AccountId;
  readonly chat: number;

  /** Filter: `arrived` at or after, in milliseconds since 1970. */
  readonly start?: number;
  /** Filter: `arrived` at or before. */
  readonly end?: number;
  /** Filter: behind this row. */
  readonly afterId?: string;
  /** Filter: in front of this row. */
  readonly beforeId?: string;
  /** Filter: said by one of these. */
  readonly from?: readonly (string | null)[];
  /** Filter: these rows. */
  readonly ids?: readonly string[];

  /** Page: at most so many rows. */
  readonly limit: number;
  /** Page: the last `limit` rows instead of the first; they come in the order of the archive in any case. */
  readonly last?: true;
  /** Page: what lies behind this row, whether or not the row itself matches. */
  readonly after?: string;
  /** Page: what lies in front of this row. */
  readonly before?: string;
  /** Page: from the match with this number on, counted from 0. Not together with `from`. */
  readonly index?: number;
}

/** Some rows of an archive. */
export interface ArchivePage {
  readonly rows: readonly ArchivedRow[];
  /** No further row matches, in the direction that was asked for. */
  readonly complete: boolean;
  /** Rows that match without regard to the page, and the place of the page's first among them; absent with `from`. */
  readonly count?: { readonly total: number; readonly index: number };
}

/** One end of an archive. */
export interface ArchiveEnd {
  readonly id: string;
  /** The row's `arrived`. */
  readonly at: number;
}

/**
 * A user's account on a network. There is at most one for each transport, bare JID and realm, and for each transport and
 * remote id.
 */
export interface Account {
  readonly id: AccountId;
  readonly transport: string;
  readonly jid: string;
  /** The part of the network that it is an account of (an IRC server); absent where a network is one. */
  readonly realm?: string;
  readonly remote: string;
  readonly state: 'active' | 'parked' | 'closing';
}

// ---- everything else

/** What a document is about. */
export type Kind = 'chat' | 'alias' | 'member' | 'contact' | 'roster' | 'occupant' | 'bridge' | 'file' | 'setting';

/** A chat goes by another name. What leads to it by an old name still does; what was stored under the number stays. */
export interface Rename {
  readonly account: AccountId;
  readonly chat: number;
  readonly name: string;
}

/** A document, found by (account, kind, key). The value null deletes it. */
export interface Doc {
  readonly account: AccountId;
  readonly kind: Kind;
  readonly key: string;
  readonly value: Json;
}

/** Bytes already sealed by the vault: credentials, cursors, adapters' private state. Null deletes. */
export interface Secret {
  readonly account: AccountId;
  readonly key: string;
  readonly value: Uint8Array | null;
}

/**
 * One transaction, all of it or none. Idempotent parts are skipped, never an error, so a step cannot fail halfway.
 * A step that adds anything to an account that does not exist is rejected with `gone`; a move is passed over instead.
 */
export interface Step {
  readonly fence: Fence;
  readonly append?: readonly NewEntry[];
  readonly move?: readonly Move[];
  readonly ids?: readonly IdRow[];
  /** Remote messages that are no more: their rows go, before `ids` are written. */
  readonly forget?: readonly Pick<IdRow, 'account' | 'chat' | 'remote'>[];
  readonly archive?: readonly ArchiveRow[];
  readonly rename?: readonly Rename[];
  readonly docs?: readonly Doc[];
  readonly secrets?: readonly Secret[];
  readonly account?: { readonly id: AccountId; readonly state: Account['state'] };
}

/** In the order of Step.append: the new seq, or undefined where the key was known. */
export interface Applied {
  readonly seqs: readonly (Seq | undefined)[];
}

/** What goes, by the time up to which it goes; what is not named stays. Waiting entries always stay. */
export interface PruneBefore {
  /** Settled before. */
  readonly settled?: number;
  /** Failed before. */
  readonly failed?: number;
  /** Idempotency keys last seen before. Walks all keys: daily is enough. */
  readonly keys?: number;
  /** Id rows older than. Walks all rows: daily is enough. */
  readonly ids?: number;
  /** Archived rows that arrived before, and of each chat those in front of its last `rows`. Looks at each chat: hourly is enough. */
  readonly archive?: { readonly before?: number; readonly rows?: number };
}

/** The durable half of the gateway. */
export interface Store {
  /** Why the last write failed; undefined as soon as one has landed. For health, and for the operator. */
  readonly trouble: StoreError | undefined;
  /** Resolves when nothing can be asked any more: after close(), or because the engine broke. */
  readonly ended: Promise<void>;

  /**
   * Resolves when it is on disk. Steps of one process land in call order: when one fails for trouble of the disk, every
   * write that was called before that became known fails with it, so nothing lands that was built on what did not.
   * Rejects with Overtaken where the fence no longer holds.
   */
  step(step: Step): Promise<Applied>;

  // Lanes: what waits, for an owner that starts and for one that was woken. Reads see every step that has resolved.

  /** Every lane of the owner in which something waits. Cheap: it comes from memory. */
  lanes(owner: string): Promise<readonly LaneSummary[]>;
  /** The first waiting entries of a lane with a higher seq than `after`, in order. */
  head(lane: LaneKey, after: Seq, limit: number): Promise<readonly Entry[]>;
  /** The entry that a bounce names, if it is still kept. */
  bounced(account: AccountId, stanza: string): Promise<Entry | undefined>;
  /**
   * What of an owner was settled within `ms` before the last of it that was, ascending; what has a start counted is left
   * out. For an owner whose predecessor was killed; it walks the whole log.
   */
  lately(owner: string, ms: number): Promise<readonly Seq[]>;
  /** Failed entries of an account with a higher seq than `after`, oldest first. */
  failed(account: AccountId, limit: number, after?: Seq): Promise<readonly Entry[]>;

  // Chats have numbers: short, never used again, and the same when a network renames the chat.

  /** The number of a chat, by a name that the caller makes ('direct/17'); allocated when it is asked for first. From 1. */
  chatNumber(account: AccountId, name: string): Promise<number>;
  /** The name that a number stands for. */
  chatName(account: AccountId, chat: number): Promise<string | undefined>;

  // Ids.

  /** Rows of one remote message, by part. Without a chat, for networks whose deletes name none. */
  byRemote(account: AccountId, chat: number | undefined, remote: string): Promise<readonly IdRow[]>;
  /** Rows of one stanza, by remote id and part. */
  byStanza(account: AccountId, chat: number, stanza: string): Promise<readonly IdRow[]>;

  // Archives of groups.

  /** A page of an archive; undefined where an id that it names is not in this archive. Rejects a bad combination with `invalid`. */
  archive(query: ArchiveQuery): Promise<ArchivePage | undefined>;
  /** The first and the last row of an archive; undefined of an empty one. */
  archiveEnds(
    account: AccountId,
    chat: number,
  ): Promise<{ readonly first: ArchiveEnd; readonly last: ArchiveEnd } | undefined>;

  doc(account: AccountId, kind: Kind, key: string): Promise<Json | undefined>;
  /** By key. Not one snapshot: a document that changes meanwhile may be seen or missed. */
  docs(account: AccountId, kind: Kind, prefix?: string): AsyncIterable<Doc>;
  secret(account: AccountId, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  secrets(account: AccountId, prefix: string): AsyncIterable<Secret>;
  /** The first 8 bytes, in hex, that sealed values begin with, each once: ids of the vault's keys that are still needed. */
  sealers(): Promise<readonly string[]>;

  // Accounts.

  open(account: Omit<Account, 'id' | 'state'>): Promise<AccountId | 'jid-taken' | 'remote-taken'>;
  account(transport: string, jid: string, realm?: string): Promise<Account | undefined>;
  accountById(id: AccountId): Promise<Account | undefined>;
  accounts(transport: string): AsyncIterable<Account>;
  /**
   * Deletes every row of a closing account, in slices; may be called again, also after a crash. From its first moment steps
   * for the account are rejected with `gone`. Rejects with `invalid` if the account is not closing.
   */
  erase(account: AccountId): Promise<void>;

  // Ownership. SQLite has one process: it locks the file and always grants.

  acquire(owner: string, node: string, ttlMs: number): Promise<Fence | undefined>;
  renew(fences: readonly Fence[], ttlMs: number): Promise<readonly boolean[]>;
  release(fence: Fence): Promise<void>;
  /** The node that holds an owner's fence. */
  holder(owner: string): Promise<string | undefined>;

  // Housekeeping, in slices that never hold a lane up.

  prune(before: PruneBefore): Promise<{ readonly removed: number }>;
  /** What waits in the lanes of an account; of one direction where it is named. */
  usage(
    account: AccountId,
    direction?: LaneKey['direction'],
  ): Promise<{ readonly entries: number; readonly bytes: number }>;
  /** Writes a copy that a store can be opened on. Refuses to overwrite. On SQLite steps wait until it is written. */
  backup(path: string): Promise<void>;
  /** Finishes what was called before, then lets go of the database. */
  close(): Promise<void>;
}

// The store's interface over the database's thread: fences, pages, and slices of housekeeping.
import { Overtaken } from '../api.ts';
import type {
  Account,
  AccountId,
  Applied,
  ArchiveEnd,
  ArchivePage,
  ArchiveQuery,
  Doc,
  Entry,
  Fence,
  IdRow,
  Json,
  Kind,
  LaneKey,
  LaneSummary,
  PruneBefore,
  Secret,
  Seq,
  Step,
  Store,
  StoreError,
} from '../api.ts';
import type { Engine } from './engine.ts';
import { stepRows, type Cursor, type Pruned, type Sliced } from './protocol.ts';
import type { Thread } from './thread.ts';

type Reads = Engine['reads'];

/** So many chats' numbers are remembered; each message to a known chat needs one. */
const CHATS = 50_000;

const NOTHING: Applied = { seqs: [] };

export class SqliteStore implements Store {
  readonly #thread: Thread;
  readonly #fences = new Map<string, { readonly number: number; readonly node: string }>();
  readonly #chats = new Map<string, number>();
  #lastFence = 0;

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  get trouble(): StoreError | undefined {
    return this.#thread.trouble;
  }

  get ended(): Promise<void> {
    return this.#thread.ended;
  }

  async step(step: Step): Promise<Applied> {
    if (!this.#holds(step.fence)) throw new Overtaken(`The fence ${step.fence.number} of ${step.fence.owner} is over`);
    const seqs = await this.#thread.write(stepRows(step));
    for (const { account, name } of step.rename ?? []) this.#chats.delete(`${account}/${name}`);
    return seqs.length === 0 ? NOTHING : { seqs: seqs.map((seq) => seq ?? undefined) };
  }

  lanes(owner: string): Promise<readonly LaneSummary[]> {
    return this.#read('lanes', owner);
  }

  head(lane: LaneKey, after: Seq, limit: number): Promise<readonly Entry[]> {
    return this.#read('head', lane, after, limit);
  }

  bounced(account: AccountId, stanza: string): Promise<Entry | undefined> {
    return this.#read('bounced', account, stanza);
  }

  lately(owner: string, ms: number): Promise<readonly Seq[]> {
    return this.#read('lately', owner, ms);
  }

  failed(account: AccountId, limit: number, after: Seq = 0): Promise<readonly Entry[]> {
    return this.#read('failed', account, limit, after);
  }

  async chatNumber(account: AccountId, name: string): Promise<number> {
    const place = `${account}/${name}`;
    const known = this.#chats.get(place);
    if (known !== undefined) return known;
    const number = await this.#thread.write({ kind: 'chat', account, name });
    if (this.#chats.size >= CHATS) this.#chats.clear();
    this.#chats.set(place, number);
    return number;
  }

  chatName(account: AccountId, chat: number): Promise<string | undefined> {
    return this.#read('chatName', account, chat);
  }

  byRemote(account: AccountId, chat: number | undefined, remote: string): Promise<readonly IdRow[]> {
    return this.#read('byRemote', account, chat, remote);
  }

  byStanza(account: AccountId, chat: number, stanza: string): Promise<readonly IdRow[]> {
    return this.#read('byStanza', account, chat, stanza);
  }

  archive(query: ArchiveQuery): Promise<ArchivePage | undefined> {
    return this.#read('archive', query);
  }

  archiveEnds(account: AccountId, chat: number): Promise<{ first: ArchiveEnd; last: ArchiveEnd } | undefined> {
    return this.#read('archiveEnds', account, chat);
  }

  doc(account: AccountId, kind: Kind, key: string): Promise<Json | undefined> {
    return this.#read('doc', account, kind, key);
  }

  async *docs(account: AccountId, kind: Kind, prefix = ''): AsyncGenerator<Doc> {
    let after: string | null = null;
    for (;;) {
      const page: readonly Doc[] = await this.#read('docs', account, kind, prefix, after);
      yield* page;
      after = page.at(-1)?.key ?? null;
      if (after === null) return;
    }
  }

  secret(account: AccountId, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#read('secret', account, keys);
  }

  async *secrets(account: AccountId, prefix: string): AsyncGenerator<Secret> {
    let after: string | null = null;
    for (;;) {
      const page: ReturnType<Reads['secrets']> = await this.#read('secrets', account, prefix, after);
      for (const { key, value } of page) yield { account, key, value };
      after = page.at(-1)?.key ?? null;
      if (after === null) return;
    }
  }

  sealers(): Promise<readonly string[]> {
    return this.#read('sealers');
  }

  open(account: Omit<Account, 'id' | 'state'>): Promise<AccountId | 'jid-taken' | 'remote-taken'> {
    const { transport, jid, realm = '', remote } = account;
    return this.#thread.write({ kind: 'open', account: [transport, jid, realm, remote] });
  }

  account(transport: string, jid: string, realm = ''): Promise<Account | undefined> {
    return this.#read('account', transport, jid, realm);
  }

  accountById(id: AccountId): Promise<Account | undefined> {
    return this.#read('accountById', id);
  }

  async *accounts(transport: string): AsyncGenerator<Account> {
    let after: readonly [jid: string, realm: string] = ['', ''];
    for (;;) {
      const page: readonly Account[] = await this.#read('accounts', transport, ...after);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = [last.jid, last.realm ?? ''];
    }
  }

  async erase(account: AccountId): Promise<void> {
    for (const place of this.#chats.keys()) {
      if (place.startsWith(`${account}/`)) this.#chats.delete(place);
    }
    await this.#slices((after) => this.#thread.write({ kind: 'erase', account, after }));
  }

  acquire(owner: string, node: string, ttlMs: number): Promise<Fence> {
    void ttlMs; // one process: what it holds cannot run out
    this.#lastFence += 1;
    this.#fences.set(owner, { number: this.#lastFence, node });
    return Promise.resolve({ owner, number: this.#lastFence });
  }

  renew(fences: readonly Fence[], ttlMs: number): Promise<readonly boolean[]> {
    void ttlMs;
    return Promise.resolve(fences.map((fence) => this.#holds(fence)));
  }

  release(fence: Fence): Promise<void> {
    if (this.#holds(fence)) this.#fences.delete(fence.owner);
    return Promise.resolve();
  }

  holder(owner: string): Promise<string | undefined> {
    return Promise.resolve(this.#fences.get(owner)?.node);
  }

  async prune(before: PruneBefore): Promise<{ readonly removed: number }> {
    const kinds: readonly Pruned[] = ['settled', 'failed', 'keys', 'ids'];
    let removed = 0;
    for (const what of kinds) {
      const time = before[what];
      if (time === undefined) continue;
      removed += await this.#slices((after) => this.#thread.write({ kind: 'prune', what, before: time, after }));
    }
    if (before.archive !== undefined) {
      const { before: time = Number.MIN_SAFE_INTEGER, rows = Number.MAX_SAFE_INTEGER } = before.archive;
      removed += await this.#slices((after) => this.#thread.write({ kind: 'trim', before: time, rows, after }));
    }
    return { removed };
  }

  usage(account: AccountId, direction?: LaneKey['direction']): Promise<{ entries: number; bytes: number }> {
    return this.#read('usage', account, direction);
  }

  async backup(path: string): Promise<void> {
    await this.#thread.call({ kind: 'backup', path });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #holds(fence: Fence): boolean {
    return this.#fences.get(fence.owner)?.number === fence.number;
  }

  #read<N extends keyof Reads>(name: N, ...args: Parameters<Reads[N]>): Promise<ReturnType<Reads[N]>> {
    return this.#thread.call({ kind: 'read', name, args }) as Promise<ReturnType<Reads[N]>>;
  }

  /** Each slice queues up behind the steps that were called before it, so a lane waits for one slice at most. */
  async #slices(slice: (after: Cursor | null) => Promise<Sliced>): Promise<number> {
    let removed = 0;
    let after: Cursor | null = null;
    do {
      const done = await slice(after);
      removed += done.removed;
      after = done.next;
    } while (after !== null);
    return removed;
  }
}

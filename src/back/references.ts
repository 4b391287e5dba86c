// Which stanza a network's message is: what edits, reactions and replies refer to. An event may come before the message it
// names, be it one that is being sent just now; and a deletion may come before what it deletes.
import type { Chat } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { sleep } from '../lane/land.ts';
import type { ArchiveId } from '../lane/out-context.ts';
import { latest } from '../lane/plan.ts';
import type { Reference } from '../message/entry.ts';
import type { AccountId, Doc, Store } from '../store/api.ts';

/** How long an event waits for a send of its chat that is under way. */
export const ECHO_MS = 30_000;
/** Messages of this session that are remembered, since they may not be on disk yet. */
const MOST_RECENT = 1_000;
/** Deletions that came before their messages; the oldest give way. */
const MOST_GONE = 1_000;
const GONE = 'gone/';

export interface ReferencesOptions {
  readonly account: AccountId;
  readonly store: Pick<Store, 'byRemote' | 'byStanza' | 'docs'>;
  readonly archiveId: ArchiveId;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Resolves when the send of the chat that is under way has ended; undefined where there is none. */
  readonly sending: (chat: number) => Promise<void> | undefined;
}

export class References {
  readonly #options: ReferencesOptions;
  readonly #recent = new Map<string, Reference>();
  readonly #gone = new Set<string>();

  constructor(options: ReferencesOptions) {
    this.#options = options;
  }

  /** A message was seen, and is about to be on disk. */
  note(chat: number, remote: string, reference: Reference): void {
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined && this.#recent.size >= MOST_RECENT) this.#recent.delete(oldest);
    this.#recent.set(`${chat}/${remote}`, reference);
  }

  /** The stanza of a message; undefined where it is not known, also after what is being sent has been sent. */
  async of({ kind }: Chat, chat: number, remote: string): Promise<Reference | undefined> {
    const known = this.#recent.get(`${chat}/${remote}`) ?? (await this.#stored(kind, chat, remote));
    if (known !== undefined) return known;
    const sending = this.#options.sending(chat);
    if (sending === undefined) return undefined;
    await this.patience(sending);
    return this.#stored(kind, chat, remote);
  }

  /** Waits for a send to end, but not for ever. */
  async patience(sending: Promise<void>): Promise<void> {
    const { clock, signal } = this.#options;
    const ended = new AbortController();
    await Promise.race([sending, sleep(clock, ECHO_MS, AbortSignal.any([ended.signal, signal]))]);
    ended.abort();
  }

  /** The documents that remember a deletion of what has not come yet. */
  tombstone(chat: number, remote: string): readonly Doc[] {
    const [oldest] = this.#gone;
    const dropped = oldest !== undefined && this.#gone.size >= MOST_GONE ? [this.#drop(oldest)] : [];
    this.#gone.add(`${chat}/${remote}`);
    return [...dropped, { ...this.#doc(`${chat}/${remote}`), value: true }];
  }

  /** What forgets the tombstone of a message; undefined where it has none, and the message is to be shown. */
  buried(chat: number, remote: string): Doc | undefined {
    const key = `${chat}/${remote}`;
    return this.#gone.has(key) ? this.#drop(key) : undefined;
  }

  /** Reads the tombstones, before any message comes. */
  async load(): Promise<void> {
    const { account, store } = this.#options;
    for await (const { key } of store.docs(account, 'setting', GONE)) this.#gone.add(key.slice(GONE.length));
  }

  #drop(key: string): Doc {
    this.#gone.delete(key);
    return { ...this.#doc(key), value: null };
  }

  #doc(key: string): Pick<Doc, 'account' | 'kind' | 'key'> {
    return { account: this.#options.account, kind: 'setting', key: GONE + key };
  }

  async #stored(kind: Chat['kind'], chat: number, remote: string): Promise<Reference | undefined> {
    const { account, store, archiveId } = this.#options;
    const [row] = await store.byRemote(account, chat, remote);
    if (row === undefined || row.stanza === '') return undefined;
    const reference = { stanza: row.stanza, mine: row.author === null };
    if (kind !== 'group') return reference;
    // Of several parts the first names the row.
    const first = row.part === 0 ? row : latest(await store.byStanza(account, chat, row.stanza))[0];
    return { ...reference, archived: archiveId(chat, first ?? row) };
  }
}

// The only way in: what an adapter commits becomes one step of the store, and lands in the order of the calls.
import type { Batch, Chat, Log, LogEvent, NetworkEvent, Sent } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { Succession, sleep, type Land } from '../lane/land.ts';
import type { ContactDocument, InBody } from '../message/entry.ts';
import type { AccountId, Doc, Fence, IdRow, Json, NewEntry, Secret, Step, Store } from '../store/api.ts';
import { ChatNumbers, chatName } from '../lane/chats.ts';
import { References } from './references.ts';
import type { Sealed } from './sealed.ts';

/** Most entries that wait for a user; then the network waits. */
export const MOST_WAITING = 50_000;
const LOOK_MS = 1_000;
/** How long the network waits before its session is closed. */
const PATIENCE_MS = 60_000;
/** Largest value of an adapter's private state, in bytes. */
const LARGEST_STATE = 1_048_576;

export interface InboxOptions {
  readonly account: AccountId;
  readonly fence: Fence;
  /** Who drains the account's 'in' lanes. */
  readonly front: string;
  readonly store: Pick<Store, 'chatNumber' | 'chatName' | 'byRemote' | 'doc' | 'docs' | 'usage'>;
  readonly land: Land;
  readonly sealed: Sealed;
  /** The base id of the stanzas that a network message becomes: by its id there, else by its event's key. */
  readonly stanzaId: (chat: string, shown: { readonly remote: string } | { readonly event: string }) => string;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the account is taken away from the session. */
  readonly signal: AbortSignal;
  /** A contact's document was written. */
  readonly onContact: (user: string) => void;
  /** What is being sent in a chat may be what the network shows of it: resolves when that is decided. */
  readonly echo: (chat: number, token: string | undefined, sent: Sent) => Promise<void> | undefined;
  /** Nothing more lands through this session: it is to be closed, and begins anew from what is on disk. */
  readonly onEnd: (reason: Error) => void;
  /** Entries that may wait for the user; then the network waits. */
  readonly most?: number;
}

/** What was said in a chat. */
type Said = Exclude<LogEvent, { type: 'notice' }>;
/** The stanzas that it refers to. */
type Known = Pick<Extract<InBody, { type: 'event' }>, 'target' | 'reply'>;

interface Prepared {
  readonly append: NewEntry[];
  readonly ids: IdRow[];
  readonly docs: Doc[];
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #chats: ChatNumbers;
  readonly #succession: Succession;
  readonly #references: References;
  #prepared: Promise<unknown>;
  /** Never fewer than wait; the exact number is asked for where it matters. */
  #waiting = Infinity;
  readonly #most: number;
  /** Documents of contacts that are on their way to the disk. */
  readonly #contacts = new Map<string, Json>();
  /** Why a batch did not land: none after it does. */
  #broken: { readonly error: unknown } | undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
    const { account, store, clock, signal } = options;
    const sending = (chat: number): Promise<void> | undefined => options.echo(chat, undefined, {});
    this.#references = new References({ account, store, clock, signal, sending });
    this.#prepared = this.#references.load().catch((error: unknown) => this.#break(error));
    this.#most = options.most ?? MOST_WAITING;
    this.#chats = new ChatNumbers(options.store, options.account);
    this.#succession = new Succession(options.land, options.clock, options.log, options.signal);
  }

  /** `Host.commit`. */
  commit(batch: Batch<unknown, unknown>): Promise<void> {
    const prepared = this.#prepared.then(() => this.#prepare(batch));
    this.#prepared = prepared.catch((error: unknown) => this.#break(error));
    return prepared.then((step) => this.#commit(step));
  }

  async #commit(step: Step): Promise<void> {
    try {
      if (this.#broken) throw this.#broken.error;
      await this.#succession.land(step);
    } catch (error) {
      this.#break(error);
      throw error;
    }
    for (const { kind, key, value } of step.docs ?? []) {
      if (kind !== 'contact') continue;
      if (this.#contacts.get(key) === value) this.#contacts.delete(key);
      this.#options.onContact(key);
    }
  }

  /** A batch never lands without those before it. */
  #break(error: unknown): void {
    if (this.#broken) return;
    this.#broken = { error };
    if (this.#options.signal.aborted) return;
    this.#options.onEnd(new Error('a commit failed', { cause: error }));
  }

  async #prepare(batch: Batch<unknown, unknown>): Promise<Step> {
    const { account, fence, sealed, signal } = this.#options;
    signal.throwIfAborted();
    if (this.#broken) throw this.#broken.error;
    const events = batch.events ?? [];
    if (this.#waiting + events.length > this.#most) await this.#room();
    const prepared: Prepared = { append: [], ids: [], docs: [] };
    for (const event of events) {
      const done = this.#event(event, prepared);
      if (done !== undefined) await done;
    }
    const secrets: Secret[] = [];
    if (batch.cursor !== undefined) secrets.push(sealed.value(account, 'cursor', batch.cursor));
    if (batch.credentials !== undefined) secrets.push(sealed.value(account, 'credentials', batch.credentials));
    for (const [key, value] of Object.entries(batch.state ?? {})) {
      if (value !== null && value.byteLength > LARGEST_STATE) throw new RangeError(`state '${key}' is over 1 MiB`);
      secrets.push(sealed.bytes(account, `state/${key}`, value));
    }
    this.#waiting += prepared.append.length;
    return { fence, ...prepared, secrets };
  }

  /** Waits until the user has read some of what waits for him. */
  async #room(): Promise<void> {
    const { store, account, clock, signal, onEnd } = this.#options;
    for (let waited = 0; ; waited += LOOK_MS) {
      this.#waiting = (await store.usage(account, 'in')).entries;
      if (this.#waiting < this.#most) return;
      if (waited === PATIENCE_MS) onEnd(new Error('the user reads too slowly'));
      await sleep(clock, LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }

  #event(event: NetworkEvent, prepared: Prepared): Promise<void> | undefined {
    switch (event.type) {
      case 'contact':
        return this.#contact(event, prepared);
      case 'chat':
      case 'members':
      case 'moved':
        this.#options.log.debug({ type: event.type }, 'an event of a kind that has no place yet');
        return undefined;
      case 'notice':
        this.#append(0, event, event.key, prepared);
        return undefined;
      case 'message':
      case 'edit':
      case 'retract':
      case 'react':
      case 'read':
      case 'failed':
        return this.#said(event, prepared);
    }
  }

  #said(event: Said, prepared: Prepared): Promise<void> | undefined {
    if (event.chat === undefined) return this.#unplaced(event, prepared);
    const { chat } = event;
    const number = this.#chats.of(chat);
    if (typeof number === 'number' && isPlain(event)) return this.#place(chat, number, event, prepared);
    return (async () => {
      const known = await number;
      // What the account itself said may be the echo of what it sent through us.
      if (event.type === 'message' && event.from === null && (await this.#isEcho(known, event))) return;
      await this.#refer(chat, known, event, prepared);
    })();
  }

  /** It is in the map, or was sent just now: an own message is not shown while a send of its chat is under way. */
  async #isEcho(chat: number, { id, at, token }: LogEvent & { readonly type: 'message' }): Promise<boolean> {
    if (id === undefined) return false;
    const { store, account, echo } = this.#options;
    const sent = echo(chat, token, { id, at });
    if (sent !== undefined) await this.#references.patience(sent);
    return (await store.byRemote(account, chat, id)).length > 0;
  }

  /** What it refers to is looked up. Without that an edit is shown as a message and a deletion waits for its message. */
  async #refer(chat: Chat, number: number, event: Said, prepared: Prepared): Promise<void> {
    if (event.type === 'message') {
      const replyTo = event.content.replyTo?.id;
      const reply = replyTo === undefined ? undefined : await this.#references.of(number, replyTo);
      return this.#place(chat, number, event, prepared, reply && { reply });
    }
    const target = await this.#references.of(number, event.type === 'read' ? event.upTo : event.target);
    if (target !== undefined) {
      const replyTo = event.type === 'edit' ? event.content.replyTo?.id : undefined;
      const reply = replyTo === undefined ? undefined : await this.#references.of(number, replyTo);
      return this.#place(chat, number, event, prepared, { target, ...(reply && { reply }) });
    }
    if (event.type === 'edit') return this.#place(chat, number, event, prepared);
    if (event.type === 'retract') prepared.docs.push(...this.#references.tombstone(number, event.target));
  }

  /** An event that names no chat belongs to the message it names; without that there is nothing to show. */
  async #unplaced(event: Said, prepared: Prepared): Promise<void> {
    if (event.type !== 'retract') return;
    const { store, account } = this.#options;
    const [row] = await store.byRemote(account, undefined, event.target);
    const name = row && (await store.chatName(account, row.chat));
    if (row === undefined || name === undefined) return;
    const [kind, id] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)];
    const chat: Chat = { kind: kind === 'group' ? 'group' : 'direct', id };
    await this.#refer(chat, row.chat, { ...event, chat }, prepared);
  }

  #place(chat: Chat, number: number, event: Said, prepared: Prepared, known: Known = {}): undefined {
    const { account, stanzaId } = this.#options;
    const remote = event.type === 'message' ? event.id : undefined;
    const stanza = stanzaId(chatName(chat), remote === undefined ? { event: event.key } : { remote });
    if (event.type === 'message' && remote !== undefined) {
      const { from, at } = event;
      const buried = this.#references.buried(number, remote);
      if (buried !== undefined) return void prepared.docs.push(buried);
      prepared.ids.push({ account, chat: number, remote, part: 0, stanza, author: from, at });
      this.#references.note(number, remote, { stanza, mine: from === null });
    }
    this.#append(number, event, event.key, prepared, stanza, known);
  }

  #append(chat: number, event: LogEvent, key: string, prepared: Prepared, stanza?: string, known: Known = {}): void {
    const { account, front: owner, clock, stanzaId } = this.#options;
    const body: InBody = { type: 'event', event, ...known };
    prepared.append.push({
      lane: { account, direction: 'in', chat, slot: 'main' },
      owner,
      key: `event/${key}`,
      at: clock.now(),
      body: body as unknown as Json,
      stanza: stanza ?? stanzaId('', { event: key }),
    });
  }

  async #contact(event: NetworkEvent & { readonly type: 'contact' }, prepared: Prepared): Promise<void> {
    const { account, store } = this.#options;
    const { user: key, name, listed, asks } = event;
    const known = (this.#contacts.get(key) ?? (await store.doc(account, 'contact', key)) ?? {}) as ContactDocument;
    const value: ContactDocument = {
      ...known,
      ...(name === undefined ? {} : { name }),
      ...(listed === undefined ? {} : { listed }),
      ...(asks === undefined ? {} : { asks }),
    };
    if (JSON.stringify(value) === JSON.stringify(known)) return;
    this.#contacts.set(key, value as Json);
    prepared.docs.push({ account, kind: 'contact', key, value: value as Json });
  }
}

/** It refers to nothing, and is no echo: nothing need be looked up. */
const isPlain = (event: Said): boolean =>
  event.type === 'message' && event.from !== null && event.content.replyTo === undefined;

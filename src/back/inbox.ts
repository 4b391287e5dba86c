// The only way in: what an adapter commits becomes one step of the store, and lands in the order of the calls.
import type { Batch, Chat, Log, LogEvent, NetworkEvent, Sent } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { ChatNumbers, chatName, namedChat } from '../lane/chats.ts';
import { Succession, sleep, type Land } from '../lane/land.ts';
import type { ArchiveId } from '../lane/out-context.ts';
import type { Front } from '../link.ts';
import type { InBody } from '../message/entry.ts';
import type { AccountId, Fence, Json, Secret, Step, Store } from '../store/api.ts';
import type { ChatLimits } from './limits.ts';
import type { Moves } from './moves.ts';
import { nothing, type Prepared } from './prepared.ts';
import { References } from './references.ts';
import type { Sealed } from './sealed.ts';
import { States } from './states.ts';

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
  readonly store: Pick<Store, 'chatNumber' | 'chatName' | 'byRemote' | 'byStanza' | 'doc' | 'docs' | 'usage'>;
  readonly land: Land;
  readonly sealed: Sealed;
  /** The base id of the stanzas that a network message becomes: by its id there, else by its event's key. */
  readonly stanzaId: (chat: string, shown: { readonly remote: string } | { readonly event: string }) => string;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the account is taken away from the session. */
  readonly signal: AbortSignal;
  /** The id of an archive row, by the chat's number. */
  readonly archiveId: ArchiveId;
  /** Where groups have moved to. */
  readonly moves: Moves;
  readonly limits: ChatLimits;
  /** Hears how chats, members and contacts are, once that is on disk. */
  readonly told: Pick<Front, 'contact' | 'room' | 'members' | 'moved'>;
  /** What is being sent in a chat may be what the network shows of it: resolves when that is decided. */
  readonly echo: (chat: number, token: string | undefined, sent: Sent) => Promise<void> | undefined;
  /** The token is one with which something was sent lately. */
  readonly isOurs: (token: string) => boolean;
  /** What is said in these groups waits until what was missed in them has been filled in. */
  readonly gap?: { readonly chats: ReadonlySet<string>; readonly filled: Promise<void> };
  /** Nothing more lands through this session: it is to be closed, and begins anew from what is on disk. */
  readonly onEnd: (reason: Error) => void;
  /** Entries that may wait for the user; then the network waits. */
  readonly most?: number;
}

/** What was said in a chat. */
type Said = Exclude<LogEvent, { type: 'notice' }>;
/** Where and how something comes. */
interface Place {
  readonly chat: Chat;
  readonly number: number;
  readonly coming: Coming;
}
/** Whoever took something back, where the network does not say who. */
const NOBODY = '';
/** The stanzas that it refers to. */
type Known = Pick<Extract<InBody, { type: 'event' }>, 'target' | 'reply'>;

/**
 * How a group's events come: as the network tells them, as what was missed while nobody listened (shown, with its time, before
 * what is newer), or as what was said before the archive begins (at its old end, and shown to nobody).
 */
export type Coming = 'news' | 'missed' | 'past';

/** Kinds of events that are said to a whole group: they are archived. */
const ARCHIVED: ReadonlySet<LogEvent['type']> = new Set<LogEvent['type']>(['message', 'edit', 'retract', 'react']);

export class Inbox {
  readonly #options: InboxOptions;
  readonly #chats: ChatNumbers;
  readonly #succession: Succession;
  readonly #references: References;
  #prepared: Promise<unknown>;
  /** Never fewer than wait; the exact number is asked for where it matters. */
  #waiting = Infinity;
  readonly #most: number;
  readonly #states: States;
  /** Why a batch did not land: none after it does. */
  #broken: { readonly error: unknown } | undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
    const { account, store, clock, signal, archiveId, moves, told: front, log } = options;
    const sending = (chat: number): Promise<void> | undefined => options.echo(chat, undefined, {});
    this.#references = new References({ account, store, clock, signal, sending, archiveId });
    this.#prepared = this.#references.load().catch((error: unknown) => this.#break(error));
    this.#most = options.most ?? MOST_WAITING;
    this.#chats = new ChatNumbers(store, account);
    this.#states = new States({ account, store, chats: this.#chats, moves, front, clock, log });
    this.#succession = new Succession(options.land, options.clock, options.log, options.signal);
  }

  /** `Host.commit`. */
  async commit(batch: Batch<unknown, unknown>): Promise<void> {
    const gap = this.#gap(batch.events ?? []);
    const prepared = this.#prepared.then(async () => {
      if (gap !== undefined) await gap;
      return this.#prepare(batch, 'news');
    });
    this.#prepared = prepared.catch((error: unknown) => this.#break(error));
    await prepared.then((made) => this.#commit(made));
  }

  /** What the network has of a group's past, oldest first; of what is known already nothing is done. Says how much was new. */
  async add(events: readonly LogEvent[], coming: 'missed' | 'past'): Promise<number> {
    // What waits for the gap to be filled stands in the way of what is prepared in order.
    const prepared = await this.#prepare({ events }, coming);
    await this.#commit(prepared);
    return prepared.archive.length;
  }

  #gap(events: readonly NetworkEvent[]): Promise<void> | undefined {
    const { gap } = this.#options;
    if (gap === undefined) return undefined;
    const concerned = events.some((event) => 'chat' in event && event.chat && gap.chats.has(chatName(event.chat)));
    return concerned ? gap.filled : undefined;
  }

  async #commit({ told, ...step }: Prepared & Pick<Step, 'secrets'>): Promise<void> {
    try {
      if (this.#broken) throw this.#broken.error;
      await this.#succession.land({ fence: this.#options.fence, ...step });
    } catch (error) {
      this.#break(error);
      throw error;
    }
    this.#states.landed(step.docs);
    for (const { kind, key, value } of step.docs) if (kind === 'chat') this.#options.limits.learn(key, value);
    for (const tell of told) tell();
  }

  /** A batch never lands without those before it. */
  #break(error: unknown): void {
    if (this.#broken) return;
    this.#broken = { error };
    if (this.#options.signal.aborted) return;
    this.#options.onEnd(new Error('a commit failed', { cause: error }));
  }

  async #prepare(batch: Batch<unknown, unknown>, coming: Coming): Promise<Prepared & Pick<Step, 'secrets'>> {
    const { account, sealed, signal } = this.#options;
    signal.throwIfAborted();
    if (this.#broken) throw this.#broken.error;
    const events = batch.events ?? [];
    if (this.#waiting + events.length > this.#most) await this.#room();
    const prepared = nothing();
    for (const event of events) {
      const done = this.#event(event, prepared, coming);
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
    return { ...prepared, secrets };
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

  #event(event: NetworkEvent, prepared: Prepared, coming: Coming): Promise<void> | undefined {
    switch (event.type) {
      case 'contact':
      case 'chat':
      case 'members':
      case 'moved':
        return this.#states.take(event, prepared);
      case 'notice':
        return this.#tell(event, prepared);
      case 'message':
      case 'edit':
      case 'retract':
      case 'react':
      case 'read':
      case 'failed':
        return this.#said(event, prepared, coming);
    }
  }

  #said(said: Said, prepared: Prepared, coming: Coming): Promise<void> | undefined {
    if (said.chat === undefined) return this.#unplaced(said, prepared, coming);
    const chat = this.#options.moves.of(said.chat);
    const event = chat === said.chat ? said : { ...said, chat };
    const number = this.#chats.of(chat);
    if (typeof number === 'number' && coming === 'news' && isPlain(event))
      return this.#place({ chat, number, coming }, event, prepared);
    return (async () => {
      const place = { chat, number: await number, coming };
      if (event.type === 'message' && (await this.#isKnown(place, event))) return;
      await this.#refer(place, event, prepared);
    })();
  }

  /** It is the echo of what the account sent through us, or belongs to the past and is in the archive. */
  async #isKnown(place: Place, event: LogEvent & { readonly type: 'message' }): Promise<boolean> {
    const { store, account } = this.#options;
    const own = event.from === null && (await this.#isEcho(place.number, event));
    if (own || place.coming === 'news' || event.id === undefined) return own;
    return (await store.byRemote(account, place.number, event.id)).length > 0;
  }

  /** It is in the map, or was sent just now: an own message is not shown while a send of its chat is under way. */
  async #isEcho(chat: number, { id, at, token }: LogEvent & { readonly type: 'message' }): Promise<boolean> {
    const { store, account, echo, isOurs } = this.#options;
    if (id === undefined && token === undefined) return false;
    const sent = echo(chat, token, id === undefined ? { at } : { id, at });
    if (sent !== undefined) await this.#references.patience(sent);
    if (token !== undefined && isOurs(token)) return true;
    return id !== undefined && (await store.byRemote(account, chat, id)).length > 0;
  }

  /** What it refers to is looked up. Without that an edit is shown as a message and a deletion waits for its message. */
  async #refer(place: Place, event: Said, prepared: Prepared): Promise<void> {
    const find = (remote: string | undefined) =>
      remote === undefined ? undefined : this.#references.of(place.chat, place.number, remote);
    if (event.type === 'message') {
      const reply = await find(event.content.replyTo?.id);
      return this.#place(place, event, prepared, reply && { reply });
    }
    const target = await find(event.type === 'read' ? event.upTo : event.target);
    if (target !== undefined) {
      const reply = await find(event.type === 'edit' ? event.content.replyTo?.id : undefined);
      return this.#place(place, event, prepared, { target, ...(reply && { reply }) });
    }
    if (event.type === 'edit') return this.#place(place, event, prepared);
    if (event.type === 'retract') prepared.docs.push(...this.#references.tombstone(place.number, event.target));
  }

  /** An event that names no chat belongs to the message it names; without that there is nothing to show. */
  async #unplaced(event: Said, prepared: Prepared, coming: Coming): Promise<void> {
    if (event.type !== 'retract') return;
    const { store, account } = this.#options;
    const [row] = await store.byRemote(account, undefined, event.target);
    const name = row && (await store.chatName(account, row.chat));
    if (row === undefined || name === undefined) return;
    const chat = namedChat(name);
    await this.#refer({ chat, number: row.chat, coming }, { ...event, chat }, prepared);
  }

  #place(place: Place, event: Said, prepared: Prepared, known: Known = {}): undefined {
    const { account, stanzaId, archiveId } = this.#options;
    const { chat, number } = place;
    const remote = event.type === 'message' ? event.id : undefined;
    const shown = remote === undefined ? { event: event.key } : { remote };
    const archived = chat.kind === 'group' && ARCHIVED.has(event.type);
    const stanza = archived ? archiveId(number, { ...shown, at: event.at }) : stanzaId(chatName(chat), shown);
    if (event.type === 'message' && remote !== undefined) {
      const { from, at } = event;
      const buried = this.#references.buried(number, remote);
      if (buried !== undefined) return void prepared.docs.push(buried);
      prepared.ids.push({ account, chat: number, remote, part: 0, stanza, author: from, at });
      const reference = { stanza, mine: from === null };
      this.#references.note(number, remote, archived ? { ...reference, archived: stanza } : reference);
    }
    if (archived) this.#archive(place, event, prepared, stanza, known);
    else if (place.coming !== 'past') this.#append(number, event, prepared, stanza, { type: 'event', event, ...known });
  }

  /** The row and the entry are one transaction, and a key that is known adds neither. */
  #archive({ number: chat, coming }: Place, event: Said, prepared: Prepared, archived: string, known: Known): void {
    const { account } = this.#options;
    const body: InBody = { type: 'event', event, ...known, archived };
    const { key, at } = event;
    const from = event.from ?? (event.from === null || known.target?.mine ? null : NOBODY);
    const row = { account, chat, id: archived, key, from, at, body: body as unknown as Json };
    prepared.archive.push(coming === 'past' ? { ...row, end: 'old' } : row);
    const shown = coming === 'missed' || (coming === 'news' && event.old !== true);
    if (shown) this.#append(chat, event, prepared, archived, body);
  }

  #tell(event: LogEvent & { readonly type: 'notice' }, prepared: Prepared): undefined {
    this.#append(0, event, prepared, this.#options.stanzaId('', { event: event.key }), { type: 'event', event });
  }

  #append(chat: number, { key }: LogEvent, prepared: Prepared, stanza: string, body: InBody): void {
    const { account, front: owner, clock } = this.#options;
    prepared.append.push({
      lane: { account, direction: 'in', chat, slot: 'main' },
      owner,
      key: `event/${key}`,
      at: clock.now(),
      body: body as unknown as Json,
      stanza,
    });
  }
}

/** It refers to nothing, and is no echo: nothing need be looked up. */
const isPlain = (event: Said): boolean =>
  event.type === 'message' && event.from !== null && event.content.replyTo === undefined;

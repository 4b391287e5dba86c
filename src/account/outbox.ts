// XMPP -> network: takes what a user wrote into the 'out' lane of its chat. Accepted means on disk, in the order in which it
// was given, one account never waiting for another.
import type { Chat } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { lander, type Land, type Wake } from '../lane/land.ts';
import { randomId, resendKey } from '../message/ids.ts';
import type { Failure, OutBody } from '../message/entry.ts';
import { StoreError, type AccountId, type Fence, type Json, type NewEntry, type Store } from '../store/api.ts';
import { ChatNumbers, chatName } from '../lane/chats.ts';
import type { Registered } from './directory.ts';

export interface OutboxOptions {
  readonly store: Pick<Store, 'step' | 'chatNumber' | 'usage'>;
  readonly fence: Fence;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly random: (size: number) => Uint8Array;
  /** Tells the back. */
  readonly wake: Wake;
  readonly fault: (error: unknown) => Failure;
}

/** What a user wants done, wherever that is. */
export type Wish = WithoutChat<OutBody>;
type WithoutChat<Body> = Body extends OutBody ? Omit<Body, 'chat'> : never;

/** What a user wants done in a chat. */
export type Written = Wish & {
  /** Undefined: there is no such chat. A promise: its address must be looked up. */
  readonly chat: Chat | Promise<Chat | undefined>;
  /** What the client named it by. */
  readonly ids: readonly string[];
};

/** What of one account may wait to be sent. */
export const MOST_ENTRIES = 1_000;
export const MOST_BYTES = 32 * 1_048_576;
/** Clients send again what they think was lost, within this time. */
const RESEND_MS = 7 * 86_400_000;
/** A full account is looked at this often, not at each message of a flood. */
const LOOK_MS = 1_000;
/** Messages that wait for a look-up, of one account. */
const MOST_WAITING = 1_000;
/** Accounts that are remembered while nothing of theirs is under way. */
const MOST_ACCOUNTS = 20_000;

/** What is known of an account that writes. `entries` and `bytes` never say less than what waits. */
interface Writer {
  readonly chats: ChatNumbers;
  entries: number;
  bytes: number;
  /** Given to the store and not answered: a look at the disk does not see them. */
  flying: { entries: number; bytes: number };
  counted: boolean;
  fullUntil: number;
  /** When the last was accepted: strictly increasing in the account, whatever the clock does. */
  at: number;
  /** What must come first. */
  tail: Promise<unknown> | undefined;
  waiting: number;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #land: Land;
  readonly #writers = new Map<AccountId, Writer>();
  #trimAt = MOST_ACCOUNTS;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#land = lander(options.store, options.wake);
  }

  /** Resolves when the message is accepted, or with the reason why not. */
  accept(account: Registered, written: Written): Promise<Failure | undefined> {
    const writer = this.#writer(account.id);
    const number = this.#ready(writer, written.chat);
    if (writer.tail === undefined && number !== undefined && !(written.chat instanceof Promise))
      return this.#append(account, writer, number, written.chat, written);
    if (writer.waiting >= MOST_WAITING) return Promise.resolve({ code: 'quota' });
    writer.waiting += 1;
    const before = writer.tail ?? Promise.resolve();
    const chat = Promise.resolve(written.chat);
    chat.catch(() => undefined); // looked at in its turn
    const begun = before.then(() => this.#prepare(account, writer, chat, written));
    const tail = begun.then(
      () => undefined,
      () => undefined,
    );
    writer.tail = tail;
    void tail.then(() => {
      writer.waiting -= 1;
      if (writer.tail === tail) writer.tail = undefined;
    });
    return begun.then(({ done }) => done).catch((error: unknown) => this.#failure(error));
  }

  /** The account is no more. */
  forget(account: AccountId): void {
    this.#writers.delete(account);
  }

  /** The number of the chat if nothing stands in the way of appending at once. */
  #ready(writer: Writer, chat: Written['chat']): number | undefined {
    if (chat instanceof Promise || !writer.counted) return undefined;
    if (writer.entries >= MOST_ENTRIES || writer.bytes >= MOST_BYTES) return undefined;
    const number = writer.chats.of(chat);
    if (typeof number === 'number') return number;
    number.catch(() => undefined); // asked again on the slow path
    return undefined;
  }

  /** Looks up what is needed and begins the append. The result is wrapped: the next may begin before this is on disk. */
  async #prepare(
    account: Registered,
    writer: Writer,
    chat: Promise<Chat | undefined>,
    written: Written,
  ): Promise<{ readonly done: Promise<Failure | undefined> | Failure }> {
    const known = await chat;
    if (known === undefined) return { done: { code: 'not-found' } };
    if (!(await this.#room(account.id, writer))) return { done: { code: 'quota' } };
    const number = await writer.chats.of(known);
    return { done: this.#append(account, writer, number, known, written) };
  }

  async #room(account: AccountId, writer: Writer): Promise<boolean> {
    const over = (): boolean => writer.entries >= MOST_ENTRIES || writer.bytes >= MOST_BYTES;
    if (writer.counted && !over()) return true;
    const { clock, store } = this.#options;
    if (writer.counted && clock.monotonic() < writer.fullUntil) return false;
    const { entries, bytes } = await store.usage(account, 'out');
    writer.entries = entries + writer.flying.entries;
    writer.bytes = bytes + writer.flying.bytes;
    writer.counted = true;
    if (over()) writer.fullUntil = clock.monotonic() + LOOK_MS;
    return !over();
  }

  async #append(
    account: Registered,
    writer: Writer,
    number: number,
    chat: Chat,
    { ids, ...wish }: Written,
  ): Promise<Failure | undefined> {
    const { clock, fence, random } = this.#options;
    const now = clock.now();
    writer.at = Math.max(now, writer.at + 1);
    const body: OutBody = { ...wish, chat };
    const [id] = ids;
    const isMarker = body.type === 'read';
    const entry: NewEntry = {
      lane: { account: account.id, direction: 'out', chat: number, slot: isMarker ? 'read' : 'main' },
      owner: `account/${account.id}`,
      key: id === undefined ? randomId(random) : resendKey(account.jid, chatName(chat), id, essence(body)),
      ...(isMarker && { replaces: true }),
      since: now - RESEND_MS,
      at: writer.at,
      body: body as unknown as Json,
    };
    const bytes = Buffer.byteLength(JSON.stringify(body));
    writer.entries += 1;
    writer.bytes += bytes;
    writer.flying.entries += 1;
    writer.flying.bytes += bytes;
    try {
      await this.#land({ fence, append: [entry] });
      return undefined;
    } catch (error) {
      return this.#failure(error);
    } finally {
      writer.flying.entries -= 1;
      writer.flying.bytes -= bytes;
    }
  }

  #failure(error: unknown): Failure {
    if (error instanceof StoreError && error.code === 'full') return { code: 'quota' };
    if (error instanceof StoreError && error.code === 'gone') return { code: 'closing' };
    return this.#options.fault(error);
  }

  #writer(account: AccountId): Writer {
    const known = this.#writers.get(account);
    if (known) return known;
    this.#trim();
    const writer: Writer = {
      chats: new ChatNumbers(this.#options.store, account),
      entries: 0,
      bytes: 0,
      flying: { entries: 0, bytes: 0 },
      counted: false,
      fullUntil: 0,
      at: 0,
      tail: undefined,
      waiting: 0,
    };
    this.#writers.set(account, writer);
    return writer;
  }

  /** Forgets those who have nothing under way; they are looked up again. */
  #trim(): void {
    if (this.#writers.size < this.#trimAt) return;
    for (const [account, { tail, flying }] of this.#writers)
      if (tail === undefined && flying.entries === 0) this.#writers.delete(account);
    this.#trimAt = Math.max(MOST_ACCOUNTS, 2 * this.#writers.size);
  }
}

/** What makes two stanzas of one id the same: all that they want done. */
function essence(body: OutBody): unknown {
  if (body.type === 'message') return body.content;
  const { type, target } = body;
  if (type === 'edit') return [type, target, body.content];
  return type === 'react' ? [type, target, body.emojis] : [type, target];
}

// What a bot does in a chat: one call of the Bot API each. errors.ts says what becomes of every outcome.
import { AdapterError } from 'moongate/adapter';
import type { Chat, Content, Delivery, MessageId, Sent, Span } from 'moongate/adapter';
import { TelegramError } from 'telegraf';
import type { Opts, Telegram as Methods } from 'telegraf/types';
import type { BotClient } from './client.ts';
import { FloodScope, adapterError, isSoAlready, movedTo, retryAfterMs } from './errors.ts';
import { chatNumber, messageId, messageNumber } from './ids.ts';
import { entitiesOf } from './markup.ts';
import { GroupPace } from './pace.ts';
import { isReaction } from './reactions.ts';
import { fields, whole } from './shape.ts';

/** What a deed runs on. */
export interface Means {
  readonly client: BotClient;
  readonly monotonic: () => number;
  /** Where a chat is by now, which may have become a supergroup. */
  readonly current: (chat: number) => number;
  /** One has become a supergroup. */
  readonly moved: (from: number, to: number) => Promise<void>;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** The messages of one bot. Every method rejects with an AdapterError. */
export class Deeds {
  readonly #means: Means;
  readonly #floods = new FloodScope();
  readonly #pace = new GroupPace();

  constructor(means: Means) {
    this.#means = means;
  }

  /** Sends a text, or a place that stands alone. */
  async send(chat: Chat, content: Content, delivery: Delivery): Promise<Sent> {
    const { location } = content;
    const place = location !== undefined && isPlaceAlone(content);
    const what = place ? { latitude: location.lat, longitude: location.lon } : wordsOf(content);
    const method = place ? 'sendLocation' : 'sendMessage';
    const chat_id = this.#numberOf(chat);
    const call = (to: number, more: object): Promise<unknown> =>
      this.#call(method, { chat_id: to, ...what, ...more }, chat, delivery);
    try {
      return sent(chat_id, await call(chat_id, { ...replyOf(chat_id, content), ...threadOf(chat, content) }));
    } catch (error) {
      // Both say that nothing was sent. What was answered has no number in the new group.
      const next = await this.#moved(chat_id, error);
      if (next !== undefined) return sent(next, await call(next, {}));
      if (says(error, REPLIED_GONE)) return sent(chat_id, await call(chat_id, threadOf(chat, content)));
      if (!says(error, THREAD_UNKNOWN)) throw error;
      return sent(chat_id, await call(chat_id, replyOf(chat_id, content)));
    }
  }

  /** Replaces the text of a message; that it says so already is as good. */
  async edit(chat: Chat, target: MessageId, content: Content, delivery: Delivery): Promise<void> {
    await this.#change('editMessageText', { ...this.#placeOf(chat, target), ...wordsOf(content) }, chat, delivery);
  }

  /** Deletes a message for everyone; that it is gone already is as good. */
  async retract(chat: Chat, target: MessageId, delivery: Delivery): Promise<void> {
    await this.#change('deleteMessage', this.#placeOf(chat, target), chat, delivery);
  }

  /** Leaves this reaction alone, or none. */
  async react(chat: Chat, target: MessageId, emojis: readonly string[], delivery: Delivery): Promise<void> {
    const reaction = emojis.map((emoji) => {
      if (!isReaction(emoji)) throw rejected('unsupported', `Telegram does not take ${emoji} as a reaction.`);
      return { type: 'emoji', emoji } as const;
    });
    await this.#change('setMessageReaction', { ...this.#placeOf(chat, target), reaction }, chat, delivery);
  }

  /** A change that was made already is made; what stayed behind in a former group cannot be changed any more. */
  async #change<M extends keyof Methods>(method: M, payload: Opts<M>, chat: Chat, delivery: Delivery): Promise<void> {
    try {
      await this.#call(method, payload, chat, delivery);
    } catch (error) {
      if ((await this.#moved(this.#numberOf(chat), error)) !== undefined) throw rejected('not-found', STAYED_BEHIND);
      if (!(error instanceof AdapterError && isSoAlready(error.cause))) throw error;
    }
  }

  /** The supergroup that the chat has become by this error, once that is known to the core. */
  async #moved(from: number, error: unknown): Promise<number | undefined> {
    const next = AdapterError.is(error) ? movedTo(error.cause) : undefined;
    if (next !== undefined) await this.#means.moved(from, next);
    return next;
  }

  /** The chat as Telegram numbers it. */
  #numberOf(chat: Chat): number {
    const number = chatNumber(chat);
    if (number === undefined) throw rejected('not-found', 'Contacts and groups of a bot have a number as address.');
    return this.#means.current(number);
  }

  #placeOf(chat: Chat, target: MessageId): { readonly chat_id: number; readonly message_id: number } {
    const chat_id = this.#numberOf(chat);
    const message_id = messageNumber(chat_id, target);
    if (message_id !== undefined) return { chat_id, message_id };
    const behind = target.startsWith('g') && chat.kind === 'group';
    throw rejected('not-found', behind ? STAYED_BEHIND : 'Telegram has no message of this number.');
  }

  /** Nothing is sent beyond what a group takes. */
  #keepPace(chat: Chat): void {
    const retryAfterMs = this.#pace.take(this.#numberOf(chat), this.#means.monotonic());
    if (retryAfterMs === 0) return;
    const text = 'Telegram takes 20 messages a minute in a group.';
    throw new AdapterError({ code: 'rate-limited', retryAfterMs, scope: 'chat' }, text);
  }

  async #call<M extends keyof Methods>(method: M, payload: Opts<M>, chat: Chat, delivery: Delivery): Promise<unknown> {
    const { client, monotonic, signal } = this.#means;
    if (chat.kind === 'group' && PACED.has(method)) this.#keepPace(chat);
    try {
      return await client.callApi(method, payload, { signal: AbortSignal.any([delivery.signal, signal]) });
    } catch (error) {
      const wait = retryAfterMs(error);
      const scope = wait === undefined ? 'chat' : this.#floods.note(chat.id, monotonic(), wait);
      throw adapterError(error, 'message', scope);
    }
  }
}

/** What counts as a message. */
const PACED: ReadonlySet<string> = new Set(['sendMessage', 'sendLocation', 'editMessageText']);

const STAYED_BEHIND = 'This was written before the group became a supergroup: Telegram lets nobody change it any more.';

const rejected = (reason: 'unsupported' | 'not-found' | 'invalid', text: string): AdapterError =>
  new AdapterError({ code: 'rejected', reason }, text);

/** An answer to what was deleted is sent all the same. */
function replyOf(
  chat: number,
  { replyTo }: Content,
): { reply_parameters?: { readonly message_id: number; readonly allow_sending_without_reply: true } } {
  const message_id = replyTo && messageNumber(chat, replyTo.id);
  return message_id === undefined ? {} : { reply_parameters: { message_id, allow_sending_without_reply: true } };
}

/** A topic of a forum is named by a number; other threads are a matter of the clients that made them. */
function threadOf({ kind }: Chat, { thread = '' }: Content): { message_thread_id?: number } {
  return kind === 'group' && /^[1-9]\d{0,8}$/.test(thread) ? { message_thread_id: Number(thread) } : {};
}

const THREAD_UNKNOWN = /thread not found/i;
/** In a topic Telegram insists on the message that is answered, whatever it was allowed. */
const REPLIED_GONE = /replied not found/i;

const says = (error: unknown, words: RegExp): boolean =>
  AdapterError.is(error) && error.cause instanceof TelegramError && words.test(error.cause.description);

const isPlaceAlone = ({ text = '' }: Content): boolean => text === '' || /^geo:[^\s]*$/i.test(text.trim());

/** Never with a parse_mode: what was typed stays as it is, but for what spans say of it. */
function wordsOf(content: Content): { readonly text: string; readonly entities?: ReturnType<typeof entitiesOf> } {
  if ((content.files?.length ?? 0) > 0) throw rejected('unsupported', 'Files cannot be sent to Telegram yet.');
  const { text, spans } = actionOf(content.text ?? '', content.spans ?? []);
  if (text === '') throw rejected('invalid', 'There is no text to send.');
  const entities = entitiesOf(spans, text);
  return { text, ...(entities.length > 0 ? { entities } : {}) };
}

/** "/me waves" would be a command to Telegram: it is told there as people tell it, "* waves" in italics. */
function actionOf(text: string, spans: readonly Span[]): { readonly text: string; readonly spans: readonly Span[] } {
  const command = '/me ';
  if (!text.startsWith(command) || text.trim() === command.trim()) return { text, spans };
  const told = `* ${text.slice(command.length)}`;
  const shift = (at: number): number => Math.max(at - 2, 0);
  const moved = spans.map((span) => ({ ...span, start: shift(span.start), end: shift(span.end) }));
  const italic = { kind: 'italic', start: 0, end: told.length } as const;
  return { text: told, spans: [italic, ...moved.filter(({ kind }) => kind !== 'italic')] };
}

/** Telegram has accepted it even if its answer does not name the message. */
function sent(chat: number, message: unknown): Sent {
  const id = whole(fields(message)?.message_id);
  const date = whole(fields(message)?.date);
  return {
    ...(id === undefined ? {} : { id: messageId(chat, id) }),
    ...(date === undefined ? {} : { at: date * 1000 }),
  };
}

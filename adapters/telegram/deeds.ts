// What a bot does in a chat: one call of the Bot API each. errors.ts says what becomes of every outcome.
import { AdapterError } from 'moongate/adapter';
import type { Chat, Content, Delivery, MessageId, Sent, Span } from 'moongate/adapter';
import type { Opts, Telegram as Methods } from 'telegraf/types';
import type { BotClient } from './client.ts';
import { FloodScope, adapterError, isSoAlready, retryAfterMs } from './errors.ts';
import { entitiesOf } from './markup.ts';
import { isReaction } from './reactions.ts';
import { fields, whole } from './shape.ts';

/** What a deed runs on. */
export interface Means {
  readonly client: BotClient;
  readonly monotonic: () => number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** The messages of one bot. Every method rejects with an AdapterError. */
export class Deeds {
  readonly #means: Means;
  readonly #floods = new FloodScope();

  constructor(means: Means) {
    this.#means = means;
  }

  /** Sends a text, or a place that stands alone. */
  async send(chat: Chat, content: Content, delivery: Delivery): Promise<Sent> {
    const chat_id = numberOf(chat);
    const reply = replyOf(content);
    const { location } = content;
    if (location !== undefined && isPlaceAlone(content)) {
      const place = { latitude: location.lat, longitude: location.lon };
      return sent(await this.#call('sendLocation', { chat_id, ...place, ...reply }, chat, delivery));
    }
    return sent(await this.#call('sendMessage', { chat_id, ...wordsOf(content), ...reply }, chat, delivery));
  }

  /** Replaces the text of a message; that it says so already is as good. */
  async edit(chat: Chat, target: MessageId, content: Content, delivery: Delivery): Promise<void> {
    const place = { chat_id: numberOf(chat), message_id: messageOf(target) };
    await this.#change('editMessageText', { ...place, ...wordsOf(content) }, chat, delivery);
  }

  /** Deletes a message for everyone; that it is gone already is as good. */
  async retract(chat: Chat, target: MessageId, delivery: Delivery): Promise<void> {
    await this.#change('deleteMessage', { chat_id: numberOf(chat), message_id: messageOf(target) }, chat, delivery);
  }

  /** Leaves this reaction alone, or none. */
  async react(chat: Chat, target: MessageId, emojis: readonly string[], delivery: Delivery): Promise<void> {
    const reaction = emojis.map((emoji) => {
      if (!isReaction(emoji)) throw rejected('unsupported', `Telegram does not take ${emoji} as a reaction.`);
      return { type: 'emoji', emoji } as const;
    });
    const place = { chat_id: numberOf(chat), message_id: messageOf(target) };
    await this.#change('setMessageReaction', { ...place, reaction }, chat, delivery);
  }

  /** A change that was made already is made. */
  async #change<M extends keyof Methods>(method: M, payload: Opts<M>, chat: Chat, delivery: Delivery): Promise<void> {
    try {
      await this.#call(method, payload, chat, delivery);
    } catch (error) {
      if (!(error instanceof AdapterError && isSoAlready(error.cause))) throw error;
    }
  }

  async #call<M extends keyof Methods>(method: M, payload: Opts<M>, chat: Chat, delivery: Delivery): Promise<unknown> {
    const { client, monotonic, signal } = this.#means;
    try {
      return await client.callApi(method, payload, { signal: AbortSignal.any([delivery.signal, signal]) });
    } catch (error) {
      const wait = retryAfterMs(error);
      const scope = wait === undefined ? 'chat' : this.#floods.note(chat.id, monotonic(), wait);
      throw adapterError(error, 'message', scope);
    }
  }
}

const rejected = (reason: 'unsupported' | 'not-found' | 'invalid', text: string): AdapterError =>
  new AdapterError({ code: 'rejected', reason }, text);

/** The chat as Telegram numbers it. */
function numberOf(chat: Chat): number {
  if (chat.kind !== 'direct') throw rejected('unsupported', 'Only private chats can be written to by this gateway.');
  if (!/^[1-9]\d*$/.test(chat.id)) throw rejected('not-found', 'Contacts of a bot have a number as address.');
  return Number(chat.id);
}

function messageOf(id: MessageId): number {
  const number = messageNumber(id);
  if (number === undefined) throw rejected('not-found', 'Telegram has no message of this number.');
  return number;
}

/** Telegram's message ids have 32 bits. */
function messageNumber(id: MessageId): number | undefined {
  const number = /^[1-9]\d{0,9}$/.test(id) ? Number(id) : undefined;
  return number !== undefined && number < 2 ** 31 ? number : undefined;
}

/** An answer to what was deleted is sent all the same. */
function replyOf({ replyTo }: Content): {
  reply_parameters?: { readonly message_id: number; readonly allow_sending_without_reply: true };
} {
  const message_id = replyTo && messageNumber(replyTo.id);
  return message_id === undefined ? {} : { reply_parameters: { message_id, allow_sending_without_reply: true } };
}

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
function sent(message: unknown): Sent {
  const id = whole(fields(message)?.message_id);
  const date = whole(fields(message)?.date);
  return { ...(id === undefined ? {} : { id: String(id) }), ...(date === undefined ? {} : { at: date * 1000 }) };
}

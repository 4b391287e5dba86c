// One connected bot: what the core may ask of it, and its end without a trace.
import { AdapterError } from 'moongate/adapter';
import type { Chat, Content, Delivery, Limits, Sent, Session } from 'moongate/adapter';
import type { TelegramHost } from './batch.ts';
import { BotClient } from './client.ts';
import type { Environment } from './environment.ts';
import { FloodScope, adapterError, retryAfterMs } from './errors.ts';
import { whoIs } from './login.ts';
import type { Bot } from './login.ts';
import { resolvePerson, searchPeople } from './people.ts';
import { Poller } from './poll.ts';
import { fields, whole } from './shape.ts';

/** Telegram's published limits; the core's gates keep to them before anything is sent. */
const LIMITS: Limits = {
  text: 4096,
  chatRate: { count: 5, perMs: 5_000 },
  accountRate: { count: 30, perMs: 1_000 },
};

/** Connects one account: checks the token and begins to poll. Rejects with an AdapterError, and leaves nothing open then. */
export async function connect(host: TelegramHost, env: Environment): Promise<Session> {
  const client = new BotClient(host.credentials.token, host.config.apiRoot, env.callMs);
  try {
    const bot = await whoIs(client, host.signal);
    return new BotSession(host, client, env, bot).face();
  } catch (error) {
    await client.disconnect();
    throw error;
  }
}

class BotSession {
  readonly #host: TelegramHost;
  readonly #client: BotClient;
  readonly #env: Environment;
  readonly #bot: Bot;
  readonly #closing = new AbortController();
  readonly #floods = new FloodScope();
  readonly #polling: Promise<void>;
  readonly #running = new Set<Promise<unknown>>();
  readonly #typing = new Set<string>();

  constructor(host: TelegramHost, client: BotClient, env: Environment, bot: Bot) {
    this.#host = host;
    this.#client = client;
    this.#env = env;
    this.#bot = bot;
    if (host.signal.aborted) this.#closing.abort();
    host.signal.addEventListener('abort', this.#abort, { once: true });
    this.#polling = new Poller(host, client, env, this.#closing.signal).run();
  }

  /** The session as the core sees it. */
  face(): Session {
    const { state } = this.#host;
    return {
      self: this.#bot.id,
      limits: LIMITS,
      resend: 'unsafe',
      send: (chat, content, delivery) => this.#send(chat, content, delivery),
      typing: (chat, on) => this.#type(chat, on),
      resolve: (query) => resolvePerson(state, query, this.#bot.username),
      search: (query) => searchPeople(state, query),
      alive: (signal) => this.#alive(signal),
      close: () => this.#close(),
    };
  }

  async #send(chat: Chat, content: Content, delivery: Delivery): Promise<Sent> {
    const text = sendable(chat, content);
    const signal = AbortSignal.any([delivery.signal, this.#closing.signal]);
    try {
      const payload = { chat_id: Number(chat.id), text };
      const message: unknown = await this.#track(this.#client.callApi('sendMessage', payload, { signal }));
      return sent(message);
    } catch (error) {
      const wait = retryAfterMs(error);
      const scope = wait === undefined ? 'chat' : this.#floods.note(chat.id, this.#env.monotonic(), wait);
      throw adapterError(error, 'message', scope);
    }
  }

  /** Telegram shows it for 5 s and cannot take it back. One at a time in a chat, as late ones are worthless. */
  #type(chat: Chat, on: boolean): void {
    if (!on || chat.kind !== 'direct' || this.#typing.has(chat.id)) return;
    this.#typing.add(chat.id);
    const payload = { chat_id: Number(chat.id), action: 'typing' } as const;
    const call = this.#client.callApi('sendChatAction', payload, { signal: this.#closing.signal });
    const over = call.then(
      () => this.#typing.delete(chat.id),
      () => this.#typing.delete(chat.id),
    );
    void this.#track(over);
  }

  async #alive(signal: AbortSignal): Promise<void> {
    await this.#track(whoIs(this.#client, AbortSignal.any([signal, this.#closing.signal])));
  }

  async #close(): Promise<void> {
    this.#host.signal.removeEventListener('abort', this.#abort);
    this.#closing.abort();
    await this.#polling;
    await Promise.allSettled(this.#running);
    await this.#client.disconnect();
  }

  readonly #abort = (): void => this.#closing.abort();

  async #track<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }
}

function sendable(chat: Chat, content: Content): string {
  const reject = (reason: 'unsupported' | 'not-found' | 'invalid', text: string) =>
    new AdapterError({ code: 'rejected', reason }, text);
  if (chat.kind !== 'direct') throw reject('unsupported', 'Only private chats can be written to by this gateway.');
  if (!/^[1-9]\d*$/.test(chat.id)) throw reject('not-found', 'Contacts of a bot have a number as address.');
  if ((content.files?.length ?? 0) > 0) throw reject('unsupported', 'Files cannot be sent to Telegram yet.');
  if (content.text === undefined || content.text === '') throw reject('invalid', 'There is no text to send.');
  return content.text;
}

/** Telegram has accepted it even if its answer does not name the message. */
function sent(message: unknown): Sent {
  const id = whole(fields(message)?.message_id);
  const date = whole(fields(message)?.date);
  return { ...(id === undefined ? {} : { id: String(id) }), ...(date === undefined ? {} : { at: date * 1000 }) };
}

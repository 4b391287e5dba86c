// One connected bot: what the core may ask of it, and its end without a trace.
import type { Chat, Limits, Session } from 'moongate/adapter';
import type { TelegramHost } from './batch.ts';
import { BotClient } from './client.ts';
import { Deeds } from './deeds.ts';
import type { Environment } from './environment.ts';
import { whoIs } from './login.ts';
import type { Bot } from './login.ts';
import { MARKUP } from './markup.ts';
import { resolvePerson, searchPeople } from './people.ts';
import { Poller } from './poll.ts';
import { REACTIONS } from './reactions.ts';
import { Typing } from './typing.ts';

/**
 * Telegram's published limits; the core's gates keep to them before anything is sent. A bot may edit what it wrote at any
 * time, and delete it for two days (editMessageText and deleteMessage in the Bot API's reference).
 */
const LIMITS: Limits = {
  text: 4096,
  markup: MARKUP,
  retractMs: 48 * 3_600_000,
  reactions: { max: 1, allowed: REACTIONS },
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
  readonly #bot: Bot;
  readonly #closing = new AbortController();
  readonly #deeds: Deeds;
  readonly #typing: Typing;
  readonly #polling: Promise<void>;
  readonly #running = new Set<Promise<unknown>>();

  constructor(host: TelegramHost, client: BotClient, env: Environment, bot: Bot) {
    this.#host = host;
    this.#client = client;
    this.#bot = bot;
    if (host.signal.aborted) this.#closing.abort();
    host.signal.addEventListener('abort', this.#abort, { once: true });
    const { signal } = this.#closing;
    this.#deeds = new Deeds({ client, monotonic: () => env.monotonic(), signal });
    const type = (chat: string, until: AbortSignal): Promise<unknown> =>
      client.callApi('sendChatAction', { chat_id: Number(chat), action: 'typing' }, { signal: until });
    this.#typing = new Typing(type, env, signal);
    this.#polling = new Poller(host, client, env, signal).run();
  }

  /** The session as the core sees it. */
  face(): Session {
    const { state } = this.#host;
    const deeds = this.#deeds;
    return {
      self: this.#bot.id,
      limits: LIMITS,
      resend: 'unsafe',
      send: (chat, content, delivery) => {
        // Telegram ends it itself when the message comes.
        this.#typing.stop(chat.id);
        return this.#track(deeds.send(chat, content, delivery));
      },
      edit: (chat, target, content, delivery) => this.#track(deeds.edit(chat, target, content, delivery)),
      retract: (chat, target, delivery) => this.#track(deeds.retract(chat, target, delivery)),
      react: (chat, target, emojis, delivery) => this.#track(deeds.react(chat, target, emojis, delivery)),
      typing: (chat, on) => this.#type(chat, on),
      resolve: (query) => resolvePerson(state, query, this.#bot.username),
      search: (query) => searchPeople(state, query),
      alive: (signal) => this.#alive(signal),
      close: () => this.#close(),
    };
  }

  #type({ kind, id }: Chat, on: boolean): void {
    if (kind !== 'direct' || !/^[1-9]\d*$/.test(id)) return;
    if (on) this.#typing.start(id);
    else this.#typing.stop(id);
  }

  async #alive(signal: AbortSignal): Promise<void> {
    await this.#track(whoIs(this.#client, AbortSignal.any([signal, this.#closing.signal])));
  }

  async #close(): Promise<void> {
    this.#host.signal.removeEventListener('abort', this.#abort);
    this.#closing.abort();
    await this.#polling;
    await this.#typing.ended();
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

// One connected bot: what the core may ask of it, and its end without a trace.
import type { Chat, Limits, Session } from 'moongate/adapter';
import type { TelegramHost } from './batch.ts';
import { BotClient } from './client.ts';
import { Deeds } from './deeds.ts';
import type { Environment } from './environment.ts';
import { Groups } from './groups.ts';
import { chatNumber } from './ids.ts';
import { whoIs } from './login.ts';
import type { Bot } from './login.ts';
import { MARKUP } from './markup.ts';
import { resolvePerson, searchPeople } from './people.ts';
import { Poller } from './poll.ts';
import { Powers } from './powers.ts';
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
  #bot: Bot;
  readonly #closing = new AbortController();
  readonly #groups: Groups;
  readonly #powers: Powers;
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
    const groups = new Groups(host, client, env, () => this.#bot, signal);
    this.#groups = groups;
    this.#powers = new Powers({ client, groups, self: bot.id, signal });
    this.#deeds = new Deeds({
      client,
      monotonic: () => env.monotonic(),
      current: (chat) => groups.current(chat),
      moved: (from, to) => groups.moved(from, to),
      signal,
    });
    const type = (chat: string, until: AbortSignal): Promise<unknown> => {
      const chat_id = groups.current(Number(chat));
      return client.callApi('sendChatAction', { chat_id, action: 'typing' }, { signal: until });
    };
    this.#typing = new Typing(type, env, signal);
    this.#polling = this.#run(new Poller(host, client, env, bot, groups, signal));
  }

  /** Groups are looked at before anything about them is heard. */
  async #run(poller: Poller): Promise<void> {
    await this.#groups.start().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.#host.log.warn({ reason }, 'the groups could not be listed');
    });
    await poller.run();
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
      resolve: async (query) => (await this.#groups.find(query)) ?? resolvePerson(state, query, this.#bot.username),
      search: (query) => searchPeople(state, query),
      ...this.#inGroups(),
      alive: (signal) => this.#alive(signal),
      close: () => this.#close(),
    };
  }

  #inGroups(): Pick<
    Session,
    'rooms' | 'members' | 'banned' | 'join' | 'leave' | 'describe' | 'invite' | 'setRole' | 'commands'
  > {
    const groups = this.#groups;
    const powers = this.#powers;
    return {
      rooms: (query, page) => groups.rooms(query, page),
      members: ({ kind, id }) => groups.members(kind === 'group' ? id : ''),
      banned: (chat) => groups.banned(chat),
      join: (chat) => this.#track(groups.enter(chat)),
      leave: (chat) => this.#track(powers.leave(chat)),
      describe: (chat, change) => this.#track(powers.describe(chat, change)),
      invite: (chat, user) => this.#track(powers.invite(chat, user)),
      setRole: (chat, user, role) => this.#track(powers.setRole(chat, user, role)),
      commands: powers.commands,
    };
  }

  #type(chat: Chat, on: boolean): void {
    if (chatNumber(chat) === undefined) return;
    if (on) this.#typing.start(chat.id);
    else this.#typing.stop(chat.id);
  }

  async #alive(signal: AbortSignal): Promise<void> {
    const bot = await this.#track(whoIs(this.#client, AbortSignal.any([signal, this.#closing.signal])));
    // Privacy mode may have been switched meanwhile.
    this.#bot = bot;
  }

  async #close(): Promise<void> {
    this.#host.signal.removeEventListener('abort', this.#abort);
    this.#closing.abort();
    await this.#polling;
    await this.#groups.ended();
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

// One account on IRC as the core sees it. Its connection is closed when nobody uses it, and made again when somebody does.
// up -> idle -> up ...; over when the server ends the connection, or the core the session.
import { AdapterError } from 'moongate/adapter';
import type { Chat, Limits, Session } from 'moongate/adapter';
import { commandsOf } from './commands.ts';
import { refuses } from './config.ts';
import { obey } from './console.ts';
import { connectTo } from './connected.ts';
import type { Connected, Seat } from './connected.ts';
import type { IrcHost } from './cursor.ts';
import type { Environment } from './environment.ts';
import { MARKUP } from './format.ts';
import type { Link } from './link.ts';
import { changeNick } from './nick.ts';
import { textBytes } from './outgoing.ts';
import { settingsOf } from './settings.ts';

/** Messages of one chat on their way at once: the flood limit, where there is one, lets fewer through. */
const WINDOW = 32;

/** Connects one account. Rejects with an AdapterError, and leaves nothing open then. */
export async function connect(host: IrcHost, env: Environment): Promise<Session> {
  const session = new IrcSession(host, env);
  await session.begin();
  return session.face();
}

/** The server of an account, from the realm in the open mode. */
function serverOf({ config }: IrcHost, realm: string): string {
  const words = refuses(realm, config);
  if (words !== undefined) throw new AdapterError({ code: 'rejected', reason: 'forbidden' }, words);
  return config.server ?? realm;
}

class IrcSession {
  readonly #host: IrcHost;
  readonly #env: Environment;
  readonly #seat: Omit<Seat, 'cursor'>;
  readonly #closing = new Set<Promise<void>>();
  #up: Promise<Connected> | undefined;
  #connected: Connected | undefined;
  #idle: NodeJS.Timeout | undefined;
  #usedAt: number;
  #ended = false;
  /** What each connection has said of the user's being away. */
  readonly #away = new WeakMap<Link, string>();

  constructor(host: IrcHost, env: Environment) {
    this.#host = host;
    this.#env = env;
    this.#usedAt = env.monotonic();
    const realm = host.config.server === undefined ? (host.realm ?? '') : '';
    const server = serverOf(host, realm);
    this.#seat = {
      ...{ host, config: host.config, server, realm, env },
      settings: settingsOf(host.settings, host.config, server, host.user ?? 'guest'),
      hint: (hint) => {
        if (!this.#ended) host.hint(hint);
      },
      failed: (error) => this.#down(error),
    };
  }

  /** Connects, unless the connection was closed because nobody used it. */
  async begin(): Promise<void> {
    if (!this.#host.cursor?.idle) await this.#awake();
  }

  /** The session as the core sees it. */
  face(): Session {
    const commands = commandsOf(() => this.#awake(), this.#host.config.raw);
    const tags = this.#connected?.link.has('message-tags') ?? true;
    const history = this.#connected?.history.offered ?? false;
    const redacts = this.#connected?.link.has('draft/message-redaction') ?? false;
    return {
      self: this.#connected?.link.nick.toLowerCase() ?? this.#seat.settings.nick.toLowerCase(),
      limits: this.#limits(),
      resend: 'unsafe',
      send: async (chat, content, delivery) => {
        const up = await this.#ready(chat);
        if (up.names.target(chat) === undefined) return obey(up, commands, content.text ?? '', delivery);
        return up.outgoing.send(chat, content, delivery);
      },
      ...(tags && {
        react: async (chat, target, emojis, delivery) =>
          (await this.#ready(chat)).outgoing.react(chat, target, emojis, delivery),
        typing: (chat, on) => this.#type(chat, on),
      }),
      ...(redacts && {
        retract: async (chat, target, delivery) => (await this.#ready(chat)).outgoing.retract(chat, target, delivery),
      }),
      ...(history && {
        history: async (chat, { before, limit }) => (await this.#ready(chat)).history.before(chat, before, limit),
      }),
      presence: (show, text) => this.#present(show === 'online' ? '' : (text ?? show)),
      resolve: async (query) => this.#resolve(query),
      rooms: async (query, page) => (await this.#awake()).listing.page(query, page),
      profile: async (user) => this.#profile(user),
      members: (chat) => this.#members(chat),
      banned: async (id) => (await this.#awake()).requests.banned(id),
      join: async (id, password) => (await this.#awake()).requests.join(id, password),
      leave: async (id) => (await this.#awake()).requests.leave(id),
      describe: async (id, change) => (await this.#awake()).requests.describe(id, change),
      invite: async (id, user) => (await this.#awake()).requests.invite(id, user),
      setRole: async (id, user, role, reason) => (await this.#awake()).requests.setRole(id, user, role, reason),
      rename: async (_chat, name) => changeNick(await this.#awake(), name),
      commands,
      alive: (signal) => this.#alive(signal),
      close: () => this.#close(),
    };
  }

  #limits(): Limits {
    const { flood } = this.#host.config;
    const text = this.#connected === undefined ? 300 : textBytes(this.#connected.link);
    return {
      ...{ text, textUnit: 'bytes', oneLine: true, markup: MARKUP, reactions: { max: 20 }, window: WINDOW },
      ...(flood && { accountRate: { count: flood.burst, perMs: Math.ceil((flood.burst / flood.perSecond) * 1000) } }),
    };
  }

  /** The connection, made again where it was closed. */
  #awake(): Promise<Connected> {
    this.#usedAt = this.#env.monotonic();
    if (this.#ended) return Promise.reject(new AdapterError({ code: 'temporary' }, 'The session has ended.'));
    if (this.#up !== undefined) return this.#up;
    const cursor = this.#connected === undefined ? this.#host.cursor : this.#connected.wanted.cursor;
    const up = connectTo({ ...this.#seat, cursor });
    this.#up = up;
    const failed = (): void => {
      if (this.#up === up) this.#up = undefined;
    };
    up.then((connected) => {
      this.#connected = connected;
      this.#watch();
    }, failed);
    return up;
  }

  /** The connection, once the channel is joined if it is to be. */
  async #ready(chat: Chat): Promise<Connected> {
    const connected = await this.#awake();
    const channel = chat.kind === 'group' ? connected.names.target(chat) : undefined;
    if (channel !== undefined) await connected.ready(channel);
    return connected;
  }

  #type(chat: Chat, on: boolean): void {
    if (this.#up === undefined) return;
    this.#connected?.outgoing.typing(chat, on);
  }

  /** A client says it in each room that it is in. */
  #present(words: string): void {
    const link = this.#up && this.#connected?.link;
    if (link === undefined || (this.#away.get(link) ?? '') === words) return;
    this.#away.set(link, words);
    link.writeAtLeisure('AWAY', words === '' ? [] : [words]);
  }

  async #resolve(query: string): ReturnType<NonNullable<Session['resolve']>> {
    const { names } = await this.#awake();
    const name = query.trim();
    if (name === '' || /[\s,]/.test(name)) return undefined;
    return { chat: names.isChannel(name) ? names.group(name) : names.direct(name), name };
  }

  async #profile(user: string): ReturnType<NonNullable<Session['profile']>> {
    const { requests, names } = await this.#awake();
    const said = await requests.whois(names.nick(user));
    return said.length === 0 ? undefined : { name: names.nick(user), about: said.join('\n') };
  }

  async *#members(chat: Chat): ReturnType<NonNullable<Session['members']>> {
    yield* (await this.#ready(chat)).requests.members(chat);
  }

  async #alive(signal: AbortSignal): Promise<void> {
    if (this.#up === undefined) return;
    const { link } = await this.#up;
    await link.talk<void>({ lines: [], signal, fence: () => undefined });
  }

  /** Looks now and then whether anybody uses the connection. */
  #watch(): void {
    const { idleMs } = this.#host.config;
    if (idleMs === undefined || this.#ended) return;
    clearTimeout(this.#idle);
    const unused = this.#env.monotonic() - this.#usedAt;
    this.#idle = setTimeout(() => this.#rest(idleMs), Math.max(idleMs / 10, idleMs - unused));
  }

  #rest(idleMs: number): void {
    const { wanted, link, journal } = this.#connected ?? {};
    if (this.#ended || this.#up === undefined || !wanted || !link || !journal) return;
    if (wanted.size > 0 || this.#env.monotonic() - this.#usedAt < idleMs) return this.#watch();
    this.#up = undefined;
    wanted.save(true);
    const closing = journal
      .flushed()
      .then(() => link.close())
      .then(() => journal.end())
      .catch((error: unknown) => this.#down(error))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #down(reason: unknown): void {
    if (!this.#ended && !this.#host.signal.aborted) this.#host.down(reason);
  }

  async #close(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#idle);
    const connected = await this.#up?.catch(() => undefined);
    clearTimeout(this.#idle);
    await connected?.link.close();
    await connected?.journal.end();
    await Promise.all(this.#closing);
  }
}

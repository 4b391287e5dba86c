// A user of the adapter on a real server, and a friend of his on the same: what the tests of this folder share.
import type { TestContext } from 'node:test';
import { createIrc } from '../../../adapters/irc/index.ts';
import type { Environment } from '../../../adapters/irc/index.ts';
import type {
  AnyAdapter,
  Chat,
  Delivery,
  Host,
  LogEvent,
  Member,
  NetworkEvent,
  Reply,
  Session,
  StateEvent,
} from '../../../src/adapter/api.ts';
import { TestAccount } from '../../../src/adapter/testing/account.ts';
import type { TestLink } from '../../../src/adapter/testing/link.ts';
import { newToken } from '../../../src/adapter/testing/stage.ts';
import type { IrcServer, IrcServerKind, IrcServerOptions } from '../../server/ircd.ts';
import { Friend } from './friend.ts';

export const QUICK: Partial<Environment> = { answerMs: 3_000, registerMs: 3_000, quitMs: 500 };
const PATIENCE = { patienceMs: 8_000, quietMs: 100 };

export interface WorldOptions {
  readonly config?: object;
  readonly settings?: Reply;
  readonly user?: string;
  readonly realm?: string;
  readonly environment?: Partial<Environment>;
}

/** The adapter with a user's name, his settings and his server, as the core gives them. */
export function adapterFor({ settings = {}, user = 'alice', realm, environment }: WorldOptions): AnyAdapter {
  const irc = createIrc({ ...QUICK, ...environment }) as AnyAdapter;
  const more = { settings, user, ...(realm === undefined ? {} : { realm }) };
  return { ...irc, connect: (host: Host<unknown, unknown, unknown>) => irc.connect({ ...host, ...more }) };
}

/** A config for one server on this machine, with no limit of speed. */
export const configFor = (port: number): object => ({ server: '127.0.0.1', port, tls: false, flood: false });

/** One account on one server. */
export class User {
  readonly account: TestAccount;
  readonly #adapter: AnyAdapter;
  #link: TestLink | undefined;
  #clock = Date.now();

  constructor(port: number, options: WorldOptions = {}) {
    this.#adapter = adapterFor(options);
    const config = this.#adapter.parseConfig({ ...configFor(port), ...options.config });
    this.account = new TestAccount(config, null, new Map(), PATIENCE);
  }

  async connect(): Promise<this> {
    this.#link = await this.account.connect(this.#adapter);
    return this;
  }

  get link(): TestLink {
    if (this.#link === undefined) throw new Error('not connected');
    return this.#link;
  }

  get session(): Required<Session> {
    if (this.link.session === undefined) throw new Error('no session');
    return this.link.session as Required<Session>;
  }

  async close(): Promise<void> {
    await this.#link?.close();
    this.#link = undefined;
  }

  delivery(parts: Partial<Delivery> = {}): Delivery {
    this.#clock += 1;
    const open = (): Promise<never> => Promise.reject(new Error('no file'));
    return { token: newToken(), at: this.#clock, attempt: 1, signal: new AbortController().signal, open, ...parts };
  }

  send(chat: Chat, text: string, parts: Partial<Delivery> = {}): ReturnType<NonNullable<Session['send']>> {
    return this.session.send(chat, { text }, this.delivery(parts));
  }

  async join(name: string, key?: string): Promise<Chat> {
    await this.session.join(name, key);
    return { kind: 'group', id: name };
  }

  /** The first committed event that fits. */
  async sees(what: string, fits: (event: NetworkEvent) => boolean): Promise<NetworkEvent> {
    await this.link.until(() => this.events().some(fits), what);
    return this.events().find(fits) as NetworkEvent;
  }

  /** The committed message with this text. */
  async reads(text: string): Promise<LogEvent & { type: 'message' }> {
    const found = await this.sees(
      `"${text}" is read`,
      (event) => event.type === 'message' && event.content.text === text,
    );
    return found as LogEvent & { type: 'message' };
  }

  events(): readonly NetworkEvent[] {
    return [...this.account.log, ...this.account.upserts];
  }

  /** Who is in a channel by all that was committed, as the core would have it: role by id, null as 'me'. */
  members(id: string): Readonly<Record<string, string>> {
    const all = new Map<string, Member>();
    for (const event of this.account.upserts) {
      if (event.type !== 'members' || event.chat.id !== id) continue;
      if (event.complete) all.clear();
      for (const member of event.members) {
        if (member.was !== undefined) all.delete(member.was);
        const key = member.user ?? 'me';
        if (member.role === 'none' || member.role === 'banned') all.delete(key);
        else all.set(key, member);
      }
    }
    return Object.fromEntries([...all].map(([key, { role }]) => [key, role]));
  }

  async seesMembers(id: string, expected: Readonly<Record<string, string>>): Promise<void> {
    const same = (): boolean => JSON.stringify(sorted(this.members(id))) === JSON.stringify(sorted(expected));
    await this.link.until(same, `members of ${id}: ${JSON.stringify(expected)}`).catch((error: unknown) => {
      throw new Error(`members are ${JSON.stringify(this.members(id))}`, { cause: error });
    });
  }

  states<T extends StateEvent['type']>(type: T): readonly Extract<StateEvent, { type: T }>[] {
    return this.account.upserts.filter((event): event is Extract<StateEvent, { type: T }> => event.type === type);
  }
}

const sorted = (members: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(members).toSorted(([one], [two]) => (one < two ? -1 : 1));

/** A server with a user on it and a friend, all of which end with the test. */
export interface World {
  readonly server: IrcServer;
  readonly user: User;
  readonly friend: Friend;
}

export async function world(
  test: TestContext,
  kind: IrcServerKind,
  options: WorldOptions & IrcServerOptions = {},
): Promise<World> {
  const server = await kind.start(options);
  test.after(() => server.stop());
  const user = new User(server.port, options);
  test.after(() => user.close());
  // At the same time: inspircd lets nobody in but at the full second.
  const [friend] = await Promise.all([Friend.connect(server.port, 'bob'), user.connect()]);
  return { server, user, friend };
}

export const group = (id: string): Chat => ({ kind: 'group', id });
export const direct = (id: string): Chat => ({ kind: 'direct', id });

// One world for each scenario file and server: a server, a Telegram fake and the gateway, started when the first test asks
// for them. Each test gets users of its own, and its clients are gone when it ends.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { x } from '../../src/xmpp/stanza.ts';
import { startTelegram, type ApiUser, type BotView, type FakeTelegram } from '../fake/telegram/index.ts';
import { TestClient, type ClientOptions } from '../server/client.ts';
import { on, servers, type ServerKind, type ServerOptions, type XmppServer } from '../server/index.ts';
import { Moongate, type MoongateOptions } from '../server/moongate.ts';
import { befriend, command, enrol, goOn, LOOPBACK, PUPPET, TELEGRAM, welcomed } from './acts.ts';

export * from './acts.ts';

/** Users of this name exist on `other.example` and may register there. */
export const FRIEND = 'friend@other.example';
const MOST_USERS = 40;
/** A scene that takes longer hangs. */
const LONGEST_MS = 60_000;
const NAMES = Array.from({ length: MOST_USERS }, (_, index) => `user${index}`);

export interface WorldOptions {
  /** Differs from the server's own defaults in one thing: without privileges, so that subscriptions are asked for. */
  readonly server?: ServerOptions;
  readonly gateway?: Omit<MoongateOptions, 'server'>;
  /** `api_root` of another Telegram server than the fake. */
  readonly telegramApi?: string;
  readonly onUncertain?: 'resend' | 'tell';
}

export class World implements AsyncDisposable {
  readonly server: XmppServer;
  readonly telegram: FakeTelegram;
  readonly gateway: Moongate;
  readonly #guests = new Set<TestClient>();
  #users = 0;

  private constructor(server: XmppServer, telegram: FakeTelegram, gateway: Moongate) {
    this.server = server;
    this.telegram = telegram;
    this.gateway = gateway;
  }

  static async start(kind: ServerKind, { server, gateway, telegramApi, onUncertain }: WorldOptions): Promise<World> {
    const telegram = await startTelegram();
    const xmpp = await kind.start({
      components: { [LOOPBACK]: 'loopback-secret', [TELEGRAM]: 'telegram-secret', [PUPPET]: 'puppet-secret' },
      users: [...NAMES, FRIEND, 'foe@other.example'],
      privilege: false,
      ...server,
    });
    const options = { api_root: telegramApi ?? telegram.api };
    try {
      const moongate = await Moongate.start({
        server: xmpp,
        allow: [xmpp.host, FRIEND],
        transports: {
          [LOOPBACK]: { adapter: 'loopback' },
          [TELEGRAM]: { adapter: 'telegram', options, ...(onUncertain ? { onUncertain } : {}) },
          [PUPPET]: { adapter: 'puppet' },
        },
        packages: { puppet: fileURLToPath(new URL('./puppet', import.meta.url)) },
        ...gateway,
      });
      return new World(xmpp, telegram, moongate);
    } catch (error) {
      await Promise.all([xmpp.stop(), telegram.close()]);
      throw error;
    }
  }

  /** The name of a user nobody has used yet. */
  name(): string {
    const name = NAMES[this.#users++];
    if (name === undefined) throw new Error(`this file needs more than ${MOST_USERS} users`);
    return name;
  }

  /** Logs a user in, a new one unless named; the client is gone when the test ends. */
  async login(name = this.name(), options: ClientOptions = {}): Promise<TestClient> {
    const client = await TestClient.connect(this.server, name, { ...options, available: false });
    this.#guests.add(client);
    // As real clients do; Prosody tells only those who have asked for the list of subscriptions that are granted.
    await client.iq('get', undefined, x('query', { xmlns: 'jabber:iq:roster' }));
    if (options.available !== false) await client.available(options.priority);
    return client;
  }

  /** The clients of a test go. */
  async farewell(): Promise<void> {
    await Promise.all([...this.#guests].map((guest) => guest.close()));
    this.#guests.clear();
  }

  /** A user with an account on the loopback. */
  async loopbackUser(options: ClientOptions = {}): Promise<TestClient> {
    const user = await this.login(undefined, options);
    await enrol(user, LOOPBACK);
    return user;
  }

  /** A user with an account on the puppets' network, befriended with its director; a new one unless named. */
  async puppetUser(name?: string, options: ClientOptions = {}): Promise<TestClient> {
    const user = await this.login(name, options);
    const phone = `+49${user.bare.replaceAll(/\D/g, '')}${this.server.componentPort}`;
    const first = await command(user, PUPPET, 'login');
    await goOn(user, PUPPET, first, { phone });
    await goOn(user, PUPPET, first);
    const done = await goOn(user, PUPPET, first, { code: '1234' });
    assert.equal(done.status, 'completed', done.text);
    await welcomed(user, PUPPET);
    await befriend(user, `director@${PUPPET}`);
    return user;
  }

  /** A user with a Telegram bot, and Anna, who has opened it and is in his contact list. */
  async telegramUser(options: ClientOptions & { readonly name?: string } = {}): Promise<TelegramUser> {
    const bot = await this.telegram.control.createBot({});
    const user = await this.login(options.name, options);
    await enrol(user, TELEGRAM, { token: bot.token });
    const anna = await this.person(bot, 'Anna');
    const jid = `${anna.id}@${TELEGRAM}`;
    await befriend(user, jid);
    await user.body('/start');
    return { user, bot, anna, jid };
  }

  /** Somebody on Telegram who has opened the bot. */
  async person(bot: BotView, name: string, username?: string): Promise<ApiUser> {
    const { control } = this.telegram;
    const person = await control.createUser({ first_name: name, ...(username === undefined ? {} : { username }) });
    await control.openBot({ bot: bot.id, user: person.id });
    return person;
  }

  /** Texts that the bot sent to somebody, in order, once there are so many. */
  async heard(bot: BotView, person: ApiUser, count: number): Promise<readonly string[]> {
    const entries = await this.telegram.control.waitForLog({
      ...{ bot: bot.id, chat: person.id, direction: 'from-bot', count },
    });
    return entries.map(({ text }) => text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.farewell();
    await this.gateway.stop();
    await this.server.stop();
    await this.telegram.close();
  }
}

export interface TelegramUser {
  readonly user: TestClient;
  readonly bot: BotView;
  readonly anna: ApiUser;
  /** Anna's bare JID. */
  readonly jid: string;
}

/** Defines one test on the server at hand; its name begins with the rules that it proves. */
export type Scene = (
  rules: string,
  what: string,
  play: (world: World, kind: ServerKind['name']) => Promise<void>,
) => void;

/** The same scenes on each server, in a world of their own. A world begins with its first scene. */
export function scenes(options: WorldOptions, define: (scene: Scene) => void): void {
  for (const kind of servers)
    describe(kind.name, () => {
      let world: Promise<World> | undefined;
      after(async () => {
        // One that did not come up has failed its scenes already.
        await (await world?.catch(() => undefined))?.[Symbol.asyncDispose]();
      });
      define((rules, what, play) => {
        test(`${rules} [${kind.name}]: ${what}`, { ...on(kind), timeout: LONGEST_MS }, async () => {
          const here = await (world ??= World.start(kind, options));
          try {
            await play(here, kind.name);
          } catch (error) {
            console.error(here.gateway.log().split('\n').slice(-15).join('\n'));
            throw error;
          } finally {
            await here.farewell();
          }
        });
      });
    });
}

// One world for each scenario file and server: a server, a Telegram fake and the gateway, started when the first test asks
// for them. Each test gets users of its own, and its clients are gone when it ends.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Attributes, Child, Element } from '../../src/xmpp/stanza.ts';
import { x } from '../../src/xmpp/stanza.ts';
import { startTelegram, type ApiUser, type BotView, type FakeTelegram } from '../fake/telegram/index.ts';
import { TestClient, type ClientOptions } from '../server/client.ts';
import { on, servers, type ServerKind, type ServerOptions, type XmppServer } from '../server/index.ts';
import { Moongate, type MoongateOptions } from '../server/moongate.ts';

export const LOOPBACK = 'loopback.example.org';
export const TELEGRAM = 'telegram.example.org';
export const PUPPET = 'puppet.example.org';
export const ECHO = `echo@${LOOPBACK}`;
export const FLAKY = `flaky@${LOOPBACK}`;

export const NS = {
  register: 'jabber:iq:register',
  form: 'jabber:x:data',
  commands: 'http://jabber.org/protocol/commands',
  info: 'http://jabber.org/protocol/disco#info',
  items: 'http://jabber.org/protocol/disco#items',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  error: 'urn:moongate:error:1',
  receipts: 'urn:xmpp:receipts',
  delay: 'urn:xmpp:delay',
  sid: 'urn:xmpp:sid:0',
  nick: 'http://jabber.org/protocol/nick',
  caps: 'http://jabber.org/protocol/caps',
  search: 'jabber:iq:search',
  gateway: 'jabber:iq:gateway',
} as const;

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

  /** A user with an account on the puppets' network, befriended with its director. */
  async puppetUser(): Promise<TestClient> {
    const user = await this.login();
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

/** The form of a submission. */
export function submit(values: Readonly<Record<string, string>>, formType?: string): Element {
  const fields = Object.entries({ ...(formType === undefined ? {} : { FORM_TYPE: formType }), ...values });
  return x(
    'x',
    { xmlns: NS.form, type: 'submit' },
    ...fields.map(([name, value]) => x('field', { var: name }, x('value', {}, value))),
  );
}

/** Asks for the form and sends it filled in; the answer. */
export async function register(
  user: TestClient,
  domain: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Element> {
  const form = await user.iq('get', domain, x('query', { xmlns: NS.register }));
  assert.equal(form.attrs['type'], 'result', form.toString());
  return user.iq('set', domain, x('query', { xmlns: NS.register }, submit(values, NS.register)));
}

/** Registers by form, as a client does that shows the gateway in its contact list. */
export async function enrol(
  user: TestClient,
  domain: string,
  values?: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await register(user, domain, values);
  assert.equal(answer.attrs['type'], 'result', answer.toString());
  await welcomed(user, domain);
}

/** Takes the gateway into the contact list: it asks, he agrees and asks in turn, and it appears (R8). */
export async function welcomed(user: TestClient, domain: string): Promise<void> {
  await user.waitFor(presence(domain, 'subscribe'));
  await agree(user, domain);
}

/**
 * Answers a contact's request for subscription and asks for its own; resolves to the available presence. Where the server
 * lets the gateway write rosters nobody asks, and the contact is simply there.
 */
export async function befriend(user: TestClient, jid: string): Promise<Element> {
  const first = await user.waitFor((stanza) => presence(jid, 'subscribe')(stanza) || presence(jid, undefined)(stanza));
  return first.attrs['type'] === undefined ? first : agree(user, jid);
}

async function agree(user: TestClient, jid: string): Promise<Element> {
  const granted = (stanza: Element): boolean => presence(jid, 'subscribed')(stanza);
  await user.send(x('presence', { to: jid, type: 'subscribed' }));
  await user.send(x('presence', { to: jid, type: 'subscribe' }));
  await user.waitFor(granted);
  return user.waitFor(presence(jid, undefined));
}

type Matches = (stanza: Element) => boolean;

/** A presence of this bare JID and this type; 'any': of whatever type. */
export const presence =
  (from: string, type: string | undefined): Matches =>
  (stanza) =>
    stanza.is('presence') &&
    stanza.attrs['from']?.split('/')[0] === from &&
    (type === 'any' || stanza.attrs['type'] === type);

/** The receipt for a message. */
export const receipt =
  (id: string): Matches =>
  (stanza) =>
    stanza.is('message') && stanza.getChild('received', NS.receipts)?.attrs['id'] === id;

/** The error that answers a message or presence with this id. */
export const errorFor =
  (id: string): Matches =>
  (stanza) =>
    stanza.attrs['type'] === 'error' && stanza.attrs['id'] === id;

/** What an error says, in short: `cancel item-not-found not-found`, and its text. */
export function told(stanza: Element): { readonly error: string; readonly text: string; readonly lang: string } {
  const error = stanza.getChild('error');
  const [condition] = error?.getChildElements().filter((child) => child.getNS() === NS.stanzas) ?? [];
  const text = error?.getChild('text', NS.stanzas);
  const code = error?.getChildText('code', NS.error) ?? 'no code';
  return {
    error: `${error?.attrs['type']} ${condition?.getName()} ${code}`,
    text: text?.getText() ?? '',
    lang: text?.attrs['xml:lang'] ?? '',
  };
}

/** Writes a message that asks for a receipt; its id. */
export function write(user: TestClient, to: string, body: string, attrs: Attributes = {}, ...more: Child[]) {
  return user.message(to, body, attrs, x('request', { xmlns: NS.receipts }), ...more);
}

/** Writes a message and resolves when the network has accepted it; its id. */
export async function deliver(user: TestClient, to: string, body: string): Promise<string> {
  const id = await write(user, to, body);
  await user.waitFor(receipt(id));
  return id;
}

/** Everything that was sent to the gateway before has been handled, and the answers are here. */
export async function settled(user: TestClient, domain: string): Promise<void> {
  await user.iq('get', domain, x('ping', { xmlns: 'urn:xmpp:ping' }));
}

/** An answer to an ad-hoc command. */
export interface CommandAnswer {
  readonly node: string;
  readonly session: string;
  readonly status: string | undefined;
  /** Notes, instructions and values, as one text. */
  readonly text: string;
  readonly stanza: Element;
}

/** Begins an ad-hoc command. */
export async function command(user: TestClient, domain: string, node: string, lang?: string): Promise<CommandAnswer> {
  return answerOf(node, await ask(user, domain, x('command', { xmlns: NS.commands, node, action: 'execute' }), lang));
}

/** Goes on with a command; without values only "next". */
export async function goOn(
  user: TestClient,
  domain: string,
  { node, session }: CommandAnswer,
  values?: Readonly<Record<string, string>>,
): Promise<CommandAnswer> {
  const form = values && submit(values);
  return answerOf(node, await ask(user, domain, x('command', { xmlns: NS.commands, node, sessionid: session }, form)));
}

/** An IQ set with a language. */
async function ask(user: TestClient, to: string, child: Element, lang?: string): Promise<Element> {
  const id = `ask-${Math.random()}`;
  const answer = user.waitFor((stanza) => stanza.is('iq') && stanza.attrs['id'] === id);
  await user.send(x('iq', { type: 'set', to, id, 'xml:lang': lang }, child));
  return answer;
}

function answerOf(node: string, stanza: Element): CommandAnswer {
  const element = stanza.getChild('command', NS.commands);
  return {
    node,
    session: element?.attrs['sessionid'] ?? '',
    status: element?.attrs['status'],
    text: texts(element ?? stanza).join('\n'),
    stanza,
  };
}

function texts(element: Element): string[] {
  return element.children.flatMap((child) => (typeof child === 'string' ? [child] : texts(child)));
}

/** Says something to the gateway in a chat; what it answers. */
export async function chat(user: TestClient, domain: string, words: string, attrs: Attributes = {}): Promise<string> {
  const before = user.stanzas.length;
  await user.message(domain, words, attrs);
  const answer = await user.waitFor(
    (stanza) => stanza.is('message') && stanza.attrs['from'] === domain && stanza.getChildText('body') !== null,
    { after: before },
  );
  return answer.getChildText('body') ?? '';
}

// The front half of one transport: everything that XMPP sees of it. Puts its parts together and hands stanzas around.
import { randomBytes } from 'node:crypto';
import type { ChatId, Hint, Member, UserId } from './adapter/api.ts';
import { Accounts } from './account/accounts.ts';
import { ChatBot } from './account/chat-bot.ts';
import type { Command } from './account/command.ts';
import { makeCommands } from './account/commands.ts';
import { deliveries } from './account/deliveries.ts';
import { Directory, langDoc } from './account/directory.ts';
import { commandsOfNetwork, noneOffered } from './account/network-commands.ts';
import { Outbox } from './account/outbox.ts';
import { Serial } from './account/serial.ts';
import { Contacts } from './contact/contacts.ts';
import type { AccountView, FrontOptions, TransportFront } from './front/types.ts';
import { LinkError, type SessionStatus } from './link.ts';
import type { Failure, InBody } from './message/entry.ts';
import { randomId } from './message/ids.ts';
import { StoreError, type AccountId, type Entry, type LaneKey } from './store/api.ts';
import { pick } from './text/index.ts';
import { aliasDoc, voiceOf } from './xmpp/address.ts';
import { Announcer, type AnnouncerOptions } from './xmpp/announce.ts';
import { failureText } from './xmpp/error.ts';
import { Bulk } from './xmpp/bulk.ts';
import { Exchange } from './xmpp/exchange.ts';
import { caps, writeCaps } from './xmpp/feature/caps.ts';
import { adHoc, NS_COMMANDS } from './xmpp/feature/commands.ts';
import { disco, identitiesOf } from './xmpp/feature/disco.ts';
import { announced, type Feature } from './xmpp/feature/feature.ts';
import { gatewayPrompt } from './xmpp/feature/gateway-prompt.ts';
import { RoomList } from './xmpp/feature/muc-info.ts';
import { ping } from './xmpp/feature/ping.ts';
import { NS_FORM } from './xmpp/feature/form.ts';
import { NS_REGISTER, register } from './xmpp/feature/register.ts';
import { search } from './xmpp/feature/search.ts';
import { version } from './xmpp/feature/version.ts';
import { bareOf, parseJid } from './xmpp/jid.ts';
import { messaging, Messages } from './xmpp/messages.ts';
import { offered } from './xmpp/offered.ts';
import { Pacer } from './xmpp/pacer.ts';
import { Presences } from './xmpp/presence.ts';
import { Requests } from './xmpp/requests.ts';
import { Rosters } from './xmpp/rosters.ts';
import type { RoomEntry } from './xmpp/room-lanes.ts';
import { roomRequests } from './xmpp/room-requests.ts';
import { isRoom, Rooms } from './xmpp/rooms.ts';
import { Router } from './xmpp/router.ts';
import { Services } from './xmpp/services.ts';
import { Sessions } from './xmpp/sessions.ts';
import { x, type Element } from './xmpp/stanza.ts';

export type { AccountView, FrontLanes, FrontOptions, TransportFront } from './front/types.ts';

/** Greetings: so many in each of so many milliseconds. */
const GREETINGS = [20, 100] as const;
/** Presences of one user that wait for those before them. */
const MOST_PRESENCES = 500;

/** Loads the accounts and makes a transport's front. Nothing is sent before `online()`. */
export async function startFront(options: FrontOptions): Promise<TransportFront> {
  const directory = new Directory(options.store, options.domain);
  await directory.load();
  const front = new Composed(options, directory);
  await front.load();
  return front;
}

/** A device on which somebody logs in: his contacts come next. */
const isLogin = (iq: Element): boolean =>
  iq.attrs['type'] === 'set' &&
  (iq.getChild('query', NS_REGISTER) ?? iq.getChild('command', NS_COMMANDS))?.getChild('x', NS_FORM) !== undefined;

class Composed implements TransportFront {
  readonly #options: FrontOptions;
  readonly #directory: Directory;
  readonly #pacer: Pacer;
  readonly #serial = new Serial(MOST_PRESENCES);
  readonly #presences: Presences;
  readonly #sessions: Sessions;
  readonly #services: Services;
  readonly #messages: Messages;
  readonly #router: Router;
  readonly #bot: ChatBot;
  readonly #requests: Requests;
  readonly #rosters: Rosters;
  readonly #exchange: Exchange;
  readonly #accounts: Accounts;
  readonly #rooms: Rooms;
  readonly #bulk: Bulk;
  readonly #random: (size: number) => Uint8Array;

  constructor(options: FrontOptions, directory: Directory) {
    const { back, clock, domain, fence, lanes, network, store, send } = options;
    this.#options = options;
    this.#directory = directory;
    this.#random = options.random ?? randomBytes;
    const fault = (error: unknown): Failure => this.#fault(error);
    const newId = (): string => randomId(this.#random);
    const bulk = (this.#bulk = new Bulk(options.writable));
    const pacer = (this.#pacer = new Pacer(clock, ...GREETINGS));
    const serial = this.#serial;
    const alias = (account: AccountId, id: UserId) => aliasDoc(account, { kind: 'direct', id });
    const contacts = new Contacts({ store, fence, back, alias });
    const features: Feature[] = [];
    const writtenCaps: AnnouncerOptions['caps'] = (place, can) =>
      writeCaps(identitiesOf(network, place, can), announced(features, place, can));
    this.#requests = new Requests({ domain, clock, send, newId });
    const rosters = (this.#rosters = new Rosters(this.#requests, network.name));
    const exchange = (this.#exchange = new Exchange({ requests: this.#requests, clock, group: network.name }));
    const announcer = new Announcer({
      ...{ domain, network, directory, contacts, pacer, rosters, send },
      caps: writtenCaps,
    });
    const available = (account: AccountId): void => lanes.available(account);
    const outbox = new Outbox({
      ...{ store, fence, clock, fault, random: this.#random },
      wake: (lane, entries) => back.wake(lane, entries),
    });
    const { key, log } = options;
    const requests = this.#requests;
    const allowed = (jid: string): boolean => this.#services.allowed(jid);
    const accounts = (this.#accounts = new Accounts({ domain, network, directory, back, clock, allowed }));
    const rooms = (this.#rooms = new Rooms({
      ...{ domain, store, fence, back, directory, accounts, outbox, requests },
      ...{ pacer, bulk, key, clock, log, send, newId, fault },
    }));
    const removed = (account: AccountId): void => rooms.removed(account);
    const shared = { domain, store, back, directory, accounts, contacts, announcer, serial, send, fault };
    this.#presences = new Presences({ ...shared, rosters, exchange, available });
    this.#sessions = new Sessions({ ...shared, pacer, presences: this.#presences });
    const look = (account: AccountId): Promise<void> => this.#sessions.look(account);
    const { allow } = options;
    this.#services = new Services({ ...shared, allow, presences: this.#presences, outbox, clock, look, removed });
    const commands = this.#commands();
    const inChat = (jid: string): Promise<readonly Command[]> => this.#offered(jid).catch(noneOffered);
    this.#bot = new ChatBot({ commands, offered: inChat, clock, words: failureText, fault });
    features.push(...this.#features(commands, () => features, newId, outbox));
    this.#router = new Router({ accounts, features, fault });
    this.#messages = new Messages({
      ...{ domain, store, directory, accounts, outbox, bot: this.#bot, back, send, newId },
      allowed: (jid) => this.#isAdmin(jid) || this.#services.allowed(jid),
      bounced: (...bounce) => lanes.bounced(...bounce),
    });
  }

  /** Takes up the rooms. */
  load(): Promise<void> {
    return this.#rooms.load();
  }

  #isAdmin(jid: string): boolean {
    return this.#options.admins?.includes(jid) ?? false;
  }

  #commands(): readonly Command[] {
    const { back, domain, network, lanes, store } = this.#options;
    const services = this.#services;
    return makeCommands({
      ...{ back, domain, network, directory: this.#directory, words: failureText },
      deliveries: deliveries(store, lanes),
      allowed: (jid) => services.allowed(jid),
      opened: (account) => services.opened(account),
      remove: (account) => services.remove(account),
      add: (account, found) => services.add(account, found),
      contacts: (account) => services.contacts(account),
      resolve: (account, query) => services.resolve(account, query),
      search: (account, query) => services.search(account, query),
      jidOf: (chat) => services.jidOf(chat),
      rooms: (account) => services.rooms(account),
      roomOf: (account, query) => services.roomOf(account, query),
      leaving: {
        of: (account) => this.#rooms.settings.leaves(account),
        set: (account, leaves) => this.#rooms.settings.setLeaves(account, leaves),
      },
      isAdmin: (jid) => this.#isAdmin(jid),
    });
  }

  #offered(jid: string): Promise<readonly Command[]> {
    const { back, network } = this.#options;
    return commandsOfNetwork({ back, directory: this.#directory, network }, jid);
  }

  #features(
    commands: readonly Command[],
    features: () => readonly Feature[],
    newId: () => string,
    outbox: Outbox,
  ): readonly Feature[] {
    const { back, clock, domain, network, send, store } = this.#options;
    const services = this.#services;
    const rooms = this.#rooms;
    const list = new RoomList({ domain, store, back, directory: this.#directory });
    const networkName = network.name;
    const jidOf = services.jidOf.bind(services);
    const login = commands.find(({ id }) => id === 'login');
    if (login === undefined) throw new Error('there is no login');
    return [
      disco({ network, features, rooms: (request) => list.items(request) }),
      caps,
      ping,
      version('Moongate', this.#options.version),
      messaging,
      register({
        ...{ domain, networkName, clock },
        login: (user) => login.run(user),
        allowed: (jid) => services.allowed(jid),
        remove: (account) => services.remove(account),
        handOver: (user, flow, giveUp, form) =>
          void this.#bot
            .take(user, flow, giveUp, form, (words) => this.#say(user.jid, newId(), words))
            .catch((error: unknown) => this.#fault(error)),
        tell: (user, words) => this.#say(user, newId(), words),
      }),
      adHoc({
        ...{ commands, clock, newId },
        offered: offered({ domain, store, back, rooms, gateway: (jid) => this.#offered(jid) }),
      }),
      gatewayPrompt({ networkName, prompt: network.prompt, resolve: services.resolve.bind(services), jidOf }),
      ...roomRequests({ domain, store, back, rooms, outbox, features, bulk: this.#bulk, send, newId }),
      search({ networkName, search: services.search.bind(services), jidOf }),
    ];
  }

  async stanza(stanza: Element): Promise<void> {
    const { from, to } = stanza.attrs;
    // A malformed address is answered below; one of another domain is not ours to answer for.
    const target = parseJid(to ?? '');
    if (target !== undefined && target.domain !== this.#options.domain) return;
    this.#hearLanguage(from ?? '', stanza.attrs['xml:lang']);
    try {
      if (stanza.is('iq')) {
        if (/^(result|error)$/.test(stanza.attrs['type'] ?? '')) return this.#requests.answered(stanza);
        if (isLogin(stanza)) this.#exchange.look(from ?? '');
        const answer = await this.#router.answer(stanza);
        if (answer) this.#options.send(answer);
      } else if (target !== undefined && isRoom(stanza))
        await (stanza.is('presence') ? this.#rooms.presence(stanza) : this.#rooms.message(stanza));
      else if (stanza.is('presence')) await this.#presences.take(stanza);
      else if (stanza.is('message') && !this.#rosters.heard(stanza)) await this.#messages.take(stanza);
    } catch (error) {
      this.#fault(error);
    }
  }

  async online(): Promise<void> {
    this.#rooms.online();
    this.#bulk.relieve();
    await this.#sessions.online();
  }
  offline(): void {
    this.#rooms.offline();
    this.#rosters.forget();
    this.#exchange.forget();
    this.#requests.close();
    this.#sessions.offline();
  }

  relieved(): void {
    this.#bulk.relieve();
  }

  view(account: AccountId): AccountView | undefined {
    const known = this.#directory.get(account);
    return known && { user: known.jid, lang: known.lang, can: known.status?.can };
  }

  inRoom(account: AccountId, body: InBody, entry: RoomEntry): readonly Element[] | undefined {
    const known = this.#directory.get(account);
    return known && this.#rooms.render(known, body, entry);
  }

  stopTaking(): void {
    this.#pacer.stop();
  }

  async stop(): Promise<void> {
    this.stopTaking();
    this.#services.close();
    this.#requests.close();
    this.#sessions.farewell();
    await Promise.all([this.#bot.close(), this.#rooms.stop()]);
  }

  wake(lane: LaneKey, entries: readonly Entry[]): void {
    const { lanes } = this.#options;
    const turn = `wake/${lane.account}`;
    if (this.#directory.get(lane.account) && this.#serial.idle(turn)) return lanes.wake(lane, entries);
    // An account that was opened a moment ago: its first message must find its user (R9), and none overtakes it.
    this.#do(() =>
      this.#serial.run(turn, async () => {
        if (this.#directory.get(lane.account) ?? (await this.#directory.refresh(lane.account)))
          lanes.wake(lane, entries);
      }),
    );
  }
  hint(account: AccountId, hint: Hint): void {
    if (hint.type === 'typing' && hint.chat.kind === 'group') return this.#rooms.hint(account, hint);
    if (hint.type === 'presence') this.#rooms.available(account, hint);
    this.#do(() => this.#sessions.hint(account, hint));
  }
  session(account: AccountId, status: SessionStatus): void {
    this.#do(async () => {
      await this.#sessions.changed(account, status);
      this.#accounts.session(account, status);
      this.#rooms.session(account, status);
    });
  }
  room(account: AccountId, room: ChatId): void {
    this.#rooms.room(account, room);
  }
  members(account: AccountId, room: ChatId, members: readonly Member[], complete: boolean): void {
    this.#rooms.members(account, room, members, complete);
  }
  moved(account: AccountId, from: ChatId, to: ChatId): void {
    this.#rooms.moved(account, from, to);
  }
  contact(account: AccountId, user: UserId): void {
    this.#do(() => this.#sessions.contact(account, user));
  }

  #do(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#fault(error));
  }

  #say(to: string, id: string, words: string): void {
    this.#options.send(
      x('message', { from: voiceOf(this.#options.domain), to, type: 'chat', id }, x('body', {}, words)),
    );
  }

  #hearLanguage(from: string, lang: string | undefined): void {
    const user = lang === undefined ? undefined : bareOf(from);
    const account = user === undefined ? undefined : this.#directory.of(user);
    if (account === undefined || lang === undefined || account.lang === lang) return;
    this.#directory.update(account.id, { lang });
    if (account.lang !== undefined && pick(account.lang) === pick(lang)) return;
    const { store, fence } = this.#options;
    this.#do(async () => void (await store.step({ fence, docs: [langDoc(account.id, lang)] })));
  }

  /** What a user is told of an error: its own words if it has any; else ours, with a reference to the log. */
  #fault(error: unknown): Failure {
    if (error instanceof LinkError) return error.failure;
    if (error instanceof StoreError && error.code === 'gone') return { code: 'closing' };
    // The process ends; what was still being said about sessions is said again after its start.
    if (error instanceof StoreError && error.code === 'closed') return { code: 'offline' };
    const reference = randomId(this.#random).slice(0, 8);
    this.#options.log.error({ error, reference, transport: this.#options.domain }, 'a stanza could not be handled');
    return error instanceof StoreError && error.code === 'full' ? { code: 'quota' } : { code: 'internal', reference };
  }
}

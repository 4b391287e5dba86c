// The rooms of a transport: what users and the network do in them, each room's affairs in order. Puts the parts together that say
// it (audience, joins, messages) and tells the lanes what their entries are to the devices in a room.
import type { Author, ChatId, Hint, Log, Member } from '../adapter/api.ts';
import type { Accounts } from '../account/accounts.ts';
import type { Directory, Registered } from '../account/directory.ts';
import type { Outbox } from '../account/outbox.ts';
import { Serial } from '../account/serial.ts';
import type { Clock } from '../clock.ts';
import { LinkError, type Back, type SessionStatus } from '../link.ts';
import type { ChatDocument, Failure, InBody } from '../message/entry.ts';
import type { Room } from '../room/room.ts';
import { Registry } from '../room/registry.ts';
import { AllSettings } from '../room/settings.ts';
import type { AccountId, Fence, Store } from '../store/api.ts';
import { chatJid, idOf, resolveLocal } from './address.ts';
import { Audience } from './audience.ts';
import type { Bulk } from './bulk.ts';
import { errorReply } from './error.ts';
import { NS_CHAT_STATES } from './feature/chat-state.ts';
import { noStore } from './feature/hint.ts';
import { configured, isGone, readJoin, type Ending } from './feature/muc.ts';
import { occupantId } from './feature/occupant-id.ts';
import { bareJid, parseJid, type Jid } from './jid.ts';
import { Joins, type ToRoom } from './joins.ts';
import type { Pacer } from './pacer.ts';
import type { Requests } from './requests.ts';
import { Comeback } from './room-comeback.ts';
import { Invitations } from './room-invitations.ts';
import { RoomLanes, type RoomEntry } from './room-lanes.ts';
import { RoomMessages } from './room-messages.ts';
import { roomJid } from './room-presence.ts';
import { x, type Element } from './stanza.ts';

export interface RoomsOptions {
  readonly domain: string;
  readonly store: Store;
  readonly fence: Fence;
  readonly back: Back;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly outbox: Outbox;
  readonly requests: Requests;
  readonly pacer: Pacer;
  readonly bulk: Bulk;
  /** Makes occupant-ids. */
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  readonly send: (stanza: Element) => void;
  readonly newId: () => string;
  readonly fault: (error: unknown) => Failure;
}

/** Stanzas to one room that wait for those before them. */
const MOST_WAITING = 200;
/** A subject that was set longer ago, while the network was away, is told with its time. Clocks differ a little. */
const NEWS_MS = 60_000;
export class Rooms {
  readonly registry: Registry;
  readonly settings: AllSettings;
  readonly #options: RoomsOptions;
  readonly #audience: Audience;
  readonly #joins: Joins;
  readonly #messages: RoomMessages;
  readonly #lanes: RoomLanes;
  readonly #comeback: Comeback;
  readonly #invitations: Invitations;
  readonly #serial = new Serial(MOST_WAITING);
  /** Rooms that are being destroyed. */
  readonly #ends = new Map<Room, Ending>();

  constructor(options: RoomsOptions) {
    this.#options = options;
    const { store, fence, directory } = options;
    this.registry = new Registry(options);
    this.settings = new AllSettings(store, fence);
    const shared = { ...options, registry: this.registry, settings: this.settings };
    this.#audience = new Audience(shared);
    this.#joins = new Joins({ ...shared, audience: this.#audience });
    this.#messages = new RoomMessages(shared);
    this.#lanes = new RoomLanes({ ...shared, audience: this.#audience });
    this.#invitations = new Invitations(shared);
    this.#comeback = new Comeback({
      ...{ ...shared, audience: this.#audience, directory },
      members: (room, can) => this.#joins.members(room, can),
    });
  }

  /** Takes up the rooms that devices were in. Before anything of the lanes is written. */
  load(): Promise<void> {
    return this.#comeback.load();
  }

  /** The stream is up: devices stay if it was not away for long, or are told that they are out. At once. */
  online(): void {
    this.#comeback.online();
    const accounts = [...this.#options.directory.all()];
    this.#do(async () => {
      for (const account of accounts)
        for await (const chat of this.#invitations.untold(account)) this.room(account.id, chat);
    });
  }

  offline(): void {
    this.#comeback.offline();
  }

  /** Keeps what is unwritten. */
  async stop(): Promise<void> {
    this.#audience.stop();
    await this.#comeback.stop();
  }

  /** The room is no more once its owner has left the group (10.9). */
  async destroy(room: Room, end: Ending, leave: () => Promise<void>): Promise<void> {
    this.#ends.set(room, end);
    try {
      await leave();
      this.#audience.expel(room, [...room.sessions.keys()], [], end);
    } finally {
      this.#ends.delete(room);
    }
  }

  /** The account is no more: nobody is in its rooms. */
  removed(account: AccountId): void {
    for (const room of [...this.registry.all()])
      if (room.account === account) this.#audience.expel(room, [...room.sessions.keys()], ['332']);
    this.registry.forget(account);
  }

  /** The stanzas of an entry of a group's lane; undefined where it is no affair of a room. */
  render(account: Registered, body: InBody, entry: RoomEntry): readonly Element[] | undefined {
    return this.#lanes.render(account, body, entry);
  }

  /** A presence to a room. */
  async presence(stanza: Element): Promise<void> {
    const { type } = stanza.attrs;
    if (type === 'error') return this.#bounced(stanza);
    const to = await this.#lookUp(stanza);
    if (to === undefined) return;
    if (type !== undefined && type !== 'unavailable') return; // nobody subscribes to a room
    const chain = nameOf(to.account.id, to.chat);
    if (this.#serial.full(chain)) return this.#send(errorReply(stanza, { code: 'quota' }));
    await this.#serial.run(chain, async () => {
      try {
        await (type === undefined ? this.#joins.come(to) : this.#joins.go(to));
      } catch (error) {
        const failure = error instanceof LinkError ? error.failure : this.#options.fault(error);
        this.#send(errorReply(stanza, failure));
      }
    });
  }

  /** A message to a room, or to somebody in it. */
  async message(stanza: Element): Promise<void> {
    if (stanza.attrs['type'] === 'error') return this.#bounced(stanza);
    const to = await this.#lookUp(stanza);
    if (to) await this.#messages.take(to);
  }

  /** The room's document was written. */
  room(account: AccountId, chat: ChatId): void {
    this.#in(account, chat, async () => {
      const room = await this.registry.open(account, chat);
      const before = await this.registry.refresh(room);
      this.#changed(room, before);
      await this.#invitations.invite(room);
    });
  }

  /** What the network says of members. */
  members(account: AccountId, chat: ChatId, members: readonly Member[], complete: boolean): void {
    const room = this.registry.get(account, chat);
    if (room && this.#serial.idle(`members/${nameOf(account, chat)}`)) return this.#update(room, members, complete);
    this.#do(() =>
      this.#serial.run(`members/${nameOf(account, chat)}`, async () =>
        this.#update(await this.registry.open(account, chat), members, complete),
      ),
    );
  }

  /** The group has a new id: its room is another one (10.9). */
  moved(account: AccountId, from: ChatId, to: ChatId): void {
    this.#in(account, from, async () => {
      const room = await this.registry.open(account, from);
      const { leave } = await this.settings.of(account, from);
      await this.settings.set(account, to, leave === undefined ? {} : { leave });
      const jid = chatJid({ kind: 'group', id: to }, this.#options.domain);
      this.#audience.expel(room, [...room.sessions.keys()], [], { jid });
      await this.registry.move(room, to);
      this.room(account, to);
    });
  }

  /** A session has changed its state: who is in its rooms can be asked for. */
  session(account: AccountId, status: SessionStatus): void {
    if (status.state !== 'online' || !status.can.includes('members')) return;
    for (const room of this.registry.all())
      if (room.account === account && room.sessions.size > 0) this.#do(() => this.#joins.members(room, true));
  }

  /** Somebody in a group types. */
  hint(account: AccountId, hint: Hint & { readonly type: 'typing' }): void {
    const room = this.registry.get(account, hint.chat.id as ChatId);
    const occupant = room?.of(hint.from);
    if (room === undefined || room.sessions.size === 0 || occupant === undefined) return;
    const state = x(hint.on ? 'composing' : 'paused', { xmlns: NS_CHAT_STATES });
    const from = `${roomJid(room, this.#options.domain)}/${occupant.nick}`;
    this.#audience.tell(room, x('message', { from, type: 'groupchat' }, state, noStore(), occupantId(occupant.id)));
  }

  /** Somebody has no time, or has some again: in each room of the account that he is in. */
  available(account: AccountId, { user, show, text: words }: Hint & { readonly type: 'presence' }): void {
    const now = show === 'away' || show === 'busy' ? { show, ...(words !== undefined && { text: words }) } : undefined;
    for (const room of this.registry.all())
      if (room.account === account && room.available(user, now)) this.#audience.show(room);
  }

  /** Whose room it is; answers where it is nobody's. */
  async #lookUp(stanza: Element): Promise<ToRoom | undefined> {
    const { accounts, store } = this.#options;
    const { from = '', to = '' } = stanza.attrs;
    const sender = parseJid(from);
    const target = parseJid(to);
    if (sender === undefined || target?.local === undefined) return undefined;
    const user = bareJid(sender);
    const id = idOf(target);
    const isAway = stanza.is('presence') && stanza.attrs['type'] !== undefined;
    const no = (failure: Failure): void =>
      isAway ? undefined : this.#send(errorReply(stanza, failure, stanza.attrs['xml:lang'] ?? account?.lang));
    let account = accounts.of(user, id);
    if (account === undefined && id !== undefined && readJoin(stanza)) {
      try {
        account = await accounts.take(user, id);
      } catch (error) {
        return void no(error instanceof LinkError ? error.failure : this.#options.fault(error));
      }
    }
    if (account === undefined) return void no({ code: 'not-registered' });
    if (account.state === 'closing') return void no({ code: 'closing' });
    const chat = await resolveLocal(store, account.id, target.local);
    if (chat?.kind !== 'group') return void no({ code: 'not-found' });
    return { stanza, account, chat: chat.id, device: from, nick: target.resource };
  }

  /** An error from a device: if nobody is there it is out of the room (333). */
  #bounced(stanza: Element): void {
    const { from = '', to = '' } = stanza.attrs;
    const [sender, target] = [parseJid(from), parseJid(to)];
    const room = sender && target && this.#roomOf(from, target);
    if (room === undefined) return;
    const conditions = stanza.getChild('error')?.getChildElements() ?? [];
    if (conditions.some((one) => isGone(one.getName()))) this.#audience.expel(room, [from], ['333']);
  }

  /** The room of that address that the device is in. */
  #roomOf(device: string, to: Jid): Room | undefined {
    const jid = bareJid(to);
    for (const room of this.registry.all())
      if (room.sessions.has(device) && roomJid(room, this.#options.domain) === jid) return room;
    return undefined;
  }

  #update(room: Room, members: readonly Member[], complete: boolean): void {
    const changed: readonly Author[] = room.update(members, complete);
    if (changed.length === 0 && !complete) return;
    this.registry.changed(room);
    this.#audience.show(room);
  }

  /** What the network says of the room itself is different. */
  #changed(room: Room, before: ChatDocument): void {
    const { joined, topic = '', topicAt = Infinity, name, open } = room.document;
    if (room.sessions.size === 0 || this.#audience.silent) return;
    if (before.joined === true && joined === false) return this.#out(room);
    if (topic !== (before.topic ?? '')) {
      const late = topicAt < this.#options.clock.now() - NEWS_MS;
      this.#audience.newSubject(room, this.#messages.setter(room, topic), late);
    }
    const codes = [...(before.open !== open ? ([open === true ? '173' : '172'] as const) : [])] as const;
    if (name === before.name && codes.length === 0) return;
    const from = roomJid(room, this.#options.domain);
    this.#audience.tell(
      room,
      x('message', { from, type: 'groupchat', id: this.#options.newId() }, configured('104', ...codes)),
    );
  }

  /** The account is in the group no more. */
  #out(room: Room): void {
    const instead = this.#ends.get(room);
    const codes = room.isPrivate && instead === undefined ? (['321'] as const) : [];
    this.#audience.expel(room, [...room.sessions.keys()], codes, instead);
  }

  /** In its turn among what is done in a room. */
  #in(account: AccountId, chat: ChatId, work: () => Promise<void>): void {
    this.#do(() => this.#serial.run(nameOf(account, chat), work));
  }

  #do(work: () => Promise<void>): void {
    work().catch((error: unknown) => void this.#options.fault(error));
  }

  #send(stanza: Element | undefined): void {
    if (stanza) this.#options.send(stanza);
  }
}

const nameOf = (account: AccountId, chat: ChatId): string => `${account}/${chat}`;

/** It concerns a room. */
export const isRoom = (stanza: Element): boolean => (stanza.attrs['to'] ?? '').startsWith('#');

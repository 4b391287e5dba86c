// Devices come into a room and leave it: presences to a room from users (XEP-0045, 7.2, 7.6, 7.14).
import type { ChatId, Show } from '../adapter/api.ts';
import type { Accounts } from '../account/accounts.ts';
import type { Registered } from '../account/directory.ts';
import { LinkError, type Back } from '../link.ts';
import type { Clock } from '../clock.ts';
import { sleep } from '../lane/land.ts';
import type { ArchivedBody, ErrorCode, Failure } from '../message/entry.ts';
import { historyRange, surplus, type HistoryWish } from '../room/history.ts';
import type { Registry } from '../room/registry.ts';
import type { Room } from '../room/room.ts';
import type { Session } from '../room/session.ts';
import type { AllSettings } from '../room/settings.ts';
import type { ArchivedRow, Store } from '../store/api.ts';
import type { Audience } from './audience.ts';
import type { Bulk } from './bulk.ts';
import { errorReply, refuse, type Refusal } from './error.ts';
import { configured, readJoin, type Join, type Status } from './feature/muc.ts';
import { renderRoom } from './render-room.ts';
import { farewell, roomJid } from './room-presence.ts';
import { addressed, serialize, x, type Element } from './stanza.ts';

export interface JoinsOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'archive'>;
  readonly back: Pick<Back, 'join' | 'leave' | 'members' | 'rename' | 'hint'>;
  readonly registry: Registry;
  readonly settings: AllSettings;
  readonly audience: Audience;
  readonly accounts: Pick<Accounts, 'ready'>;
  readonly bulk: Bulk;
  readonly clock: Clock;
  readonly send: (stanza: Element) => void;
  readonly newId: () => string;
  readonly fault: (error: unknown) => Failure;
}

/** A presence to a room, looked up. */
export interface ToRoom {
  readonly stanza: Element;
  readonly account: Registered;
  readonly chat: ChatId;
  /** The device's full JID. */
  readonly device: string;
  /** The nick that it is addressed to. */
  readonly nick: string | undefined;
}

/** How long a join waits for members of a room of which none are known. */
const MEMBERS_MS = 10_000;

/** What a network's refusal means for who wants to come in, where it is not what it means elsewhere (docs/adapter.md). */
const refusals: Partial<Readonly<Record<ErrorCode, Refusal>>> = {
  invalid: 'not-authorized',
  blocked: 'registration-required',
  unsupported: 'registration-required',
  'too-large': 'full',
};

/** The same for who wants another name. */
const renamings: Partial<Readonly<Record<ErrorCode, Refusal>>> = { blocked: 'conflict', unsupported: 'not-acceptable' };

export class Joins {
  readonly #options: JoinsOptions;
  /** Rooms whose members the network was asked for. */
  readonly #asked = new WeakSet<Room>();

  constructor(options: JoinsOptions) {
    this.#options = options;
  }

  /** Somebody comes, changes his nick or his mood. In the room's chain. */
  async come(to: ToRoom): Promise<void> {
    const { registry, back } = this.#options;
    const { stanza, account, chat, device, nick } = to;
    if (nick === undefined) return this.#send(refuse(stanza, 'jid-malformed', account.lang));
    const join = readJoin(stanza);
    if (join !== undefined) return this.#join(to, nick, join);
    const room = await registry.open(account.id, chat);
    if (!room.sessions.has(device)) return this.#ghost(room, to, nick);
    if (room.ownNick !== undefined && nick !== room.ownNick) return this.#rename(room, to, nick);
    const mood = stanza.getChildElements().filter((child) => /^(show|status|priority)$/.test(child.getName()));
    this.#options.audience.mood(room, () => mood);
    back.hint(account.id, { type: 'presence', ...moodOf(stanza) });
  }

  /** Somebody goes. */
  async go({ account, chat, device }: ToRoom): Promise<void> {
    const { audience, back, registry, settings, fault } = this.#options;
    const room = registry.get(account.id, chat);
    if (!room?.sessions.has(device)) return;
    audience.expel(room, [device], []);
    if (room.sessions.size > 0 || room.document.joined !== true) return;
    if (await settings.leaves(account.id, chat))
      back.leave(account.id, chat).catch((error: unknown) => void fault(error));
  }

  /** Asks the network who is in the room, unless it was asked before. */
  async members(room: Room, can: boolean): Promise<void> {
    if (!can || this.#asked.has(room)) return;
    this.#asked.add(room);
    try {
      await this.#options.back.members(room.account, room.chat);
    } catch (error) {
      this.#asked.delete(room);
      if (!(error instanceof LinkError)) throw error;
    }
  }

  /** He believes himself to be in the room (XEP-0045, 7.2.18): a presence that does not ask to come in is no join. */
  #ghost(room: Room, { device }: ToRoom, nick: string): void {
    this.#send(farewell({ nick }, { room, domain: this.#options.domain, to: device }, ['307', '333']));
  }

  /** He wants another nick (XEP-0045, 7.6): where the network has given him his name, it is asked for the other one. */
  async #rename(room: Room, to: ToRoom, nick: string): Promise<void> {
    const { stanza, account } = to;
    if (room.members.of(null)?.name !== undefined) {
      try {
        return await this.#options.back.rename(account.id, room.chat, nick);
      } catch (error) {
        const failure = error instanceof LinkError ? error.failure : this.#options.fault(error);
        return this.#refused(to, failure, renamings);
      }
    }
    if (room.members.own(nick) === undefined) return this.#send(refuse(stanza, 'conflict', account.lang));
    for (const session of room.sessions.values()) session.touch([null]);
    this.#options.registry.changed(room);
    this.#options.audience.show(room);
  }

  async #join(to: ToRoom, nick: string, join: Join): Promise<void> {
    const { account, chat, device, stanza } = to;
    const { registry, settings } = this.#options;
    const room = await registry.open(account.id, chat);
    const { name, open } = room.document;
    const failure = await this.#enterNetwork(room, account, join.password);
    if (failure !== undefined) return this.#refused(to, failure);
    await settings.set(account.id, chat, { told: true });
    await this.#people(room, account);
    if (room.members.own(nick) === undefined) return this.#send(refuse(stanza, 'conflict', account.lang));
    await registry.joined(room, device);
    // From here on nothing that is said escapes the device, and nothing is said to it before its turn.
    const session = room.enter(device);
    let rows: readonly ArchivedRow[];
    try {
      rows = await this.#history(room, join.history);
    } catch (error) {
      registry.left(room, [device]);
      throw error;
    }
    await this.#welcome(room, session, account, nick, rows, join.history.maxchars);
    if (room.sessions.get(device) !== session) return; // gone meanwhile
    if (name === room.document.name && open === room.document.open) return;
    // A device asks for these before it comes in, when the network had not told them yet.
    const from = roomJid(room, this.#options.domain);
    const id = this.#options.newId();
    this.#send(x('message', { from, to: device, type: 'groupchat', id }, configured('104')));
  }

  /** The account becomes a member, if it is none. */
  async #enterNetwork(room: Room, account: Registered, password: string | undefined): Promise<Failure | undefined> {
    if (room.document.joined === true) return undefined;
    const { accounts, back, registry, fault } = this.#options;
    await accounts.ready(account);
    try {
      await back.join(room.account, room.chat, password);
    } catch (error) {
      return error instanceof LinkError ? error.failure : fault(error);
    }
    this.#asked.add(room);
    await registry.refresh(room);
    return undefined;
  }

  #refused({ stanza, account }: ToRoom, failure: Failure, others = refusals): void {
    const other = others[failure.code];
    const lang = stanza.attrs['xml:lang'] ?? account.lang;
    this.#send(other ? refuse(stanza, other, lang, failure.detail) : errorReply(stanza, failure, lang));
  }

  /** Of a room whose members are not known they are waited for. */
  async #people(room: Room, account: Registered): Promise<void> {
    const told = this.members(room, account.status?.can.includes('members') === true);
    if (room.members.size > 1) return void told.catch((error: unknown) => this.#options.fault(error));
    const ended = new AbortController();
    await Promise.race([told, sleep(this.#options.clock, MEMBERS_MS, ended.signal)]);
    ended.abort();
  }

  async #history(room: Room, wish: HistoryWish): Promise<readonly ArchivedRow[]> {
    const { clock, store } = this.#options;
    const { limit, start } = historyRange(wish, clock.now());
    if (limit === 0) return [];
    const page = await store.archive({
      ...{ account: room.account, chat: room.number, limit, last: true },
      ...(start === undefined ? {} : { start }),
    });
    return page?.rows ?? [];
  }

  /** People, the device's own presence, history, subject, and what was said meanwhile: in this order (7.2). */
  async #welcome(
    room: Room,
    session: Session,
    account: Registered,
    nick: string,
    rows: readonly ArchivedRow[],
    maxchars: number | undefined,
  ): Promise<void> {
    const { audience, bulk, send } = this.#options;
    const write = (work: () => void): Promise<void> =>
      bulk.write(() => {
        if (room.sessions.get(session.jid) === session) work();
      });
    await write(() => {
      const codes: readonly (Status | false)[] = [room.isPrivate && '100', '170', nick !== room.ownNick && '210'];
      const statuses = codes.filter((code) => code !== false);
      audience.present(room, session, room.first(session), statuses);
    });
    const said = rows.flatMap((row) => {
      const message = this.#told(room, row, account);
      return message ? [{ id: row.id, message: addressed(message, session.jid) }] : [];
    });
    const sizes = maxchars === undefined ? [] : said.map(({ message }) => serialize(message).length);
    for (const { message } of said.slice(surplus(sizes, maxchars))) await write(() => send(message));
    await write(() => {
      audience.subject(room, session);
      session.open(rows.map(({ id }) => id));
      audience.show(room);
    });
  }

  /** A row of the archive, as history. */
  #told(room: Room, { body, id, at }: ArchivedRow, account: Registered): Element | undefined {
    return renderRoom(body as unknown as ArchivedBody, {
      ...{ room: roomJid(room, this.#options.domain), names: room, archived: id, at, late: true },
      ...{ lang: account.lang, can: account.status?.can },
    });
  }

  #send(stanza: Element | undefined): void {
    if (stanza) this.#options.send(stanza);
  }
}

/** Whether somebody has time, as networks know it. */
function moodOf(stanza: Element): { readonly show: Show; readonly text?: string } {
  const show = stanza.getChildText('show') ?? '';
  const text = stanza.getChildText('status') ?? '';
  const known = show === 'dnd' ? 'busy' : show === 'away' || show === 'xa' ? 'away' : 'online';
  return { show: known, ...(text !== '' && { text }) };
}

// A room as XMPP sees it: the group of one account, who is in it, and the devices that have joined it. No I/O: what is to be said
// comes back as values, and src/xmpp says it.
import type { Author, ChatId, Member } from '../adapter/api.ts';
import type { ChatDocument } from '../message/entry.ts';
import type { AccountId } from '../store/api.ts';
import { Members, type Availability, type Occupant, type Snapshot } from './members.ts';
import { Session, type Shown } from './session.ts';

/** Members that are shown before anything is said; the rest follows at a pace, or when they speak. */
export const FIRST = 100;
/** Those who spoke last are among the first. */
const TALKERS = 50;

export interface RoomOptions {
  readonly account: AccountId;
  readonly chat: ChatId;
  /** The chat's number in the store. */
  readonly number: number;
  readonly document: ChatDocument;
  /** The account's own ids on the network; its members may be named by them. */
  readonly self: () => readonly string[];
  /** What the account is called as long as the network and its user do not say. */
  readonly wish: string;
  /** The occupant-id of a user. */
  readonly id: (user: Author) => string;
}

/** Presences for one device. */
export interface ForSession {
  readonly session: Session;
  readonly shown: readonly Shown[];
}

export class Room {
  readonly account: AccountId;
  readonly chat: ChatId;
  readonly number: number;
  /** What the network says of the room. */
  document: ChatDocument;
  readonly members: Members;
  readonly sessions = new Map<string, Session>();
  readonly #options: RoomOptions;
  #talkers: Author[] = [];

  constructor(options: RoomOptions) {
    this.#options = options;
    this.account = options.account;
    this.chat = options.chat;
    this.number = options.number;
    this.document = options.document;
    this.members = new Members(options.id);
  }

  /** The account's own nick, once it has one. */
  get ownNick(): string | undefined {
    return this.members.of(null)?.nick;
  }

  /** Not everybody may come in: all see each other's addresses. */
  get isPrivate(): boolean {
    return this.document.open !== true;
  }

  /** Who bears the nick. */
  byNick(nick: string): Occupant | undefined {
    return this.members.byNick(nick);
  }

  /** Somebody in the room; an id of the account's own is the account. */
  of(user: Author): Occupant | undefined {
    return this.members.of(this.author(user));
  }

  /** The nick of whoever said something, also of one who is not there any more. `name`: what he was called then. */
  nickOf(user: Author, name?: string): string {
    return this.stranger(user, name).nick;
  }

  /** Somebody who speaks, whether or not he is there: nobody has his nick. */
  stranger(user: Author, name?: string): Occupant {
    const known = this.author(user);
    return (
      this.members.of(known) ??
      this.members.stranger(known, name ?? this.members.gone(known)?.name ?? known ?? this.#options.wish)
    );
  }

  /** The occupant-id (XEP-0421), of anybody. */
  idOf(user: Author): string {
    const known = this.author(user);
    return this.members.of(known)?.id ?? this.#options.id(known);
  }

  /** The account's own ids are null. */
  author(user: Author): Author {
    return user !== null && this.#options.self().includes(user) ? null : user;
  }

  /** What the network says of members. */
  update(members: readonly Member[], complete: boolean): readonly Author[] {
    const known = members.map((member) => ({ ...member, user: this.author(member.user) }));
    const changed = this.members.update(known, complete);
    for (const session of this.sessions.values()) {
      for (const { user, was } of known) if (was !== undefined) session.move(was, user);
      session.touch(changed);
    }
    return changed;
  }

  /** Somebody has no time, or has some again; true if that is news. */
  available(user: Author, now: Availability | undefined): boolean {
    const known = this.author(user);
    if (!this.members.available(known, now)) return false;
    for (const session of this.sessions.values()) session.touch([known]);
    return true;
  }

  restore(snapshot: Snapshot): void {
    this.members.restore(snapshot);
  }

  /** A device has come in, or comes in once more: it knows nobody. */
  enter(jid: string): Session {
    const session = new Session(jid, this.members);
    session.restart(this.sessions.get(jid));
    this.sessions.set(jid, session);
    return session;
  }

  /** A device was there before a restart. */
  resume(jid: string): Session {
    if (this.members.of(null) === undefined) this.members.own(this.#options.wish);
    const session = new Session(jid, this.members);
    session.resume();
    this.sessions.set(jid, session);
    return session;
  }

  leave(jid: string): Session | undefined {
    const session = this.sessions.get(jid);
    this.sessions.delete(jid);
    return session;
  }

  /** What a device is shown before anything else: moderators and talkers first, its own presence last. */
  first(session: Session): readonly Shown[] {
    const shown: Shown[] = [];
    const few = this.members.size <= FIRST;
    const moderators = [...this.members.all()].filter(({ role }) => /^(owner|admin|moderator)$/.test(role));
    for (const user of few ? [] : [...this.#talkers, ...moderators.map((one) => one.user)])
      if (shown.length < FIRST && user !== null) shown.push(...session.show(user));
    for (const { user } of this.members.all()) {
      if (shown.length >= FIRST && !few) break;
      if (user !== null) shown.push(...session.show(user));
    }
    return [...shown, ...session.show(null)];
  }

  /** Somebody speaks: each device that listens sees him first. */
  talks(user: Author): readonly ForSession[] {
    if (this.#talkers[0] !== user)
      this.#talkers = [user, ...this.#talkers.filter((one) => one !== user)].slice(0, TALKERS);
    return [...this.sessions.values()].map((session) => ({ session, shown: session.live ? session.show(user) : [] }));
  }

  /** What is due, a part of it for each device. */
  due(most: number): readonly ForSession[] {
    const due: ForSession[] = [];
    for (const session of this.sessions.values())
      if (session.live && !session.complete) due.push({ session, shown: session.take(most) });
    return due;
  }
}

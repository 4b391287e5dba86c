// Who is where, as one connection knows it: people by nick, channels by name. No I/O.
import type { Author, Chat, Member, StateEvent } from 'moongate/adapter';
import type { Names } from './names.ts';
import { ranked, roleOf, titlesOf } from './modes.ts';
import type { ModeTable } from './modes.ts';

/** Somebody who shares a channel with us, or has written. */
export interface Person {
  nick: string;
  host?: string;
  account?: string;
  away?: boolean;
  /** Of the network, as WHOIS told. */
  operator?: boolean;
  bot?: boolean;
  readonly in: Set<Channel>;
}

/** A channel that we are in, or are being let into. */
export class Channel {
  readonly name: string;
  readonly chat: Chat;
  /** Everybody in it, with the letters of his ranks. */
  readonly people = new Map<Person, string>();
  readonly modes = new Set<string>();
  key: string | undefined;
  topic = '';
  /** Who set the topic, and when, where that was told. */
  topicBy: Author | undefined;
  topicAt: number | undefined;
  /** All names were told. */
  complete = false;
  /** Names as they come, until the list ends. */
  naming: string[] = [];
  /** When we joined, to tell what came later from what lies before: the server's time or ours. */
  since = 0;

  constructor(name: string, chat: Chat) {
    this.name = name;
    this.chat = chat;
  }

  get moderated(): boolean {
    return this.modes.has('m');
  }

  /** The topic, and what is known of it. */
  get theme(): Pick<StateEvent & { readonly type: 'chat' }, 'topic' | 'topicBy' | 'topicAt'> {
    const { topic, topicBy, topicAt } = this;
    return { topic, ...(topicBy !== undefined && { topicBy }), ...(topicAt !== undefined && { topicAt }) };
  }
}

/** All of it. */
export class Channels {
  readonly #names: Names;
  readonly #isMe: (nick: string) => boolean;
  readonly #channels = new Map<string, Channel>();
  readonly #people = new Map<string, Person>();

  constructor(names: Names, isMe: (nick: string) => boolean) {
    this.#names = names;
    this.#isMe = isMe;
  }

  all(): IterableIterator<Channel> {
    return this.#channels.values();
  }

  get(name: string): Channel | undefined {
    return this.#channels.get(this.#names.fold(name));
  }

  person(nick: string): Person | undefined {
    return this.#people.get(this.#names.fold(nick));
  }

  /** We are in it now. */
  enter(name: string): Channel {
    this.leave(name);
    const channel = new Channel(name, this.#names.group(name));
    this.#channels.set(this.#names.fold(name), channel);
    return channel;
  }

  /** We are in it no more. */
  leave(name: string): void {
    const channel = this.get(name);
    if (channel === undefined) return;
    for (const person of [...channel.people.keys()]) this.remove(channel, person);
    this.#channels.delete(this.#names.fold(name));
  }

  /** Somebody came, or has other ranks. */
  put(channel: Channel, nick: string, ranks: string): Person {
    const folded = this.#names.fold(nick);
    let person = this.#people.get(folded);
    if (person === undefined) this.#people.set(folded, (person = { nick, in: new Set() }));
    person.nick = nick;
    person.in.add(channel);
    channel.people.set(person, ranks);
    return person;
  }

  /** Somebody is not in it any more. */
  remove(channel: Channel, person: Person): void {
    channel.people.delete(person);
    person.in.delete(channel);
    if (person.in.size === 0) this.#people.delete(this.#names.fold(person.nick));
  }

  rename(person: Person, nick: string): void {
    this.#people.delete(this.#names.fold(person.nick));
    person.nick = nick;
    this.#people.set(this.#names.fold(nick), person);
  }

  /** The names that were told are all that there are. With userhost-in-names an entry is `@nick!user@host`. */
  named(channel: Channel, table: ModeTable): void {
    const before = new Set(channel.people.keys());
    for (const entry of channel.naming) {
      const { nick: whole, ranks } = ranked(table, entry);
      const [nick = '', mask] = whole.split('!');
      if (nick === '') continue;
      const person = this.put(channel, nick, ranks);
      const host = mask?.split('@')[1];
      if (host !== undefined) person.host = host;
      before.delete(person);
    }
    channel.naming = [];
    channel.complete = true;
    for (const person of before) this.remove(channel, person);
  }

  member(channel: Channel, person: Person, ranks = channel.people.get(person) ?? ''): Member {
    const user = this.#isMe(person.nick) ? null : this.#names.user(person.nick);
    const { nick: name, bot = false, operator = false } = person;
    const titles = [...(bot ? ['bot'] : []), ...(operator ? ['IRC operator'] : []), ...titlesOf(ranks)];
    return { user, name, role: roleOf(ranks, channel.moderated), titles };
  }

  members(channel: Channel): readonly Member[] {
    return [...channel.people.keys()].map((person) => this.member(channel, person));
  }
}

// Who is in which channel, with what rank, under what nick: what the server tells of it, kept and committed.
import type { Author, Chat, Hint, LogEvent, Member } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import { Channels } from './channels.ts';
import type { Channel, Person } from './channels.ts';
import { MARKUP, plain } from './format.ts';
import type { Journal } from './journal.ts';
import type { Link } from './link.ts';
import { isRank, modeChanges } from './modes.ts';
import type { ModeChange } from './modes.ts';
import type { Names } from './names.ts';
import type { Partners } from './partners.ts';
import { isServer } from './said.ts';
import type { Reading } from './said.ts';
import type { Wanted } from './wanted.ts';

/** What happened to servers and not to people: `one.example two.example`, as the reason of a QUIT. */
const SPLIT = /^\S+\.\S+ \S+\.\S+$/;

export interface WhereaboutsOptions {
  readonly link: Link;
  readonly names: Names;
  readonly journal: Journal;
  readonly wanted: Wanted;
  readonly reading: Reading;
  readonly partners: Partners;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly hint: (hint: Hint) => void;
  /** Commits what was said, in its order. */
  readonly log: (event: LogEvent) => void;
  readonly author: (message: Message) => Author;
}

export class Whereabouts {
  readonly channels: Channels;
  readonly #options: WhereaboutsOptions;

  constructor(options: WhereaboutsOptions) {
    this.#options = options;
    this.channels = new Channels(options.names, (nick) => options.link.isMe(nick));
  }

  joined(message: Message, name: string): void {
    const { link, wanted } = this.#options;
    if (link.isMe(message.nick)) {
      this.channels.enter(name).since = this.#options.reading.at(message);
      wanted.add(name);
      if (link.has('draft/chathistory')) wanted.begin(name, this.#options.reading.at(message));
      return;
    }
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    const person = this.channels.put(channel, message.nick, '');
    const account = message.params[1];
    if (message.hostname !== '') person.host = message.hostname;
    if (account !== undefined && account !== '*') person.account = account;
    if (channel.complete) this.#tellMembers(channel, [this.channels.member(channel, person)]);
  }

  gone(nick: string, name: string, why: { readonly reason: string; readonly by?: Author }): void {
    const { link, wanted, journal } = this.#options;
    const channel = this.channels.get(name);
    const person = this.channels.person(nick);
    if (channel === undefined || person === undefined) return;
    this.#tellMembers(channel, [left(this.channels.member(channel, person), why)]);
    if (!link.isMe(nick)) return this.channels.remove(channel, person);
    this.channels.leave(name);
    wanted.delete(name);
    journal.add({ type: 'chat', chat: channel.chat, joined: false });
  }

  quit(nick: string, reason: string): void {
    const person = this.channels.person(nick);
    if (person === undefined) return;
    if (SPLIT.test(reason)) this.#options.journal.hold();
    for (const channel of [...person.in]) {
      this.#tellMembers(channel, [left(this.channels.member(channel, person), { reason })]);
      this.channels.remove(channel, person);
    }
    this.#options.hint({ type: 'presence', user: this.#options.names.user(nick), show: 'offline' });
    this.#regain(nick);
  }

  renamed(message: Message, now: string): void {
    const { link, names } = this.#options;
    const before = message.nick;
    const person = this.channels.person(before);
    const mine = link.isMe(before);
    const were = [...(person?.in ?? [])].map((channel) => [channel, this.#member(channel, person)] as const);
    if (person !== undefined) this.channels.rename(person, now);
    const sameId = mine || names.same(before, now);
    if (!sameId) this.#parted(message, before, now);
    for (const [channel, was] of were) {
      if (was === undefined || person === undefined) continue;
      const is: Member = mine ? { ...was, name: now } : this.channels.member(channel, person);
      this.#tellMembers(channel, [sameId ? is : { ...is, was: names.user(before) }]);
    }
    if (!mine) this.#regain(before);
  }

  /** Whom the user has spoken with in private is not followed, since his old nick may be anybody's: the user is told where he went. */
  #parted(message: Message, before: string, now: string): void {
    const { names, partners, reading, now: clock } = this.#options;
    if (!partners.renamed(names.fold(before), names.fold(now), now, clock())) return;
    const text = `/me is called ${now} from now on. What you write here goes to whoever takes the nick ${before} next.`;
    const said = { key: reading.key(message), at: reading.at(message), chat: names.direct(before) };
    this.#options.log({
      ...said,
      type: 'message',
      from: names.user(before),
      name: before,
      content: { text, notice: true },
    });
  }

  /** The nick that the user wanted is free again. */
  #regain(freed: string): void {
    const { link, names, wanted } = this.#options;
    const { nick } = wanted;
    if (names.same(freed, nick) && !link.isMe(nick)) link.write('NICK', [nick]);
  }

  modes(message: Message): void {
    const { link } = this.#options;
    const [name = '', letters = '', ...params] = message.params;
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    const changes = modeChanges(link.modes, letters, params);
    const by = this.#options.author(message);
    const wasModerated = channel.moderated;
    const changed = new Set<Person>();
    for (const change of changes) {
      const person = this.#mode(channel, change);
      if (person !== undefined) changed.add(person);
    }
    const all = channel.moderated !== wasModerated ? [...channel.people.keys()] : [...changed];
    this.#tellMembers(
      channel,
      all.map((person) => ({ ...this.channels.member(channel, person), ...(changed.has(person) && { by }) })),
    );
    this.#tellModes(channel, changes, message, by);
  }

  /** Applies one change; answers whose rank it was. */
  #mode(channel: Channel, { add, mode, param = '' }: ModeChange): Person | undefined {
    const { link, wanted } = this.#options;
    if (!isRank(link.modes, mode)) {
      if (link.modes.kinds[0].includes(mode)) return undefined;
      if (add) channel.modes.add(mode);
      else channel.modes.delete(mode);
      if (mode === 'k') wanted.add(channel.name, add ? param : undefined);
      return undefined;
    }
    const person = this.channels.person(param);
    const ranks = person && channel.people.get(person);
    if (person === undefined || ranks === undefined) return undefined;
    const order = link.modes.prefixes
      .map((one) => one.mode)
      .filter((one) => (one === mode ? add : ranks.includes(one)));
    channel.people.set(person, order.join(''));
    return person;
  }

  /** What applies to the whole channel is told in it, and what follows from it. */
  #tellModes(channel: Channel, changes: readonly ModeChange[], message: Message, by: Author): void {
    const { link, journal } = this.#options;
    const general = changes.filter(({ mode }) => !isRank(link.modes, mode));
    if (general.length === 0 || !channel.complete) return;
    if (general.some(({ mode }) => 'ic'.includes(mode))) journal.add(this.#chat(channel));
    const text = general
      .map(
        ({ add, mode, param = '' }) =>
          `${add ? '+' : '-'}${mode}${param === '' ? '' : mode === 'k' ? ' (a key)' : ` ${param}`}`,
      )
      .join(', ');
    const said = {
      key: this.#options.reading.key(message),
      at: this.#options.reading.at(message),
      chat: channel.chat,
      from: by,
    };
    const name = isServer(message) ? message.prefix : message.nick;
    this.#options.log({ ...said, type: 'message', name, content: { text: `/me sets mode ${text}`, notice: true } });
  }

  topic(name: string, text: string, message: Message): void {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    channel.topic = plain(text);
    channel.topicBy = isServer(message) ? undefined : this.#options.author(message);
    channel.topicAt = this.#options.reading.at(message);
    this.#options.journal.add({ type: 'chat', chat: channel.chat, ...channel.theme });
  }

  /** Who has set the topic that was told on entering (333): `nick` or `nick!user@host`, and seconds since 1970. */
  topicSet(name: string, mask: string, seconds: string): void {
    const { link, names } = this.#options;
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    const nick = mask.split('!')[0] ?? '';
    channel.topicBy = nick === '' || nick.includes('.') ? undefined : link.isMe(nick) ? null : names.user(nick);
    channel.topicAt = /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
  }

  /** Something more is known of somebody. */
  known(nick: string, what: Pick<Person, 'bot' | 'operator'>): void {
    const person = this.channels.person(nick);
    if (person === undefined || Object.entries(what).every(([key, is]) => person[key as keyof typeof what] === is))
      return;
    Object.assign(person, what);
    for (const channel of person.in) this.#tellMembers(channel, [this.channels.member(channel, person)]);
  }

  away(nick: string, words: string): void {
    const user = this.#options.names.user(nick);
    const person = this.channels.person(nick);
    if (person !== undefined) person.away = words !== '';
    if (this.#options.link.isMe(nick)) return;
    const text = plain(words);
    this.#options.hint({
      type: 'presence',
      user,
      show: words === '' ? 'online' : 'away',
      ...(text !== '' && { text }),
    });
  }

  person({ command, nick, params }: Message): void {
    const person = this.channels.person(nick);
    const [first = '', second = ''] = params;
    if (person === undefined) return;
    if (command === 'CHGHOST') person.host = second;
    else if (first === '*') delete person.account;
    else person.account = first;
  }

  learnModes(name: string, letters: string, params: readonly string[]): void {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    for (const change of modeChanges(this.#options.link.modes, letters, params)) this.#mode(channel, change);
    if (channel.moderated) this.#tellMembers(channel, this.channels.members(channel));
    if (channel.modes.has('i') || channel.modes.has('c')) this.#options.journal.add(this.#chat(channel));
  }

  /** All names of a channel were told: from now on we are in it. */
  named(name: string): void {
    const { link, journal } = this.#options;
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    const isNew = !channel.complete;
    this.channels.named(channel, link.modes);
    if (isNew) journal.add({ ...this.#chat(channel), joined: true, ...channel.theme });
    journal.members(channel.chat, this.channels.members(channel), true);
    if (isNew) link.writeAtLeisure('MODE', [channel.name]);
  }

  #chat(channel: Channel): {
    type: 'chat';
    chat: Chat;
    name: string;
    open: boolean;
    limits: { markup: typeof MARKUP };
  } {
    const limits = { markup: channel.modes.has('c') ? [] : MARKUP };
    return { type: 'chat', chat: channel.chat, name: channel.name, open: !channel.modes.has('i'), limits };
  }

  #member(channel: Channel, person: Person | undefined): Member | undefined {
    return person && this.channels.member(channel, person);
  }

  #tellMembers(channel: Channel, members: readonly Member[]): void {
    if (channel.complete && members.length > 0) this.#options.journal.members(channel.chat, members);
  }
}

function left(
  { titles: _unworn, ...member }: Member,
  { reason, by }: { readonly reason: string; readonly by?: Author },
): Member {
  const why = plain(reason);
  return { ...member, role: 'none', ...(why !== '' && { reason: why }), ...(by !== undefined && { by }) };
}

// What the server tells, in its order, as events of the contract: who is where, what is said, what is changed.
import type { Author, Chat, Hint, LogEvent, Member } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import { Channels } from './channels.ts';
import type { Channel, Person } from './channels.ts';
import { answerTo, ctcpOf } from './ctcp.ts';
import type { Environment } from './environment.ts';
import { MARKUP, plain } from './format.ts';
import type { Journal } from './journal.ts';
import type { Batch, Ear, Link } from './link.ts';
import { isRank, modeChanges } from './modes.ts';
import type { ModeChange } from './modes.ts';
import type { Names } from './names.ts';
import { isTold, onceKey } from './numerics.ts';
import { isServer, messageEvent, placeOf, Reactions } from './said.ts';
import type { Reading } from './said.ts';
import type { Wanted } from './wanted.ts';

/** What happened to servers and not to people: `one.example two.example`, as the reason of a QUIT. */
const SPLIT = /^\S+\.\S+ \S+\.\S+$/;
/** Questions by CTCP that are answered within a while. */
const CTCP_ANSWERS = 3;
const CTCP_PAUSE_MS = 10_000;

export interface FeedOptions {
  readonly link: Link;
  readonly names: Names;
  readonly journal: Journal;
  readonly wanted: Wanted;
  readonly env: Environment;
  /** The nick that the user asked for. */
  readonly nick: string;
  readonly hint: (hint: Hint) => void;
  readonly over: Ear['over'];
}

export class Feed implements Ear {
  readonly channels: Channels;
  readonly reactions = new Reactions();
  readonly reading: Reading;
  readonly #options: FeedOptions;
  /** What is said in a channel whose gap is being filled waits for that. */
  readonly #held = new Map<string, LogEvent[]>();
  readonly #motd: string[] = [];
  #count = 0;
  #asked = { since: 0, count: 0 };

  constructor(options: FeedOptions) {
    const { link, names, env } = options;
    this.#options = options;
    this.channels = new Channels(names, (nick) => link.isMe(nick));
    this.reading = {
      names,
      isMe: (nick) => link.isMe(nick),
      get nick() {
        return link.nick;
      },
      get statusSigns() {
        const signs = link.supports('STATUSMSG');
        return Array.isArray(signs) ? signs.join('') : '';
      },
      key: ({ tags }) => {
        const id = tags['msgid'] ?? '';
        this.#count += 1;
        return id === '' ? `${link.epoch}/${this.#count}` : `msgid/${id}`;
      },
      at: ({ tags }) => Date.parse(tags['time'] ?? '') || env.now(),
    };
  }

  over(...why: Parameters<Ear['over']>): void {
    this.#options.over(...why);
  }

  batch({ type, messages }: Batch, claimed: boolean): void {
    if (type === 'chathistory') {
      if (!claimed) for (const message of messages) this.#history(message);
      return;
    }
    for (const message of messages) this.message(message, false);
  }

  message(message: Message, claimed: boolean): void {
    const [first = '', second = '', third = ''] = message.params;
    switch (message.command) {
      case 'PRIVMSG':
      case 'NOTICE':
        return claimed ? undefined : this.#said(message);
      case 'TAGMSG':
        return claimed ? undefined : this.#tags(message);
      case 'REDACT':
        return claimed ? undefined : this.#redacted(message);
      case 'JOIN':
        return this.#joined(message, first);
      case 'PART':
        return this.#gone(message.nick, first, { reason: second });
      case 'KICK':
        return this.#gone(second, first, { reason: third, by: this.#author(message) });
      case 'QUIT':
        return this.#quit(message.nick, first);
      case 'NICK':
        return this.#renamed(message.nick, first);
      case 'MODE':
        return this.#modes(message);
      case 'TOPIC':
        return this.#topic(first, second, message);
      case 'INVITE':
        return this.#invited(message);
      case 'AWAY':
        return this.#away(message.nick, first);
      case 'ACCOUNT':
      case 'CHGHOST':
        return this.#person(message);
      default:
        return this.#numeric(message, claimed);
    }
  }

  /** Something that concerns the account's user alone, told once for each key. */
  tell(key: string, text: string): void {
    this.#options.journal.add({ type: 'notice', key, at: this.#options.env.now(), text });
  }

  /** What is said in this chat waits from now on. */
  hold(chat: Chat): void {
    this.#held.set(chat.id, []);
  }

  /** What was missed goes first, then what came meanwhile. */
  release(chat: Chat, missed: readonly LogEvent[]): void {
    const waiting = this.#held.get(chat.id) ?? [];
    this.#held.delete(chat.id);
    for (const event of [...missed, ...waiting]) this.#log(event);
  }

  /** The account itself as author, or another. */
  #author(message: Message): Author {
    if (isServer(message)) return this.#options.names.serverChat.id;
    return this.#options.link.isMe(message.nick) ? null : this.#options.names.user(message.nick);
  }

  #log(event: LogEvent): void {
    const held = 'chat' in event && event.chat !== undefined ? this.#held.get(event.chat.id) : undefined;
    if (held !== undefined) return void held.push(event);
    this.#options.journal.add(event);
    if (event.type === 'message' && this.#options.link.has('draft/chathistory'))
      this.#options.wanted.mark(event.chat, event.at, event.id);
  }

  #said(message: Message): void {
    if (isServer(message)) return this.#serverSaid(message, message.params.at(-1) ?? '');
    const asked = ctcpOf(message.params[1] ?? '');
    if (asked !== undefined && message.command === 'PRIVMSG' && !this.#options.link.isMe(message.nick))
      this.#answer(message.nick, asked.command, asked.rest);
    const event = messageEvent(this.reading, message);
    if (event !== undefined) this.#log(event);
  }

  #history(message: Message): void {
    const isMessage = message.command === 'PRIVMSG' || message.command === 'NOTICE';
    const event = isMessage && !isServer(message) ? messageEvent(this.reading, message, true) : undefined;
    if (event !== undefined) this.#log(event);
  }

  #answer(nick: string, command: string, rest: string): void {
    const now = this.#options.env.monotonic();
    if (now - this.#asked.since > CTCP_PAUSE_MS) this.#asked = { since: now, count: 0 };
    const answer = answerTo(command, rest, this.#options.env.now());
    if (answer === undefined || (this.#asked.count += 1) > CTCP_ANSWERS) return;
    this.#options.link.write('NOTICE', [nick, answer]);
  }

  #tags(message: Message): void {
    const { tags } = message;
    const { chat, from, name } = placeOf(this.reading, message);
    const typing = tags['+typing'];
    if (typing !== undefined && from !== null)
      this.#options.hint({ type: 'typing', chat, from, on: typing === 'active' });
    const target = tags['+draft/reply'] ?? tags['+reply'] ?? '';
    const [added, removed] = [tags['+draft/react'] ?? '', tags['+draft/unreact'] ?? ''];
    const emoji = added === '' ? removed : added;
    if (target === '' || emoji === '') return;
    const emojis = this.reactions.change(chat, target, from, emoji, added !== '');
    const [key, at] = [this.reading.key(message), this.reading.at(message)];
    this.#log({ type: 'react', key, chat, from, name, at, target, emojis });
  }

  #redacted(message: Message): void {
    const { chat, from } = placeOf(this.reading, message);
    const [key, at, target = ''] = [this.reading.key(message), this.reading.at(message), message.params[1]];
    if (target !== '') this.#log({ type: 'retract', key, chat, from, at, target });
  }

  #joined(message: Message, name: string): void {
    const { link, wanted, names } = this.#options;
    if (link.isMe(message.nick)) {
      this.channels.enter(name).since = this.reading.at(message);
      wanted.add(names.fold(name), name);
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

  #gone(nick: string, name: string, why: { readonly reason: string; readonly by?: Author }): void {
    const { link, wanted, names, journal } = this.#options;
    const channel = this.channels.get(name);
    const person = this.channels.person(nick);
    if (channel === undefined || person === undefined) return;
    this.#tellMembers(channel, [left(this.channels.member(channel, person), why)]);
    if (!link.isMe(nick)) return this.channels.remove(channel, person);
    this.channels.leave(name);
    wanted.delete(names.fold(name));
    journal.add({ type: 'chat', chat: channel.chat, joined: false });
  }

  #quit(nick: string, reason: string): void {
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

  #renamed(before: string, now: string): void {
    const { link, names, journal } = this.#options;
    const person = this.channels.person(before);
    const mine = link.isMe(before);
    const were = [...(person?.in ?? [])].map((channel) => [channel, this.#member(channel, person)] as const);
    if (person !== undefined) this.channels.rename(person, now);
    const sameId = mine || names.same(before, now);
    if (!sameId) journal.add({ type: 'moved', from: names.direct(before), to: names.direct(now) });
    for (const [channel, was] of were) {
      if (was === undefined || person === undefined) continue;
      const is: Member = mine ? { ...was, name: now } : this.channels.member(channel, person);
      const gone: Member[] = sameId ? [] : [{ ...was, role: 'none', reason: `is now known as ${now}` }];
      this.#tellMembers(channel, [...gone, is]);
    }
    if (!mine) this.#regain(before);
  }

  /** The nick that the user wanted is free again. */
  #regain(freed: string): void {
    const { link, names, nick } = this.#options;
    if (names.same(freed, nick) && !link.isMe(nick)) link.write('NICK', [nick]);
  }

  #modes(message: Message): void {
    const { link } = this.#options;
    const [name = '', letters = '', ...params] = message.params;
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    const changes = modeChanges(link.modes, letters, params);
    const by = this.#author(message);
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
    const { link, wanted, names } = this.#options;
    if (!isRank(link.modes, mode)) {
      if (link.modes.kinds[0].includes(mode)) return undefined;
      if (add) channel.modes.add(mode);
      else channel.modes.delete(mode);
      if (mode === 'k') wanted.add(names.fold(channel.name), channel.name, add ? param : undefined);
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
    const said = { key: this.reading.key(message), at: this.reading.at(message), chat: channel.chat, from: by };
    const name = isServer(message) ? message.prefix : message.nick;
    this.#log({ ...said, type: 'message', name, content: { text: `/me sets mode ${text}`, notice: true } });
  }

  #topic(name: string, text: string, message: Message): void {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    channel.topic = plain(text);
    const { chat } = channel;
    this.#options.journal.add({ type: 'chat', chat, topic: channel.topic });
    const said = { key: this.reading.key(message), at: this.reading.at(message), chat, from: this.#author(message) };
    const words = channel.topic === '' ? '/me removes the topic' : `/me sets the topic: ${channel.topic}`;
    const shownBy = isServer(message) ? message.prefix : message.nick;
    this.#log({ ...said, type: 'message', name: shownBy, content: { text: words, notice: true } });
  }

  #invited(message: Message): void {
    const { names, link, journal } = this.#options;
    const [nick = '', channel = ''] = message.params;
    if (!link.isMe(nick) || isServer(message)) return;
    journal.add({ type: 'chat', chat: names.group(channel), name: channel, invitedBy: names.user(message.nick) });
  }

  #away(nick: string, words: string): void {
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

  #person({ command, nick, params }: Message): void {
    const person = this.channels.person(nick);
    const [first = '', second = ''] = params;
    if (person === undefined) return;
    if (command === 'CHGHOST') person.host = second;
    else if (first === '*') delete person.account;
    else person.account = first;
  }

  #numeric(message: Message, claimed: boolean): void {
    const [, second = '', third = '', fourth = ''] = message.params;
    const words = message.params.at(-1) ?? '';
    switch (message.command) {
      case '301':
        return this.#away(second, words);
      case '324':
        return this.#learnModes(second, third, message.params.slice(3));
      case '331':
      case '332': {
        const channel = this.channels.get(second);
        if (channel !== undefined) channel.topic = message.command === '332' ? plain(third) : '';
        return;
      }
      case '353':
        return void this.channels.get(third)?.naming.push(...fourth.split(' '));
      case '366':
        return this.#named(second);
      case '372':
        return void this.#motd.push(plain(words));
      case '376':
        return this.#motdEnds();
      default:
        if (!claimed && isTold(message.command)) this.#serverSaid(message, message.params.slice(1).join(' '));
    }
  }

  #learnModes(name: string, letters: string, params: readonly string[]): void {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    for (const change of modeChanges(this.#options.link.modes, letters, params)) this.#mode(channel, change);
    if (channel.moderated) this.#tellMembers(channel, this.channels.members(channel));
    if (channel.modes.has('i') || channel.modes.has('c')) this.#options.journal.add(this.#chat(channel));
  }

  /** All names of a channel were told: from now on we are in it. */
  #named(name: string): void {
    const { link, journal } = this.#options;
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    const isNew = !channel.complete;
    this.channels.named(channel, link.modes);
    if (isNew) journal.add({ ...this.#chat(channel), joined: true, topic: channel.topic });
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

  #motdEnds(): void {
    const text = this.#motd.splice(0).join('\n');
    if (text.trim() !== '') this.#inServerChat(onceKey('motd', text), this.#options.env.now(), text);
  }

  #serverSaid(message: Message, words: string): void {
    const text = plain(words).trim();
    if (text !== '') this.#inServerChat(this.reading.key(message), this.reading.at(message), text);
  }

  #inServerChat(key: string, at: number, text: string): void {
    const chat = this.#options.names.serverChat;
    this.#log({ type: 'message', key, chat, from: chat.id, at, content: { text, notice: true } });
  }
}

function left(member: Member, { reason, by }: { readonly reason: string; readonly by?: Author }): Member {
  const why = plain(reason);
  return { ...member, role: 'none', ...(why !== '' && { reason: why }), ...(by !== undefined && { by }) };
}

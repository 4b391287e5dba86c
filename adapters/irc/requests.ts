// What a user asks for besides messages: channels, ranks, topics, who somebody is. Each waits for the server's answer.
import { AdapterError } from 'moongate/adapter';
import type { Chat, ChatId, Member, Rejection, Role, UserId } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import type { Feed } from './feed.ts';
import type { Journal } from './journal.ts';
import { line } from './line.ts';
import type { Link } from './link.ts';
import { isMask, maskFor, matches, wholeMask } from './masks.ts';
import { changesFor } from './modes.ts';
import type { Names } from './names.ts';
import { failureOf, isRefusal, refusalOf } from './numerics.ts';
import type { Wanted } from './wanted.ts';

export interface RequestsOptions {
  readonly link: Link;
  readonly names: Names;
  readonly feed: Feed;
  readonly journal: Journal;
  readonly wanted: Wanted;
  readonly answerMs: number;
}

const FORWARDED = '470'; // ERR_LINKCHANNEL

export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Resolves once the channel's members are committed; rejects as the server refuses. */
  async join(id: ChatId, key?: string): Promise<void> {
    const { names, feed, journal, wanted } = this.#options;
    const chat: Chat = { kind: 'group', id };
    names.spell(chat);
    const name = this.#channel(id);
    const there = feed.channels.get(name);
    if (there?.complete) {
      journal.add({ type: 'chat', chat: there.chat, name: there.name, ...there.theme, joined: true });
      journal.members(there.chat, feed.channels.members(there), true);
      return journal.flushed();
    }
    await this.#enter(
      name,
      [line('JOIN', key === undefined || key === '' ? [name] : [name, key])],
      this.#options.answerMs,
    );
    if (key !== undefined && key !== '') wanted.add(name, key);
    await journal.flushed();
  }

  /** Waits for what the server makes of a JOIN that was, or is here, written. */
  async #enter(name: string, lines: readonly string[], withinMs: number): Promise<void> {
    const { link, names } = this.#options;
    await link.talk<void>({
      lines,
      withinMs,
      claim: (message) => {
        const [, second = '', third = ''] = message.params;
        if (!names.same(second, name)) return undefined;
        if (message.command === '366') return { is: undefined };
        if (message.command === FORWARDED)
          throw new AdapterError(
            { code: 'rejected', reason: 'not-found' },
            `This channel leads on to ${third}: join that one.`,
          );
        if (isRefusal(message)) throw joinRefusal(message);
        return undefined;
      },
    });
  }

  /** Joins what the user had joined, as few lines as hold it; each resolves or is told. */
  rejoin(told: (name: string, error: unknown) => void): Map<string, Promise<void>> {
    const { link, names, wanted, answerMs } = this.#options;
    const joining = new Map<string, Promise<void>>();
    const channels = wanted.all().toSorted((one, two) => Number(two.key !== undefined) - Number(one.key !== undefined));
    for (const group of grouped(channels)) {
      for (const { name } of group) {
        // The answers may wait behind the server's own patience.
        const entered = this.#enter(name, [], answerMs * 4).catch((error: unknown) => told(name, error));
        joining.set(names.fold(name), entered);
      }
      const keys = group.flatMap(({ key }) => (key === undefined ? [] : [key]));
      link.write('JOIN', [group.map(({ name }) => name).join(','), ...(keys.length > 0 ? [keys.join(',')] : [])]);
    }
    return joining;
  }

  async leave(id: ChatId): Promise<void> {
    const { feed, journal, wanted } = this.#options;
    const name = this.#channel(id);
    wanted.delete(name);
    if (feed.channels.get(name) !== undefined) await this.#order('PART', [name], name);
    await journal.flushed();
  }

  async describe(id: ChatId, { name, topic }: { readonly name?: string; readonly topic?: string }): Promise<void> {
    if (name !== undefined)
      throw new AdapterError({ code: 'rejected', reason: 'unsupported' }, 'A channel on IRC cannot be renamed.');
    const channel = this.#channel(id);
    if (topic !== undefined) await this.#order('TOPIC', [channel, topic.replace(/\s*\n\s*/g, ' ')], channel);
  }

  async invite(id: ChatId, user: UserId): Promise<void> {
    const channel = this.#channel(id);
    const nick = this.#options.names.nick(user);
    await this.#order('INVITE', [nick, channel], channel, nick);
  }

  /** 'none' kicks, or lifts a ban; 'banned' bans by mask and kicks; the others are ranks. */
  async setRole(id: ChatId, user: UserId, role: Role, reason = ''): Promise<void> {
    const { names, feed, link } = this.#options;
    const name = this.#channel(id);
    const nick = names.nick(user);
    const channel = feed.channels.get(name);
    const person = isMask(nick) ? undefined : feed.channels.person(nick);
    const ranks = channel && person && channel.people.get(person);
    if (role === 'banned') return this.ban(id, nick, reason);
    if (ranks === undefined || channel === undefined) {
      if (role === 'none' || role === 'member') return this.unban(id, nick);
      throw new AdapterError({ code: 'rejected', reason: 'not-found' }, `${nick} is not in ${name}.`);
    }
    if (role === 'none') return this.#order('KICK', [name, nick, reason], name, nick);
    const changes = changesFor(link.modes, ranks, role, channel.moderated);
    if (changes === undefined)
      throw new AdapterError(
        { code: 'rejected', reason: 'unsupported' },
        'Here nobody is muted but in a moderated channel.',
      );
    const letters = changes.replace(/[+-]/g, '');
    if (letters !== '') await this.#order('MODE', [name, changes, ...[...letters].map(() => nick)], name, nick);
  }

  /** Bans a nick (by its host, where that is known) or a mask; who is there goes. */
  async ban(id: ChatId, whom: string, reason = ''): Promise<void> {
    const { feed } = this.#options;
    const name = this.#channel(id);
    const person = isMask(whom) ? undefined : feed.channels.person(whom);
    const mask = isMask(whom) ? wholeMask(whom) : maskFor({ nick: whom, host: person?.host });
    await this.#order('MODE', [name, '+b', mask], name);
    const there = person !== undefined && feed.channels.get(name)?.people.has(person);
    if (there) await this.#order('KICK', [name, person.nick, reason], name, person.nick);
  }

  /** Lifts the bans that are meant for a nick, or one mask. */
  async unban(id: ChatId, whom: string): Promise<void> {
    const name = this.#channel(id);
    const bans = await this.bans(id);
    const masks = isMask(whom) ? this.#spelled(bans, wholeMask(whom)) : bans.filter(await this.#isFor(whom));
    for (const mask of masks) await this.#order('MODE', [name, '-b', mask], name);
  }

  /** A mask as it stands in the list: some servers find no other spelling of it. */
  #spelled(bans: readonly string[], mask: string): readonly string[] {
    const same = bans.filter((one) => this.#options.names.same(one, mask));
    return same.length > 0 ? same : [mask];
  }

  /** Whether a mask is meant for a nick: it names it, or fits it. */
  async #isFor(nick: string): Promise<(mask: string) => boolean> {
    const { names, feed } = this.#options;
    const host = feed.channels.person(nick)?.host ?? (await this.#hostOf(nick));
    const person = names.fold(`${nick}!*@${host}`);
    return (mask) => names.fold(mask).startsWith(`${names.fold(nick)}!`) || matches(names.fold(mask), person);
  }

  /** Where somebody comes from who shares no channel with us; `*` for nobody. */
  async #hostOf(nick: string): Promise<string> {
    const { link, names, answerMs } = this.#options;
    return link.talk<string>({
      lines: [line('USERHOST', [nick])],
      withinMs: answerMs,
      claim: ({ command, params }) => {
        const [, found = '', host = '*'] = /^([^=*]*)\*?=[+-]?[^@]*@(\S*)/.exec(params[1] ?? '') ?? [];
        if (command !== '302') return undefined;
        return { is: names.same(found, nick) ? host : '*' };
      },
    });
  }

  /** The masks of those who are banned. */
  async bans(id: ChatId): Promise<readonly string[]> {
    return (await this.#banList(id)).map(({ mask }) => mask);
  }

  /** The same as people: a mask stands for whoever it fits. */
  async banned(id: ChatId): Promise<readonly Member[]> {
    const { link, names } = this.#options;
    return (await this.#banList(id)).map(({ mask, by }) => ({
      ...{ user: names.user(mask), name: mask, role: 'banned' },
      ...(by !== '' && { by: link.isMe(by) ? null : names.user(by) }),
    }));
  }

  /** Masks, and the nicks of those who set them, where the server says that. */
  async #banList(id: ChatId): Promise<readonly { readonly mask: string; readonly by: string }[]> {
    const { link, names, answerMs } = this.#options;
    const name = this.#channel(id);
    const masks: { readonly mask: string; readonly by: string }[] = [];
    return link.talk<typeof masks>({
      lines: [line('MODE', [name, '+b'])],
      withinMs: answerMs,
      claim: (message) => {
        const [, second = '', mask = '', setter = ''] = message.params;
        if (!names.same(second, name)) return undefined;
        if (isRefusal(message)) throw refusalOf(message);
        if (message.command === '367') masks.push({ mask, by: /^[^!.]+/.exec(setter)?.[0] ?? '' });
        if (message.command === '368') return { is: masks };
        return message.command === '367' ? 'mine' : undefined;
      },
    });
  }

  async *members(chat: Chat): AsyncGenerator<Member> {
    const { feed, names } = this.#options;
    const channel = feed.channels.get(names.target(chat) ?? '');
    await Promise.resolve();
    if (channel !== undefined) yield* feed.channels.members(channel);
  }

  /** What WHOIS says, a line each; empty where there is nobody. */
  async whois(nick: string): Promise<readonly string[]> {
    const { link, names, answerMs } = this.#options;
    const said: string[] = [];
    return link.talk<readonly string[]>({
      lines: [line('WHOIS', [nick])],
      withinMs: answerMs,
      claim: (message) => {
        const [, second = ''] = message.params;
        if (!names.same(second, nick)) return undefined;
        if (message.command === '318') return { is: said };
        if (message.command === '401') return 'mine';
        const words = whoisLine(message);
        if (words !== undefined) said.push(words);
        return words === undefined ? undefined : 'mine';
      },
    });
  }

  /** A command whose refusal names one of `about`, and which is done when a PING behind it comes back. */
  async #order(command: string, params: readonly string[], ...about: readonly string[]): Promise<void> {
    await this.ask(command, params, ...about);
  }

  /** Lines that the server answered with, behind our own nick; none where a refusal names one of `about`. */
  async ask(command: string, params: readonly string[], ...about: readonly string[]): Promise<readonly string[]> {
    const { link, names, answerMs } = this.#options;
    const said: string[] = [];
    return link.talk<readonly string[]>({
      lines: [line(command, params)],
      withinMs: answerMs,
      claim: (message) => {
        if (!/^\d{3}$/.test(message.command) && message.command !== 'FAIL') return undefined;
        if (message.command === 'FAIL' && message.params[0] === command) throw failureOf(message);
        const isAbout = message.params.slice(1, 3).some((one) => about.some((other) => names.same(one, other)));
        if (isRefusal(message) && (isAbout || message.params[1] === command)) throw refusalOf(message);
        if (about.length > 0) return undefined;
        said.push(message.params.slice(1).join(' '));
        return 'mine';
      },
      fence: () => said,
    });
  }

  #channel(id: ChatId): string {
    const name = this.#options.names.target({ kind: 'group', id });
    if (name !== undefined && !/[\s,]/.test(name)) return name;
    throw new AdapterError({ code: 'rejected', reason: 'not-found' }, 'This is no name of a channel.');
  }
}

/** Names and keys of as many channels as one line holds. */
function grouped<T extends { readonly name: string; readonly key?: string }>(channels: readonly T[]): readonly T[][] {
  const groups: T[][] = [];
  let size = 0;
  for (const channel of channels) {
    const more = Buffer.byteLength(channel.name + (channel.key ?? '')) + 2;
    size += more;
    const group = groups.at(-1);
    if (group !== undefined && size < 400) group.push(channel);
    else {
      groups.push([channel]);
      size = more;
    }
  }
  return groups;
}

/** What keeps us out of a channel: the reasons by which the core tells a wrong password from a missing invitation. */
const CLOSED: Readonly<Record<string, readonly [Rejection, string]>> = {
  '471': ['too-large', 'The channel is full.'],
  '473': ['blocked', 'The channel is for the invited only.'],
  '474': ['forbidden', 'You are banned from this channel.'],
  '475': ['invalid', 'The channel has a password, and this is not it.'],
  '477': ['blocked', 'The channel is for registered users only: log in (SASL or NickServ) first.'],
  '489': ['forbidden', 'The channel is for encrypted connections only.'],
  '520': ['forbidden', 'The channel is for operators of the network only.'],
};

/** Why a channel is closed to us, in words that say what to do. */
function joinRefusal(message: Message): AdapterError {
  const [reason, words] = CLOSED[message.command] ?? [];
  if (reason !== undefined) return new AdapterError({ code: 'rejected', reason }, words ?? '');
  return refusalOf(message);
}

/** One line of WHOIS as a person reads it. */
function whoisLine({ command, params }: Message): string | undefined {
  const [, , third = '', fourth = ''] = params;
  const last = params.at(-1) ?? '';
  switch (command) {
    case '311':
      return `${params[1] ?? ''} is ${third}@${fourth} (${last})`;
    case '312':
      return `on ${third} (${last})`;
    case '317':
      return `idle for ${third} s`;
    case '319':
      return `in ${last}`;
    case '330':
      return `logged in as ${third}`;
    case '301':
      return `away: ${last}`;
    case '307':
    case '313':
    case '320':
    case '335':
    case '338':
    case '378':
    case '379':
    case '671':
      return params.slice(2).join(' ');
    default:
      return undefined;
  }
}

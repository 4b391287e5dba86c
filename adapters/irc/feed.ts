// What the server tells, in its order, as events of the contract: who is where, what is said, what is changed.
import type { Author, Chat, Hint, LogEvent } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import type { Channels } from './channels.ts';
import { answerTo, ctcpOf } from './ctcp.ts';
import type { Environment } from './environment.ts';
import { plain } from './format.ts';
import type { Journal } from './journal.ts';
import type { Batch } from './batches.ts';
import type { Ear, Link } from './link.ts';
import type { Names } from './names.ts';
import { isTold, onceKey } from './numerics.ts';
import { Partners } from './partners.ts';
import { isServer, messageEvent, placeOf, Reactions } from './said.ts';
import type { Reading } from './said.ts';
import type { Wanted } from './wanted.ts';
import { Whereabouts } from './whereabouts.ts';

/** Questions by CTCP that are answered within a while. */
const CTCP_ANSWERS = 3;
const CTCP_PAUSE_MS = 10_000;

export interface FeedOptions {
  readonly link: Link;
  readonly names: Names;
  readonly journal: Journal;
  readonly wanted: Wanted;
  readonly env: Environment;
  readonly hint: (hint: Hint) => void;
  readonly over: Ear['over'];
}

export class Feed implements Ear {
  readonly whereabouts: Whereabouts;
  readonly reactions = new Reactions();
  readonly partners = new Partners();
  readonly reading: Reading;
  readonly #options: FeedOptions;
  /** What is said in a channel whose gap is being filled waits for that. */
  readonly #held = new Map<string, LogEvent[]>();
  #conversationsHeld = false;
  readonly #motd: string[] = [];
  #count = 0;
  #asked = { since: 0, count: 0 };

  constructor(options: FeedOptions) {
    const { link, names, env } = options;
    this.#options = options;
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
    this.whereabouts = new Whereabouts({
      ...options,
      reading: this.reading,
      partners: this.partners,
      now: () => env.now(),
      log: (event) => this.#log(event),
      author: (message) => this.#author(message),
    });
  }

  /** Channels that we are in. */
  get channels(): Channels {
    return this.whereabouts.channels;
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
        return this.whereabouts.joined(message, first);
      case 'PART':
        return this.whereabouts.gone(message.nick, first, { reason: second });
      case 'KICK':
        return this.whereabouts.gone(second, first, { reason: third, by: this.#author(message) });
      case 'QUIT':
        return this.whereabouts.quit(message.nick, first);
      case 'NICK':
        return this.whereabouts.renamed(message, first);
      case 'MODE':
        return this.whereabouts.modes(message);
      case 'TOPIC':
        return this.whereabouts.topic(first, second, message);
      case 'INVITE':
        return this.#invited(message);
      case 'AWAY':
        return this.whereabouts.away(message.nick, first);
      case 'ACCOUNT':
      case 'CHGHOST':
        return this.whereabouts.person(message);
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
    if (!this.#held.has(nameOf(chat))) this.#held.set(nameOf(chat), []);
  }

  /** What anybody says in private waits from now on. */
  holdConversations(): void {
    this.#conversationsHeld = true;
  }

  /** Private conversations go on, but those that are still being filled. */
  releaseConversations(filling: readonly Chat[]): void {
    this.#conversationsHeld = false;
    const names = new Set(filling.map(nameOf));
    for (const name of [...this.#held.keys()])
      if (name.startsWith('direct/') && !names.has(name)) this.#release(name, []);
  }

  /** What was missed goes first, then what came meanwhile. */
  release(chat: Chat, missed: readonly LogEvent[]): void {
    this.#release(nameOf(chat), missed);
  }

  #release(name: string, missed: readonly LogEvent[]): void {
    const waiting = this.#held.get(name) ?? [];
    this.#held.delete(name);
    const told = new Set(missed.map(({ key }) => key));
    for (const event of [...missed, ...waiting.filter(({ key }) => !told.has(key))]) this.#log(event);
  }

  /** The account itself as author, or another. */
  #author(message: Message): Author {
    if (isServer(message)) return this.#options.names.serverChat.id;
    return this.#options.link.isMe(message.nick) ? null : this.#options.names.user(message.nick);
  }

  #log(event: LogEvent): void {
    const chat = 'chat' in event ? event.chat : undefined;
    if (chat?.kind === 'direct' && this.#conversationsHeld && chat.id !== this.#options.names.serverChat.id)
      this.hold(chat);
    const held = chat && this.#held.get(nameOf(chat));
    if (held !== undefined) return void held.push(event);
    this.#options.journal.add(event);
    if (event.type === 'message' && this.#options.link.has('draft/chathistory'))
      this.#options.wanted.mark(event.chat, event.at, event.id);
  }

  #said(message: Message): void {
    if (isServer(message)) return this.#serverSaid(message, message.params.at(-1) ?? '');
    if (message.tags['bot'] !== undefined) this.whereabouts.known(message.nick, { bot: true });
    const asked = ctcpOf(message.params[1] ?? '');
    const isMine = this.#options.link.isMe(message.nick);
    // The echo of an answer that nobody but the gateway has given.
    if (asked !== undefined && isMine && message.command === 'NOTICE') return;
    if (asked !== undefined && message.command === 'PRIVMSG' && !isMine)
      this.#answer(message.nick, asked.command, asked.rest);
    const event = messageEvent(this.reading, message);
    if (event === undefined) return;
    if (event.type === 'message' && event.chat.kind === 'direct' && event.from !== null)
      this.partners.spoke(this.#options.names.fold(message.nick));
    this.#log(event);
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

  #invited(message: Message): void {
    const { names, link, journal } = this.#options;
    const [nick = '', channel = ''] = message.params;
    if (!link.isMe(nick) || isServer(message)) return;
    journal.add({ type: 'chat', chat: names.group(channel), name: channel, invitedBy: names.user(message.nick) });
  }

  #numeric(message: Message, claimed: boolean): void {
    const [, second = '', third = '', fourth = ''] = message.params;
    const words = message.params.at(-1) ?? '';
    switch (message.command) {
      case '301':
        return this.whereabouts.away(second, words);
      case '324':
        return this.whereabouts.learnModes(second, third, message.params.slice(3));
      case '331':
      case '332': {
        const channel = this.channels.get(second);
        if (channel !== undefined) channel.topic = message.command === '332' ? plain(third) : '';
        return;
      }
      case '333':
        return this.whereabouts.topicSet(second, third, fourth);
      case '313': // RPL_WHOISOPERATOR
        return this.whereabouts.known(second, { operator: true });
      case '335': // RPL_WHOISBOT
        return this.whereabouts.known(second, { bot: true });
      case '353':
        return void this.channels.get(third)?.naming.push(...fourth.split(' '));
      case '366':
        return this.whereabouts.named(second);
      case '372':
        return void this.#motd.push(plain(words).replace(/^- ?/, ''));
      case '376':
        return this.#motdEnds();
      default:
        if (!claimed && isTold(message.command)) this.#serverSaid(message, message.params.slice(1).join(' '));
    }
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

const nameOf = ({ kind, id }: Chat): string => `${kind}/${id}`;

// What is said on IRC: one message, one line where it fits, and how it is known that the server has it.
import { AdapterError } from 'moongate/adapter';
import type { Chat, Content, Delivery, MessageId, Sent } from 'moongate/adapter';
import { ctcp } from './ctcp.ts';
import type { Feed } from './feed.ts';
import { writeFormat } from './format.ts';
import { bytes, LINE_BYTES, line, split } from './line.ts';
import type { Tags } from './line.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { failureOf, isRefusal, refusalOf } from './numerics.ts';
import { Sends } from './sends.ts';

/** Longest user name and host that servers put before a message: `:nick!~user@host `. */
const MASK_BYTES = 1 + 11 + 1 + 63 + 2;
/** Room for the longest nick or channel that a server allows when it does not say. */
const NAME_BYTES = 50;
const ACTION = '/me ';

export interface OutgoingOptions {
  readonly link: Link;
  readonly names: Names;
  readonly feed: Feed;
  readonly now: () => number;
  readonly echoMs: number;
}

/** The most bytes of text that one line to any chat of this server holds. */
export function textBytes(link: Pick<Link, 'supports' | 'nick'>): number {
  const length = (word: string, otherwise: number): number => Number(link.supports(word) ?? otherwise) || otherwise;
  const nick = Math.max(bytes(link.nick), length('NICKLEN', 30));
  const target = Math.max(length('CHANNELLEN', NAME_BYTES), nick);
  return lineRoom(nick, Math.min(target, 64));
}

/** `:nick!user@host PRIVMSG target :text` CR LF, as the server will pass it on. */
const lineRoom = (nick: number, target: number): number =>
  LINE_BYTES - 2 - nick - MASK_BYTES - 'PRIVMSG  :'.length - target - ctcp('ACTION', ' ').length;

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #labeled: boolean;
  readonly #sends: Sends;

  constructor(options: OutgoingOptions) {
    const { link, names, now, echoMs } = options;
    this.#options = options;
    this.#labeled = link.has('labeled-response') && link.has('batch');
    const echoed = link.has('echo-message');
    const isMe = (nick: string): boolean => link.isMe(nick);
    this.#sends = link.attend((pen) => new Sends({ names, pen, isMe, echoed, now, echoMs }));
  }

  /** One message. Resolves when the server has it, as far as it tells. */
  async send(chat: Chat, content: Content, delivery: Delivery): Promise<Sent> {
    const { names } = this.#options;
    const target = this.#target(chat);
    if (chat.kind === 'direct') {
      this.#options.feed.partners.meant(names.fold(target), delivery.at);
      this.#options.feed.partners.spoke(names.fold(target));
    }
    names.spell(chat);
    const command = content.notice ? 'NOTICE' : 'PRIVMSG';
    const tags: Tags = this.#replyTags(content);
    const texts = this.#lines(chat, content, target, tags);
    const last = texts.length - 1;
    const lines = texts.map((text, index) => {
      const label = index === last ? delivery.token : `${delivery.token}-${index}`;
      if (!this.#labeled) return { said: line(command, [target, text], tags), text };
      return { said: line(command, [target, text], { ...tags, label }), text, label };
    });
    return this.#sends.say({ command, target, isChannel: chat.kind === 'group', lines, signal: delivery.signal });
  }

  /** Changes our reactions to a message: on IRC each one is a message of its own. */
  async react(chat: Chat, target: MessageId, emojis: readonly string[], delivery: Delivery): Promise<void> {
    const { feed } = this.#options;
    const before = feed.reactions.of(chat, target, null);
    const added = emojis.filter((emoji) => !before.includes(emoji)).map((emoji) => ['+draft/react', emoji] as const);
    const gone = before.filter((emoji) => !emojis.includes(emoji)).map((emoji) => ['+draft/unreact', emoji] as const);
    const to = this.#target(chat);
    for (const [tag, emoji] of [...gone, ...added]) {
      await this.#tell('TAGMSG', [to], { '+draft/reply': target, [tag]: emoji }, delivery);
      feed.reactions.change(chat, target, null, emoji, tag === '+draft/react');
    }
  }

  /** Takes a message back (draft/message-redaction). */
  retract(chat: Chat, target: MessageId, delivery: Delivery): Promise<void> {
    return this.#tell('REDACT', [this.#target(chat), target], {}, delivery);
  }

  /** A hint: dropped where a line would have to wait. Others forget it after six seconds. */
  typing(chat: Chat, on: boolean): void {
    const { link, names } = this.#options;
    const target = names.target(chat);
    if (target === undefined || !link.free) return;
    link.write('TAGMSG', [target], { '+typing': on ? 'active' : 'done' });
  }

  /** One line, whose refusal comes before the answer to a PING behind it. */
  async #tell(command: string, params: readonly string[], tags: Tags, { signal }: Delivery): Promise<void> {
    const { link } = this.#options;
    await link.talk<void>({
      lines: [line(command, params, tags)],
      signal,
      claim: (message) => {
        const [, second, third] = message.params;
        if (message.command === 'FAIL' && message.params[0] === command) {
          // What is not there is taken back already.
          if (second === 'UNKNOWN_MSGID') return { is: undefined };
          throw failureOf(message);
        }
        if (isRefusal(message) && (second === params[0] || third === params[0] || second === command))
          throw refusalOf(message);
        const echo = message.command === command && link.isMe(message.nick) && message.params[0] === params[0];
        return echo ? 'mine' : undefined;
      },
      fence: () => undefined,
    });
  }

  #target(chat: Chat): string {
    const target = this.#options.names.target(chat);
    if (target !== undefined && !/[\s,]/.test(target)) return target;
    const words =
      target === undefined ? 'Nobody reads what is written to the server itself.' : 'This is no name on IRC.';
    throw new AdapterError({ code: 'rejected', reason: target === undefined ? 'unsupported' : 'not-found' }, words);
  }

  #replyTags({ replyTo }: Content): Tags {
    return replyTo !== undefined && this.#options.link.passes('draft/reply') ? { '+draft/reply': replyTo.id } : {};
  }

  /** The lines of a message: one, but for what has line ends or does not fit after all. */
  #lines(chat: Chat, content: Content, target: string, tags: Tags): readonly string[] {
    const { link, names } = this.#options;
    const { text = content.files?.[0]?.url ?? '', spans = [], replyTo } = content;
    const isAction = text.startsWith(ACTION);
    const lead = isAction ? ACTION.length : 0;
    const nick = replyTo?.author && !('+draft/reply' in tags) ? names.nick(replyTo.author) : undefined;
    const address =
      chat.kind === 'group' && nick !== undefined && !isAction && !names.fold(text).startsWith(nick) ? `${nick}: ` : '';
    const room = lineRoom(bytes(link.nick), bytes(target));
    const pieces = linesOf(text, lead).flatMap(({ start, end }, index) => {
      const own = spans
        .filter((span) => span.start < end && span.end > start)
        .map((span) => ({ ...span, start: Math.max(0, span.start - start), end: Math.min(span.end, end) - start }));
      const prefix = index === 0 ? address : '';
      const marked = prefix + writeFormat({ text: text.slice(start, end), spans: own });
      return bytes(marked) <= room ? [marked] : split(prefix + text.slice(start, end), room);
    });
    const said = pieces.length === 0 ? [''] : pieces;
    if (said.every((piece) => piece === ''))
      throw new AdapterError({ code: 'rejected', reason: 'invalid' }, 'There is nothing in it that IRC could show.');
    return isAction ? said.map((piece) => ctcp('ACTION', piece)) : said;
  }
}

/** Where the lines of a text lie; empty ones, which IRC cannot say, are left out. */
function linesOf(text: string, from: number): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let start = from; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    if (end > start) found.push({ start, end });
    start = end + 1;
  }
  return found;
}

// What people say on IRC, as the contract's events: messages, actions, notices, reactions, what was taken back.
import type { Author, Chat, Content, LogEvent } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import { ctcpOf } from './ctcp.ts';
import { parseFormat } from './format.ts';
import type { Names } from './names.ts';

/** What a message is read by. */
export interface Reading {
  readonly names: Names;
  isMe(nick: string): boolean;
  /** Our own nick as it is now. */
  readonly nick: string;
  /** Signs before a channel's name that mean a part of it (ISUPPORT STATUSMSG). */
  readonly statusSigns: string;
  /** A key that no other event has. */
  key(message: Message): string;
  /** When it was said, in ms since 1970. */
  at(message: Message): number;
}

/** Where somebody spoke, and who. */
export interface Place {
  readonly chat: Chat;
  readonly from: Author;
  readonly name: string;
  /** `@` for what only operators hear. */
  readonly only: string;
}

/** True for what the server says itself. */
export function isServer({ prefix, nick }: Message): boolean {
  return nick === '' || (!prefix.includes('!') && (prefix.includes('.') || prefix === ''));
}

/** The place of a message with a target (PRIVMSG, NOTICE, TAGMSG, REDACT). */
export function placeOf(reading: Reading, message: Message): Place {
  const { names } = reading;
  const [whole = ''] = message.params;
  const status =
    reading.statusSigns.includes(whole.charAt(0)) && names.isChannel(whole.slice(1)) ? whole.charAt(0) : '';
  const target = whole.slice(status.length);
  const mine = reading.isMe(message.nick);
  const from = mine ? null : names.user(message.nick);
  const chat = names.isChannel(target) ? names.group(target) : names.direct(mine ? target : message.nick);
  return { chat, from, name: message.nick, only: status };
}

/** A PRIVMSG or NOTICE as an event; undefined for what says nothing (a CTCP question, an empty line). */
export function messageEvent(reading: Reading, message: Message, old = false): LogEvent | undefined {
  const { command, params, tags } = message;
  const raw = params[1] ?? '';
  const place = placeOf(reading, message);
  const content = contentOf(message, raw, command === 'NOTICE', place.only);
  if (content === undefined) return undefined;
  const [id, label] = [tags['msgid'], tags['label']];
  return {
    type: 'message',
    key: reading.key(message),
    chat: place.chat,
    from: place.from,
    name: place.name,
    at: reading.at(message),
    content,
    ...(id !== undefined && id !== '' && { id }),
    ...(label !== undefined && place.from === null && /^[a-z2-7]{26}$/.test(label) && { token: label }),
    ...(old && { old: true as const }),
  };
}

function contentOf({ tags }: Message, raw: string, isNotice: boolean, only: string): Content | undefined {
  const asked = ctcpOf(raw);
  const words =
    asked === undefined ? raw : asked.command === 'ACTION' ? `/me ${asked.rest}` : answered(asked, isNotice);
  if (words === undefined) return undefined;
  const lead = only === '' ? '' : `(${only}) `;
  const { text, spans } = parseFormat(lead + words);
  if (text.trim() === '') return undefined;
  const target = tags['+draft/reply'] ?? tags['+reply'] ?? '';
  return {
    text,
    ...(spans.length > 0 && { spans }),
    ...(target !== '' && { replyTo: { id: target } }),
    ...(isNotice && { notice: true as const }),
  };
}

/** The answer to a CTCP question is shown; a question is not, but for a file that somebody offers. */
function answered(
  { command, rest }: { readonly command: string; readonly rest: string },
  isNotice: boolean,
): string | undefined {
  if (isNotice) return `CTCP ${command}: ${rest}`;
  return command === 'DCC'
    ? `[offers something by DCC, which cannot be taken: ${rest.split(' ').slice(0, 2).join(' ')}]`
    : undefined;
}

/** Most messages whose reactions are remembered. */
const MOST_REACTED = 500;

/** On IRC each reaction is a message of its own; the contract wants the full set of one person. */
export class Reactions {
  readonly #sets = new Map<string, Set<string>>();

  /** What is left of somebody's reactions to a message after one more, or one less. */
  change(chat: Chat, target: string, from: Author, emoji: string, add: boolean): readonly string[] {
    const key = JSON.stringify([chat.kind, chat.id, target, from]);
    const set = this.#sets.get(key) ?? new Set();
    if (add) set.add(emoji);
    else set.delete(emoji);
    this.#sets.delete(key);
    this.#sets.set(key, set);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > MOST_REACTED && oldest !== undefined) this.#sets.delete(oldest);
    return [...set];
  }

  /** What somebody's reactions to a message are, as far as they were seen. */
  of(chat: Chat, target: string, from: Author): readonly string[] {
    return [...(this.#sets.get(JSON.stringify([chat.kind, chat.id, target, from])) ?? [])];
  }
}

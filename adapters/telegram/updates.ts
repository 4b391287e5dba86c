// One update of the Bot API, as the event that the core stores. Pure: what is known of a person is compared elsewhere.
import type { Chat, LogEvent } from 'moongate/adapter';
import {
  readGroupEdit,
  readGroupMessage,
  readGroupReaction,
  readMembership,
  readOwnMembership,
  unreadableInGroup,
} from './group-updates.ts';
import type { GroupNews, Reader } from './group-updates.ts';
import { digest, time } from './moments.ts';
import { emojisOf } from './reactions.ts';
import { fields, list, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';
import { STRANGER, contentOf, displayName } from './text.ts';
import type { View } from './text.ts';

/** Someone who wrote to the bot. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly username?: string;
}

/** What one update says. Empty if it says nothing to anybody. */
export interface Reading {
  readonly event?: LogEvent;
  readonly person?: Person;
  readonly group?: GroupNews;
}

/** What getUpdates is asked for; what is not in this list Telegram does not keep for us. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'message_reaction',
  'message_reaction_count',
  'my_chat_member',
  'chat_member',
] as const;

const LONGEST_NAME = 256;
/** Reads one update. Throws if it cannot: then `unreadable` says what can still be said. */
export function readUpdate(update: unknown, now: number, view: View = STRANGER): Reading {
  const parts = fields(update);
  for (const [kind, readPrivate, readGroup] of KINDS) {
    const part = fields(parts?.[kind]);
    if (part === undefined) continue;
    const reader = { view, now, occasion: occasion(update) };
    return (whole(fields(part.chat)?.id) ?? 0) < 0 ? readGroup(part, reader) : readPrivate(part, reader);
  }
  throw new TypeError('an update of no known kind');
}

type Read = (part: Fields, reader: Reader) => Reading;

// In a private chat only the bot's own membership is told.
const KINDS: readonly (readonly [kind: (typeof ALLOWED_UPDATES)[number], inPrivate: Read, inGroup: Read])[] = [
  ['message', readMessage, readGroupMessage],
  ['edited_message', readEdit, readGroupEdit],
  ['channel_post', readMessage, readGroupMessage],
  ['edited_channel_post', readEdit, readGroupEdit],
  ['message_reaction', readReaction, readGroupReaction],
  ['message_reaction_count', () => ({}), readReactionCount],
  ['my_chat_member', readBlocking, readOwnMembership],
  ['chat_member', () => ({}), readMembership],
];

/** The line that stands for an update on which `readUpdate` threw: in its chat, if that much can be read. */
export function unreadable(update: unknown, now: number, { self }: View = STRANGER): Reading {
  const key = `unreadable:${digest(JSON.stringify(update))}`;
  const parts = fields(update);
  const message = KINDS.map(([kind]) => fields(parts?.[kind])).find((part) => part !== undefined);
  const chat = fields(message?.chat);
  const id = whole(chat?.id);
  if (id !== undefined && id < 0) return unreadableInGroup(message ?? {}, update, self, now);
  if (id === undefined || id === 0) {
    return { event: { type: 'notice', key, at: now, text: 'Telegram sent something that could not be read.' } };
  }
  const person = personOf(message?.from ?? message?.user, chat ?? {}, String(id));
  const content = { text: '[something Telegram sent that could not be read]' };
  return { person, event: { type: 'message', key, ...said(person, now), content } };
}

function readMessage(message: Fields, { view, now }: Reader): Reading {
  const person = personIn(message);
  const id = idOf(message);
  // Message ids may begin again lower down, so the date belongs to the key.
  const key = `message:${person.id}:${id}:${whole(message.date) ?? 0}`;
  const content = contentOf(message, view);
  return { person, event: { type: 'message', key, ...said(person, time(message.date, now)), id, content } };
}

/** A live location is edited every few seconds; its first message said that it is one. */
function readEdit(message: Fields, { view, now, occasion: update }: Reader): Reading {
  const person = personIn(message);
  if (message.location !== undefined) return { person };
  const target = idOf(message);
  const content = contentOf(message, view);
  const key = `edited_message:${person.id}:${target}:${whole(message.edit_date) ?? 0}:${update}`;
  const at = time(message.edit_date, now);
  return { person, event: { type: 'edit', key, ...said(person, at), target, content } };
}

function readReaction(change: Fields, { now, occasion: update }: Reader): Reading {
  const person = personIn({ ...change, from: change.user });
  const target = idOf(change);
  const key = `message_reaction:${person.id}:${target}:${whole(change.date) ?? 0}:${update}`;
  const at = time(change.date, now);
  const emojis = emojisOf(change.new_reaction);
  return { person, event: { type: 'react', key, ...said(person, at), target, emojis } };
}

/** Where reactions are not signed, only how many there are is told: they are the chat's, each emoji once. */
function readReactionCount(change: Fields, reader: Reader): Reading {
  const new_reaction = list(change.reactions).map((count) => fields(count)?.type);
  return readGroupReaction({ ...change, actor_chat: change.chat, new_reaction }, reader);
}

/**
 * Tells what was changed twice within one second, to and fro, from what is said twice: the former has two updates, and an
 * update that comes again has the number that it had.
 */
function occasion(update: unknown): string {
  return String(whole(fields(update)?.update_id) ?? digest(JSON.stringify(update)));
}

/** The bot was blocked. That it was started shows in the message that follows. */
function readBlocking(change: Fields, { now }: Reader): Reading {
  const status = words(fields(change.new_chat_member)?.status);
  const person = personIn(change);
  if (status === undefined) throw new TypeError('a membership without status');
  if (status !== 'kicked' && status !== 'left') return {};
  const at = time(change.date, now);
  const content = { text: '[blocked the bot: it cannot write here until it is started again]', notice: true } as const;
  return { person, event: { type: 'message', key: `blocked:${person.id}:${at}`, ...said(person, at), content } };
}

function personIn(message: Fields): Person {
  const chat = fields(message.chat);
  const id = whole(chat?.id);
  if (chat === undefined || id === undefined || id <= 0) throw new TypeError('no chat');
  return personOf(message.from, chat, String(id));
}

/** A private chat has the id of the person in it. */
function personOf(from: unknown, chat: Fields, id: string): Person {
  const name = (displayName(from) ?? displayName(chat) ?? id).slice(0, LONGEST_NAME);
  const username = words(fields(from)?.username) ?? words(chat.username);
  return { id, name, ...(username !== undefined && /^\w{1,64}$/.test(username) ? { username } : {}) };
}

function said(person: Person, at: number): { chat: Chat; from: string; name: string; at: number } {
  return { chat: { kind: 'direct', id: person.id }, from: person.id, name: person.name, at };
}

function idOf(message: Fields): string {
  const id = whole(message.message_id);
  if (id === undefined) throw new TypeError('no message id');
  return String(id);
}

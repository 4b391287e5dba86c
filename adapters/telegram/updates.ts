// One update of the Bot API, as the event that the core stores. Pure: what is known of a person is compared elsewhere.
import { createHash } from 'node:crypto';
import type { Chat, LogEvent } from 'moongate/adapter';
import { fields, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';
import { emojisOf } from './reactions.ts';
import { contentOf, displayName } from './text.ts';

/** Someone who wrote to the bot. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly username?: string;
}

/** A chat that is not shown, to be mentioned once. `movedTo`: its next id, when a group becomes a supergroup. */
export interface Group {
  readonly id: string;
  readonly title: string;
  readonly movedTo?: string;
}

/** What one update says. Empty if it says nothing to anybody. */
export interface Reading {
  readonly event?: LogEvent;
  readonly person?: Person;
  readonly group?: Group;
}

/** What getUpdates is asked for; what is not in this list Telegram does not keep for us. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'message_reaction', 'my_chat_member'] as const;

const LONGEST_NAME = 256;
// Outside of these a date is damage, not a time at which anybody wrote.
const EARLIEST_SECOND = 1_000_000_000;
const LATEST_SECOND = 100_000_000_000;

/** Reads one update. Throws if it cannot: then `unreadable` says what can still be said. */
export function readUpdate(update: unknown, now: number): Reading {
  const parts = fields(update);
  const message = fields(parts?.message);
  if (message !== undefined) return readMessage(message, now);
  const edited = fields(parts?.edited_message);
  if (edited !== undefined) return readEdit(edited, occasion(update), now);
  const reaction = fields(parts?.message_reaction);
  if (reaction !== undefined) return readReaction(reaction, occasion(update), now);
  const membership = fields(parts?.my_chat_member);
  if (membership !== undefined) return readMembership(membership, now);
  throw new TypeError('an update of no known kind');
}

/** The line that stands for an update on which `readUpdate` threw: in its chat, if that much can be read. */
export function unreadable(update: unknown, now: number): Reading {
  const key = `unreadable:${digest(JSON.stringify(update))}`;
  const parts = fields(update);
  const message = fields(parts?.message) ?? fields(parts?.edited_message) ?? fields(parts?.message_reaction);
  const chat = fields(message?.chat);
  const id = whole(chat?.id);
  if (id !== undefined && id < 0) return { group: groupOf(chat ?? {}, String(id)) };
  if (id === undefined || id === 0) {
    return { event: { type: 'notice', key, at: now, text: 'Telegram sent something that could not be read.' } };
  }
  const person = personOf(message?.from ?? message?.user, chat ?? {}, String(id));
  const content = { text: '[something Telegram sent that could not be read]' };
  return { person, event: { type: 'message', key, ...said(person, now), content } };
}

function readMessage(message: Fields, now: number): Reading {
  const place = placeOf(message);
  if ('group' in place) return place;
  const id = idOf(message);
  // Message ids may begin again lower down, so the date belongs to the key.
  const key = `message:${place.person.id}:${id}:${whole(message.date) ?? 0}`;
  const content = contentOf(message);
  return { ...place, event: { type: 'message', key, ...said(place.person, time(message.date, now)), id, content } };
}

/** A live location is edited every few seconds; its first message said that it is one. */
function readEdit(message: Fields, occasion: string, now: number): Reading {
  const place = placeOf(message);
  if ('group' in place || message.location !== undefined) return place;
  const target = idOf(message);
  const content = contentOf(message);
  const key = `edited_message:${place.person.id}:${target}:${whole(message.edit_date) ?? 0}:${occasion}`;
  const at = time(message.edit_date, now);
  return { ...place, event: { type: 'edit', key, ...said(place.person, at), target, content } };
}

function readReaction(change: Fields, occasion: string, now: number): Reading {
  const place = placeOf({ ...change, from: change.user });
  if ('group' in place) return place;
  const target = idOf(change);
  const key = `message_reaction:${place.person.id}:${target}:${whole(change.date) ?? 0}:${occasion}`;
  const at = time(change.date, now);
  const emojis = emojisOf(change.new_reaction);
  return { ...place, event: { type: 'react', key, ...said(place.person, at), target, emojis } };
}

/**
 * Tells what was changed twice within one second, to and fro, from what is said twice: the former has two updates, and an
 * update that comes again has the number that it had.
 */
function occasion(update: unknown): string {
  return String(whole(fields(update)?.update_id) ?? digest(JSON.stringify(update)));
}

/** The bot was blocked, or taken into a group. That it was started shows in the message that follows. */
function readMembership(change: Fields, now: number): Reading {
  const status = words(fields(change.new_chat_member)?.status);
  const place = placeOf(change);
  if (status === undefined) throw new TypeError('a membership without status');
  const out = status === 'kicked' || status === 'left';
  if ('group' in place) return out ? {} : place;
  if (!out) return {};
  const at = time(change.date, now);
  const content = { text: '[blocked the bot: it cannot write here until it is started again]', notice: true } as const;
  return {
    ...place,
    event: { type: 'message', key: `blocked:${place.person.id}:${at}`, ...said(place.person, at), content },
  };
}

function placeOf(message: Fields): { readonly person: Person } | { readonly group: Group } {
  const chat = fields(message.chat);
  const id = whole(chat?.id);
  if (chat === undefined || id === undefined || id === 0) throw new TypeError('no chat');
  if (id > 0) return { person: personOf(message.from, chat, String(id)) };
  const movedTo = whole(message.migrate_to_chat_id);
  return { group: { ...groupOf(chat, String(id)), ...(movedTo === undefined ? {} : { movedTo: String(movedTo) }) } };
}

function groupOf(chat: Fields, id: string): Group {
  return { id, title: words(chat.title) ?? id };
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

function time(seconds: unknown, now: number): number {
  const at = whole(seconds);
  return at === undefined || at < EARLIEST_SECOND || at > LATEST_SECOND ? now : at * 1000;
}

/** A short name for exactly this text. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

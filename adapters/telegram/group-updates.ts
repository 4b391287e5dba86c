// One update about a group, supergroup or channel: what was said there, and what it tells of the chat and its members.
import type { Author, LogEvent, Role } from 'moongate/adapter';
import { chatOf, messageId } from './ids.ts';
import { emojisOf } from './reactions.ts';
import { isInside, roleOf, titleOf } from './roles.ts';
import { fields, list, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';
import { authorOf, contentOf, displayName } from './text.ts';
import type { View } from './text.ts';
import { digest, time } from './moments.ts';

/** What somebody is in a group from now on. `soft`: said in passing, so a ban known already still stands. */
export interface Seat {
  readonly user: Author;
  readonly name?: string;
  readonly username?: string;
  readonly role: Role;
  /** His title as an administrator; '' is none, absent: it was not said. */
  readonly title?: string;
  readonly by?: Author;
  readonly soft?: true;
}

/** Who spoke in it: he is a member if nothing else is known. */
export interface Speaker {
  readonly id: string;
  readonly name: string;
  readonly username?: string;
}

/** What an update tells of its chat. */
export interface GroupNews {
  readonly id: string;
  readonly title?: string;
  readonly type?: string;
  readonly speaker?: Speaker;
  readonly seats?: readonly Seat[];
  /** Whether the bot is in it; absent: it is, since it heard something. */
  readonly joined?: boolean;
  readonly invitedBy?: string;
  /** It should be asked about: something changed that is not told in full. */
  readonly look?: true;
  readonly movedTo?: string;
  readonly movedFrom?: string;
}

/** What one update about a group says. */
export interface GroupReading {
  readonly event?: LogEvent;
  readonly group: GroupNews;
}

/** When and by whose eyes it is read. `occasion` names the update, for what may happen several times in a second. */
export interface Reader {
  readonly view: View;
  readonly now: number;
  readonly occasion: string;
}

/** Of a person or a group; Telegram's own limits are lower. */
export const LONGEST_NAME = 256;

/** A message or a channel's post. */
export function readGroupMessage(message: Fields, { view, now }: Reader): GroupReading {
  const chat = chatNumberOf(message);
  const moved = moves(message);
  const seats = comings(message, view.self);
  const own = list(message.new_chat_members).some((user) => whole(fields(user)?.id)?.toString() === view.self);
  const gone = whole(fields(message.left_chat_member)?.id)?.toString() === view.self;
  const news: GroupNews = {
    ...about(message),
    ...moved,
    ...(seats.length > 0 && { seats }),
    ...(gone && { joined: false }),
    ...((own || 'movedFrom' in moved || 'movedTo' in moved) && { look: true }),
  };
  // Who came and went is shown by their coming and going.
  const silent = ['new_chat_members', 'left_chat_member', 'migrate_to_chat_id', 'migrate_from_chat_id'];
  if (silent.some((kind) => message[kind] !== undefined)) return { group: news };
  const id = numberOf(message);
  const key = `message:${chat}:${id}:${whole(message.date) ?? 0}`;
  const said = saidBy(message, view.self, time(message.date, now));
  return {
    group: { ...news, ...speakerOf(message, view.self) },
    event: { type: 'message', key, ...said, id: messageId(chat, id), content: contentOf(message, view) },
  };
}

/** An edit of either. */
export function readGroupEdit(message: Fields, { view, now, occasion }: Reader): GroupReading {
  const group = { ...about(message), ...speakerOf(message, view.self) };
  if (message.location !== undefined) return { group };
  const chat = chatNumberOf(message);
  const id = numberOf(message);
  const key = `edited_message:${chat}:${id}:${whole(message.edit_date) ?? 0}:${occasion}`;
  const said = saidBy(message, view.self, time(message.edit_date, now));
  return {
    group,
    event: { type: 'edit', key, ...said, target: messageId(chat, id), content: contentOf(message, view) },
  };
}

/** Who reacted: told only where the bot is an administrator. */
export function readGroupReaction(change: Fields, { view, now, occasion }: Reader): GroupReading {
  const by = { ...change, from: change.user, sender_chat: change.actor_chat };
  const chat = chatNumberOf(change);
  const id = numberOf(change);
  const key = `message_reaction:${chat}:${id}:${whole(change.date) ?? 0}:${occasion}`;
  const said = saidBy(by, view.self, time(change.date, now));
  const emojis = emojisOf(change.new_reaction);
  return {
    group: { ...about(change), ...speakerOf(by, view.self) },
    event: { type: 'react', key, ...said, target: messageId(chat, id), emojis },
  };
}

/** The bot came, went, or may do something else than before. */
export function readOwnMembership(change: Fields, { view }: Reader): GroupReading {
  const [before, after] = [fields(change.old_chat_member) ?? {}, fields(change.new_chat_member)];
  if (words(after?.status) === undefined || after === undefined) throw new TypeError('a membership without status');
  const role = roleOf(after);
  const by = actorOf(change, view.self);
  if (!isInside(role)) return { group: { ...about(change), joined: false, seats: [{ user: null, role, ...by }] } };
  const invited = !isInside(roleOf(before)) && typeof by.by === 'string' ? { invitedBy: by.by } : {};
  return { group: { ...about(change), joined: true, look: true, ...invited } };
}

/** Somebody else did. */
export function readMembership(change: Fields, { view }: Reader): GroupReading {
  const after = fields(change.new_chat_member);
  const seat = after && seatOf(after.user, roleOf(after), view.self);
  if (seat === undefined || words(after?.status) === undefined) throw new TypeError('a membership without status');
  const title = titleOf(after ?? {});
  return { group: { ...about(change), seats: [{ ...seat, title, ...actorOf(change, view.self, seat.user) }] } };
}

/** The line that stands for what could not be read. */
export function unreadableInGroup(message: Fields, update: unknown, self: string, now: number): GroupReading {
  const content = { text: '[something Telegram sent that could not be read]' };
  const key = `unreadable:${digest(JSON.stringify(update))}`;
  return { group: about(message), event: { type: 'message', key, ...saidBy(message, self, now), content } };
}

function about(message: Fields): GroupNews {
  const chat = fields(message.chat) ?? {};
  const title = words(chat.title)?.slice(0, LONGEST_NAME);
  const type = words(chat.type);
  return { id: String(chatNumberOf(message)), ...(title && { title }), ...(type && { type }) };
}

function moves({ migrate_to_chat_id, migrate_from_chat_id }: Fields): { movedTo?: string; movedFrom?: string } {
  const [to, from] = [whole(migrate_to_chat_id), whole(migrate_from_chat_id)];
  return { ...(to !== undefined && { movedTo: String(to) }), ...(from !== undefined && { movedFrom: String(from) }) };
}

/** Who came or went by this message; the bot itself is told of in another way. */
function comings(message: Fields, self: string): Seat[] {
  const came = list(message.new_chat_members).map((user) => seatOf(user, 'member', self));
  const went = message.left_chat_member === undefined ? [] : [seatOf(message.left_chat_member, 'none', self)];
  return [...came, ...went].flatMap((seat) =>
    seat === undefined || seat.user === null ? [] : [{ ...seat, ...actorOf(message, self, seat.user), soft: true }],
  );
}

function seatOf(user: unknown, role: Role, self: string): Seat | undefined {
  const speaker = personIn(user);
  if (speaker === undefined) return undefined;
  if (speaker.id === self) return { user: null, role };
  const { id, name, username } = speaker;
  return { user: id, name, role, ...(username !== undefined && { username }) };
}

/** Who did it, where it was somebody else. */
function actorOf(change: Fields, self: string, whom?: Author): { by?: Author } {
  const by = whole(fields(change.from)?.id)?.toString();
  if (by === undefined || by === whom || (by === self && whom === undefined)) return {};
  return { by: by === self ? null : by };
}

function speakerOf(message: Fields, self: string): { speaker?: Speaker } {
  const author = authorOf(message, self);
  if (author === null || author === undefined || author === String(chatNumberOf(message))) return {};
  const speaker = personIn(message.sender_chat ?? message.from);
  return speaker === undefined ? {} : { speaker };
}

function personIn(who: unknown): Speaker | undefined {
  const id = whole(fields(who)?.id);
  if (id === undefined) return undefined;
  const username = words(fields(who)?.username);
  const name = (displayName(who) ?? String(id)).slice(0, LONGEST_NAME);
  return { id: String(id), name, ...(username !== undefined && /^\w{1,64}$/.test(username) ? { username } : {}) };
}

/** A channel speaks as itself, and so does a group by administrators who do not show who they are. */
function saidBy(
  message: Fields,
  self: string,
  at: number,
): Pick<LogEvent & { type: 'message' }, 'chat' | 'from' | 'at'> {
  const chat = chatNumberOf(message);
  const author = authorOf(message, self);
  const name = displayName(message.sender_chat ?? message.from ?? message.chat)?.slice(0, LONGEST_NAME);
  const named = author === null || name === undefined ? {} : { name };
  return { chat: chatOf(chat), from: author === undefined ? String(chat) : author, at, ...named };
}

function chatNumberOf(message: Fields): number {
  const id = whole(fields(message.chat)?.id);
  if (id === undefined || id >= 0) throw new TypeError('no group');
  return id;
}

function numberOf(message: Fields): number {
  const id = whole(message.message_id);
  if (id === undefined) throw new TypeError('no message id');
  return id;
}

// What is kept of groups in the account's private state, and what an update changes in it: only differences become events.
// Keys: group/ID the group, seat/ID/USER what somebody is there, seen/USER who was met in groups only.
import type { Author, Member, NetworkEvent, Role } from 'moongate/adapter';
import type { GroupNews, Seat, Speaker } from './group-updates.ts';
import { chatOf } from './ids.ts';
import { isAdmin, isInside } from './roles.ts';
import { fields, parsed, words } from './shape.ts';
import type { Person } from './updates.ts';

/** A group as stored. */
export interface GroupRecord {
  readonly title: string;
  /** Telegram's type: group, supergroup or channel. */
  readonly type: string;
  readonly joined: boolean;
  /** The user was told that privacy mode hides messages there. */
  readonly told?: true;
  readonly movedTo?: string;
}

/** Somebody in a group, as stored. */
export interface SeatRecord {
  readonly role: Role;
  readonly name?: string;
  /** The title that an administrator was given there. */
  readonly title?: string;
}

/** 20 messages a minute in one group, as Telegram publishes it. */
export const GROUP_RATE = { count: 20, perMs: 60_000 } as const;

/** The account itself has no number in a key. */
const OWN = 'self';

export const groupKey = (id: string): string => `group/${id}`;
export const seatsKey = (group: string): string => `seat/${group}/`;
export const seatKey = (group: string, user: Author): string => `${seatsKey(group)}${user ?? OWN}`;
export const seenKey = (user: string): string => `seen/${user}`;

export const pack = (record: GroupRecord | SeatRecord): Uint8Array => Buffer.from(JSON.stringify(record));

/** The group stored in these bytes; undefined if there is none, also for what earlier versions kept. */
export function unpackGroup(bytes: Uint8Array | undefined): GroupRecord | undefined {
  const record = bytes && fields(parsed(Buffer.from(bytes).toString()));
  const title = words(record?.title);
  if (record === undefined || title === undefined) return undefined;
  const movedTo = words(record.movedTo);
  return {
    title,
    type: words(record.type) ?? 'group',
    joined: record.joined === true,
    ...(record.told === true && { told: true }),
    ...(movedTo !== undefined && { movedTo }),
  };
}

/** Who sits under this key. */
export function unpackSeat(bytes: Uint8Array | undefined): SeatRecord | undefined {
  const record = bytes && fields(parsed(Buffer.from(bytes).toString()));
  const name = words(record?.name);
  const role = words(record?.role) as Role | undefined;
  const title = words(record?.title);
  return role === undefined ? undefined : { role, ...(name !== undefined && { name }), ...(title && { title }) };
}

/** Whose seat a key is. */
export function ofSeat(key: string): Author {
  const user = key.slice(key.lastIndexOf('/') + 1);
  return user === OWN ? null : user;
}

/** What the state holds under a key now, and how to change it. */
export interface Ledger {
  get(key: string): Uint8Array | undefined;
  set(key: string, value: Uint8Array): void;
  /** Someone met in a group; what that changes for a contact. */
  met(person: Person): readonly NetworkEvent[];
  /** All that stands under `seat/GROUP/`. */
  seats(group: string): ReadonlyMap<string, Uint8Array>;
}

/** Every key that folding this needs. */
export function keysOfNews({ id, seats = [], speaker, movedTo, movedFrom }: GroupNews): string[] {
  const groups = [id, movedTo, movedFrom].filter((group) => group !== undefined);
  const people = [...seats.map(({ user }) => user), speaker?.id].filter((user) => user !== undefined);
  const met = people.filter((user) => user !== null).flatMap((user) => [seenKey(user), `person/${user}`]);
  return [...groups.map(groupKey), ...people.map((user) => seatKey(id, user)), ...met];
}

/** What is new, as events; undefined if the group has moved on, so that nothing of it is shown any more. */
export function foldNews(news: GroupNews, ledger: Ledger): readonly NetworkEvent[] | undefined {
  if (news.movedTo !== undefined) return foldMove(news.id, news.movedTo, news, ledger);
  if (news.movedFrom !== undefined) {
    const moved = foldMove(news.movedFrom, news.id, news, ledger) ?? [];
    return [...moved, ...foldChat(news, ledger)];
  }
  if (unpackGroup(ledger.get(groupKey(news.id)))?.movedTo !== undefined) return undefined;
  const { speaker, seats = [] } = news;
  const met = [...(speaker ? [speaker] : []), ...seats.flatMap(asSpeaker)].flatMap((one) => ledger.met(one));
  const chat = foldChat(news, ledger);
  const members = [
    ...(speaker === undefined ? [] : foldSpeaker(news.id, speaker, ledger)),
    ...seats.flatMap((seat) => foldSeat(news.id, seat, ledger)),
  ];
  return news.joined === false ? [...met, ...members, ...chat] : [...met, ...chat, ...members];
}

function asSpeaker({ user, name, username }: Seat): Speaker[] {
  return user === null || name === undefined ? [] : [{ id: user, name, ...(username !== undefined && { username }) }];
}

function foldChat(news: GroupNews, ledger: Ledger): NetworkEvent[] {
  const { id, joined = true, invitedBy } = news;
  const before = unpackGroup(ledger.get(groupKey(id)));
  const title = news.title ?? before?.title ?? id;
  const after: GroupRecord = { ...before, title, type: news.type ?? before?.type ?? 'group', joined };
  if (before?.joined === joined && before.title === title && before.type === after.type) return [];
  ledger.set(groupKey(id), pack(after));
  if (!joined && !before?.joined) return [];
  const invited = invitedBy === undefined ? {} : { invitedBy };
  const limits = before === undefined ? { limits: { chatRate: GROUP_RATE } } : {};
  return [{ type: 'chat', chat: chatOf(Number(id)), name: title, joined, ...invited, ...limits }];
}

function foldSpeaker(group: string, { id, name }: Speaker, ledger: Ledger): NetworkEvent[] {
  const role = unpackSeat(ledger.get(seatKey(group, id)))?.role ?? 'none';
  return foldSeat(group, { user: id, name, role: isInside(role) ? role : 'member' }, ledger);
}

/** One seat taken, given up or changed. */
export function foldSeat(group: string, { user, name, role, title, by, soft }: Seat, ledger: Ledger): NetworkEvent[] {
  const key = seatKey(group, user);
  const before = unpackSeat(ledger.get(key));
  const called = name ?? before?.name;
  // Whoever was banned is also said to have left, and whoever was made an administrator to have joined.
  const said = soft && before !== undefined && isInside(before.role) === isInside(role) ? before.role : role;
  const titled = isAdmin(said) ? (title ?? before?.title ?? '') : '';
  const known = before?.title ?? '';
  if (before?.role === said && before.name === called && known === titled) return [];
  const seat = { role: said, ...(called !== undefined && { name: called }), ...(titled !== '' && { title: titled }) };
  ledger.set(key, pack(seat));
  if (before === undefined && !isInside(said)) return [];
  const untitled = known !== '' && titled === '' ? { titles: [] } : {};
  const member = { ...asMember(user, seat), ...untitled, ...(by !== undefined && { by }) };
  return [{ type: 'members', chat: chatOf(Number(group)), members: [member] }];
}

/** Somebody in a group as the core knows him. */
export const asMember = (user: Author, { role, name, title }: SeatRecord): Member => ({
  ...{ user, role, ...(name !== undefined && { name }) },
  ...(title !== undefined && { titles: [title] }),
});

/** The group goes on as a supergroup, with everybody in it. Said in both of them: it happens once. */
function foldMove(from: string, to: string, news: GroupNews, ledger: Ledger): readonly NetworkEvent[] | undefined {
  const before = unpackGroup(ledger.get(groupKey(from)));
  if (before?.movedTo === to) return undefined;
  const title = before?.title ?? news.title ?? from;
  ledger.set(groupKey(from), pack({ ...before, title, type: 'group', joined: false, movedTo: to }));
  const there = unpackGroup(ledger.get(groupKey(to)));
  ledger.set(groupKey(to), pack({ ...before, title, type: 'supergroup', joined: true }));
  for (const [key, bytes] of ledger.seats(from)) ledger.set(seatKey(to, ofSeat(key)), bytes);
  const chat = chatOf(Number(to));
  return [
    { type: 'moved', from: chatOf(Number(from)), to: chat },
    ...(there?.joined ? [] : [{ type: 'chat', chat, name: title, joined: true } as const]),
  ];
}

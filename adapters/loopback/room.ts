// One room of the loopback: what it is, who is in it, what was said lately. It is kept whole in the account's state, in the
// transaction that tells what changed, so a restart finds it as it was.
import type { Author, ChatId, LogEvent, Member, NetworkEvent, Role } from 'moongate/adapter';

/** What was said. `from` null is the account itself. */
export interface Line {
  readonly id: string;
  readonly key: string;
  readonly from: Author;
  readonly at: number;
  readonly text: string;
}
export interface Room {
  readonly id: ChatId;
  readonly name: string;
  readonly topic: string;
  /** Everybody may come in. */
  readonly open: boolean;
  readonly joined: boolean;
  readonly members: readonly Member[];
  readonly lines: readonly Line[];
}

/** Lines that a room remembers. */
const REMEMBERED = 500;

/** Who lives in the loopback and may be in a room. */
export const people: Readonly<Record<string, string>> = {
  echo: 'Echo',
  clock: 'Clock',
  flaky: 'Flaky',
  warden: 'Warden',
};

/** The room that everybody has. */
export const garden = (now: number): Room => ({
  ...{ id: 'garden', name: 'Garden', topic: 'Say "help": the warden does what you want to see.', open: true },
  ...{ joined: false, members: [member('warden', 'owner'), member('echo', 'member'), member('clock', 'muted')] },
  lines: [line('warden', 'welcome', 'Welcome to the garden.', now)],
});

export const member = (user: string, role: Role): Member => ({
  ...{ user, name: people[user] ?? user, role },
  ...(Object.hasOwn(people, user) && { titles: ['bot'] }),
});
export const line = (from: Author, key: string, text: string, at: number): Line => ({ id: key, key, from, at, text });

/** The role of somebody; 'none' where he is not in it. */
export const roleOf = ({ members }: Room, user: Author): Role =>
  members.find((one) => one.user === user)?.role ?? 'none';

/** The room with somebody's role changed; who is banned is remembered. */
export function withRole(room: Room, user: Author, role: Role): Room {
  const others = room.members.filter((one) => one.user !== user);
  const name = user === null ? undefined : people[user];
  const changed = { user, role, ...(name === undefined ? {} : { name }) };
  return { ...room, members: role === 'none' ? others : [...others, changed] };
}

export const withLines = (room: Room, ...lines: readonly Line[]): Room => ({
  ...room,
  lines: [...room.lines, ...lines].slice(-REMEMBERED),
});

const chatOf = ({ id }: Room) => ({ kind: 'group', id }) as const;

/** A line as an event of its room. */
export function said(room: Room, { id, key, from, at, text }: Line): LogEvent {
  const name = from === null ? undefined : people[from];
  const about = { key, id, chat: chatOf(room), from, at, ...(name === undefined ? {} : { name }) };
  return { type: 'message', ...about, content: { text } };
}

/** How a room is. */
export function asChat(room: Room): NetworkEvent {
  const { name, topic, joined, open } = room;
  const size = present(room).length;
  return { type: 'chat', chat: chatOf(room), name, topic, joined, open, size };
}

/** Who is in a room: all of them. */
export const everybody = (room: Room): NetworkEvent => ({
  ...{ type: 'members', chat: chatOf(room), complete: true },
  members: present(room),
});

/** That somebody's role has changed. */
export const changed = (room: Room, ...members: readonly Member[]): NetworkEvent => ({
  ...{ type: 'members', chat: chatOf(room), members },
});

export const present = ({ members }: Room): readonly Member[] => members.filter(({ role }) => role !== 'banned');

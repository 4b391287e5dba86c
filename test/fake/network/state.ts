// Pigeon's tables, and the records that change them. A record carries every number and every time that was decided when it
// was made, so that replaying a journal rebuilds the same world.
import type { ChatName, GroupRole, LogEntry, MessageView, PigeonEvent } from './control-api.ts';

/** A person and what waits for him. */
export interface Person {
  id: string;
  name: string;
  password: string;
  sessions: Set<string>;
  blocked: Set<string>;
  queue: PigeonEvent[];
  lastSeq: number;
}
/** A group. `members` are those in it; `roles` are also those of who was put out for good. */
export interface Group {
  id: string;
  name: string;
  topic: string;
  open: boolean;
  members: string[];
  roles: Record<string, GroupRole>;
}
/** What a request with an Idempotency-Key was, and what it was answered with. */
export interface Kept {
  request: string;
  body: Record<string, unknown>;
}
/** The whole world. */
export interface State {
  people: Map<string, Person>;
  groups: Map<string, Group>;
  /** By the chat's own key; a message's id is its place, counted from 1. */
  chats: Map<string, MessageView[]>;
  /** By person and key. */
  keys: Map<string, Kept>;
  log: LogEntry[];
  honoursKeys: boolean;
}

/** One change of the world. */
export type Change =
  | { t: 'person'; id: string; name: string; password: string }
  /** A group as it is from now on, what of it is told, and by whom and when it was done. */
  | { t: 'group'; group: Group; tells: 'all' | 'group' | 'members'; by: string; at: number }
  | { t: 'session'; user: string; session: string }
  | { t: 'revoke'; user: string }
  | { t: 'block'; by: string; user: string; on: boolean }
  | { t: 'deed'; entry: LogEntry; key?: { name: string; kept: Kept } }
  | { t: 'confirm'; user: string; upTo: number }
  | { t: 'honour'; keys: boolean };

/** An empty world. */
export function emptyState(): State {
  return { people: new Map(), groups: new Map(), chats: new Map(), keys: new Map(), log: [], honoursKeys: true };
}

/** The person with this id; throws where there is none. */
export function personOf(state: State, id: string): Person {
  const person = state.people.get(id);
  if (!person) throw new Error(`no person ${id}`);
  return person;
}

/** One key for a chat, whoever looks at it. */
export function chatKey(by: string, { kind, id }: ChatName): string {
  return kind === 'group' ? `group/${id}` : `direct/${[by, id].sort().join('/')}`;
}

/** Who is in a chat; undefined where `by` has no such chat. */
export function membersOf(state: State, by: string, { kind, id }: ChatName): readonly string[] | undefined {
  if (kind === 'direct') return state.people.has(id) && id !== by ? [by, id] : undefined;
  const members = state.groups.get(id)?.members;
  return members?.includes(by) ? members : undefined;
}

/** The messages of a chat, as the state keeps them. */
export function messagesOf(state: State, by: string, chat: ChatName): MessageView[] {
  const key = chatKey(by, chat);
  const known = state.chats.get(key) ?? [];
  state.chats.set(key, known);
  return known;
}

/** Carries out one change. */
export function apply(state: State, change: Change): void {
  switch (change.t) {
    case 'person': {
      const { id, name, password } = change;
      const empty = { sessions: new Set<string>(), blocked: new Set<string>(), queue: [], lastSeq: 0 };
      state.people.set(id, { id, name, password, ...empty });
      break;
    }
    case 'group':
      applyGroup(state, change);
      break;
    case 'session':
      personOf(state, change.user).sessions.add(change.session);
      break;
    case 'revoke':
      personOf(state, change.user).sessions.clear();
      break;
    case 'block': {
      const { blocked } = personOf(state, change.by);
      if (change.on) blocked.add(change.user);
      else blocked.delete(change.user);
      break;
    }
    case 'deed':
      applyDeed(state, change.entry);
      if (change.key) state.keys.set(change.key.name, change.key.kept);
      break;
    case 'confirm': {
      const person = personOf(state, change.user);
      person.queue = person.queue.filter(({ seq }) => seq > change.upTo);
      break;
    }
    case 'honour':
      state.honoursKeys = change.keys;
  }
}

function applyGroup(state: State, { group, tells, by, at }: Change & { t: 'group' }): void {
  const before = state.groups.get(group.id)?.members ?? [];
  state.groups.set(group.id, group);
  const tell = (user: string, types: readonly ('group' | 'members')[]): void => {
    const person = personOf(state, user);
    for (const event of groupEvents(state, group, { user, by, at })) {
      if (!types.includes(event.type as 'group' | 'members')) continue;
      person.lastSeq += 1;
      person.queue.push({ ...event, seq: person.lastSeq });
    }
  };
  for (const user of group.members) {
    tell(user, tells === 'all' || !before.includes(user) ? ['group', 'members'] : [tells]);
  }
  for (const user of before) if (!group.members.includes(user)) tell(user, ['group']);
}

/** How a group is now, as one person is told it. */
export function groupEvents(
  state: State,
  { id, name, topic, members, roles }: Group,
  { user, by, at }: { user: string; by: string; at: number },
): PigeonEvent[] {
  const said = { seq: 0, chat: { kind: 'group', id }, from: by, name, id, at: new Date(at).toISOString() } as const;
  const all = members.map((one) => ({ user: one, name: personOf(state, one).name, role: roles[one] ?? 'member' }));
  const group: PigeonEvent = { ...said, type: 'group', topic, joined: members.includes(user) };
  return group.joined ? [group, { ...said, type: 'members', members: all }] : [group];
}

function applyDeed(state: State, entry: LogEntry): void {
  state.log.push(entry);
  applyToMessages(messagesOf(state, entry.by, entry.chat), entry);
  for (const user of membersOf(state, entry.by, entry.chat) ?? []) {
    if (user === entry.by && entry.via === 'session' && entry.type !== 'message') continue;
    const person = personOf(state, user);
    person.lastSeq += 1;
    person.queue.push(eventFor(state, person, entry));
  }
}

function applyToMessages(messages: MessageView[], entry: LogEntry): void {
  const { type, id, by, time, text = '', replyTo, emojis = [] } = entry;
  if (type === 'message') {
    const reply = replyTo === undefined ? {} : { replyTo };
    messages.push({ id, from: by, at: time, text, edited: false, deleted: false, ...reply, reactions: {} });
    return;
  }
  const message = messages[Number(id) - 1];
  if (!message) throw new Error(`no message ${id}`);
  if (type === 'edit') Object.assign(message, { text, edited: true });
  if (type === 'delete') Object.assign(message, { text: '', deleted: true, reactions: {} });
  if (type !== 'react') return;
  if (emojis.length > 0) message.reactions[by] = emojis;
  else delete message.reactions[by];
}

/** A deed as one of those in the chat is told it. Of his own he is told the key as well. */
function eventFor(state: State, { id: user, lastSeq }: Person, entry: LogEntry): PigeonEvent {
  const { type, by, chat, id, time, text, replyTo, emojis, key } = entry;
  return {
    seq: lastSeq,
    type,
    chat: chat.kind === 'direct' && user !== by ? { kind: 'direct', id: by } : chat,
    from: by,
    name: personOf(state, by).name,
    id,
    at: new Date(time).toISOString(),
    ...(text === undefined ? {} : { text }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(emojis === undefined ? {} : { emojis }),
    ...(key === undefined || user !== by ? {} : { key }),
  };
}

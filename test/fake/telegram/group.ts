// A group, supergroup or channel as a plain table, and the records that change it.
import type { ApiChat } from './control-api.ts';

/** What somebody is in a group: `rights` are an administrator's rights, or a restricted member's permissions. */
export interface MemberRecord {
  status: 'creator' | 'administrator' | 'member' | 'restricted' | 'left' | 'kicked';
  rights?: Record<string, boolean>;
  custom_title?: string;
  is_anonymous?: boolean;
  /** Of a restricted one: whether he is in the chat. */
  is_member?: boolean;
  until_date?: number;
  /** Of an administrator: who made him one. */
  promoted_by?: number;
}

/** A group, supergroup or channel. `nextMessageId` counts for the latter two only. */
export interface Group {
  chat: ApiChat;
  description: string;
  /** What every member may do. */
  permissions: Record<string, boolean>;
  /** Humans and bots, also those who were there once. */
  members: Map<number, MemberRecord>;
  nextMessageId: number;
  /** The topics of a forum, by their ids; whether each is closed. */
  topics: Map<number, boolean>;
  /** Of a channel, the group where its posts are discussed; of that group, the channel. */
  linked?: number;
  /** Channels in whose name nobody writes here. */
  silenced: Set<number>;
  /** The supergroup that this group has become. */
  movedTo?: number;
}

/** One change of a group. */
export type GroupChange =
  | { t: 'group'; chat: ApiChat; description: string }
  | { t: 'chat'; chat: ApiChat; description: string; permissions: Record<string, boolean> }
  | { t: 'membership'; chat: number; user: number; member: MemberRecord }
  | { t: 'topic'; chat: number; topic: number; closed: boolean }
  | { t: 'linked'; chat: number; to: number }
  | { t: 'silenced'; chat: number; sender: number; silenced: boolean }
  | { t: 'moved'; chat: number; to: number };

/** Carries out one change. */
export function applyToGroup(groups: Map<number, Group>, change: GroupChange): void {
  if (change.t === 'group') {
    const { chat, description } = change;
    groups.set(chat.id, {
      chat,
      description,
      permissions: {},
      members: new Map(),
      nextMessageId: 1,
      topics: new Map(),
      silenced: new Set(),
    });
    return;
  }
  const group = groups.get(change.t === 'chat' ? change.chat.id : change.chat);
  if (!group) throw new Error('no such group');
  switch (change.t) {
    case 'chat':
      Object.assign(group, { chat: change.chat, description: change.description, permissions: change.permissions });
      break;
    case 'membership':
      group.members.set(change.user, change.member);
      break;
    case 'topic':
      group.topics.set(change.topic, change.closed);
      break;
    case 'linked':
      group.linked = change.to;
      break;
    case 'silenced':
      if (change.silenced) group.silenced.add(change.sender);
      else group.silenced.delete(change.sender);
      break;
    case 'moved':
      group.movedTo = change.to;
  }
}

/** Whether its messages have a sequence of ids of their own. */
export function countsItself({ chat }: Group): boolean {
  return chat.type === 'supergroup' || chat.type === 'channel';
}

// A ChatMember of the Bot API as a role of the contract.
import type { Role } from 'moongate/adapter';
import { words } from './shape.ts';
import type { Fields } from './shape.ts';

/** Telegram's own limit is lower. */
const LONGEST_TITLE = 64;

/** What somebody may do. Who removes others is an admin, any other administrator a moderator. */
export function roleOf(member: Fields): Role {
  switch (words(member.status)) {
    case 'creator':
      return 'owner';
    case 'administrator':
      return member.can_restrict_members === true ? 'admin' : 'moderator';
    case 'restricted':
      if (member.is_member === false) return 'none';
      return member.can_send_messages === false ? 'muted' : 'member';
    case 'kicked':
      return 'banned';
    case 'left':
      return 'none';
    default:
      return 'member';
  }
}

/** The title that an administrator was given there; '' is none. */
export const titleOf = (member: Fields): string => words(member.custom_title)?.slice(0, LONGEST_TITLE) ?? '';

/** What the bot itself may do: in a channel, and where all are silenced, only some may write. */
export function ownRole(member: Fields, chat: Fields, permissions: Fields | undefined): Role {
  const role = roleOf(member);
  if (role === 'none' || role === 'banned' || role === 'owner') return role;
  if (chat.type === 'channel') return member.can_post_messages === true ? role : 'muted';
  return role === 'member' && permissions?.can_send_messages === false ? 'muted' : role;
}

/** Whether this role is one in the chat. */
export const isInside = (role: Role): boolean => role !== 'none' && role !== 'banned';

/** Whether it is that of an administrator. */
export const isAdmin = (role: Role): boolean => role === 'owner' || role === 'admin' || role === 'moderator';

// Who is what in a group, supergroup or channel, as the Bot API tells it, and what follows from it.
import type { ApiUser } from './control-api.ts';
import type { Group, MemberRecord } from './group.ts';
import type { State } from './state.ts';

/** What an administrator may be allowed, by type of chat. */
const ADMIN_RIGHTS =
  'can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members can_change_info ' +
  'can_invite_users can_post_stories can_edit_stories can_delete_stories';
const RIGHTS_OF: Readonly<Record<string, readonly string[]>> = {
  group: `${ADMIN_RIGHTS} can_pin_messages`.split(' '),
  supergroup: `${ADMIN_RIGHTS} can_pin_messages can_manage_topics`.split(' '),
  channel: `${ADMIN_RIGHTS} can_post_messages can_edit_messages`.split(' '),
};

/** What members may be allowed (ChatPermissions). */
export const PERMISSIONS: readonly string[] = (
  'can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes ' +
  'can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_change_info ' +
  'can_invite_users can_pin_messages can_manage_topics'
).split(' ');

/** The rights that there are in this chat. */
export function rightsIn(group: Group): readonly string[] {
  return RIGHTS_OF[group.chat.type] ?? [];
}

/** Every right of the list, allowed or not. */
export function each(names: readonly string[], allowed: (name: string) => boolean): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [name, allowed(name)]));
}

/** What somebody is there; who never was there has left. */
export function memberOf(group: Group, user: number): MemberRecord {
  return group.members.get(user) ?? { status: 'left' };
}

/** Whether this is a member who is in the chat. */
export function isInside({ status, is_member }: MemberRecord): boolean {
  return status === 'restricted' ? is_member !== false : status !== 'left' && status !== 'kicked';
}

/** Owner or administrator. */
export function isAdmin({ status }: MemberRecord): boolean {
  return status === 'creator' || status === 'administrator';
}

/** Whether somebody there has this right of an administrator. */
export function hasRight(group: Group, user: number, right: string): boolean {
  const { status, rights } = memberOf(group, user);
  return status === 'creator' || (status === 'administrator' && rights?.[right] === true);
}

/** Whether somebody there may write. */
export function maySpeak(group: Group, user: number): boolean {
  const member = memberOf(group, user);
  if (!isInside(member)) return false;
  if (group.chat.type === 'channel') return hasRight(group, user, 'can_post_messages');
  if (isAdmin(member)) return true;
  if (group.permissions['can_send_messages'] === false) return false;
  return member.status !== 'restricted' || member.rights?.['can_send_messages'] === true;
}

/** A ChatMember of the Bot API. `viewer`: the bot that asks. */
export function memberView(group: Group, user: ApiUser, member: MemberRecord, viewer: number): Record<string, unknown> {
  const { status, rights, custom_title, until_date = 0 } = member;
  const title = custom_title === undefined ? {} : { custom_title };
  const base = { user: withoutLanguage(user), status };
  switch (status) {
    case 'creator':
      return { ...base, is_anonymous: member.is_anonymous === true, ...title };
    case 'administrator':
      return {
        ...base,
        can_be_edited: member.promoted_by === viewer,
        is_anonymous: member.is_anonymous === true,
        ...each(rightsIn(group), (name) => rights?.[name] === true),
        ...title,
      };
    case 'restricted':
      return {
        ...base,
        is_member: member.is_member !== false,
        ...each(PERMISSIONS, (name) => rights?.[name] === true),
        until_date,
      };
    case 'kicked':
      return { ...base, until_date };
    default:
      return base;
  }
}

/** The user or bot with this id, if there is one. */
export function anyone(state: State, id: number): ApiUser | undefined {
  return state.people.get(id)?.user ?? state.bots.get(id)?.user;
}

/** A user as groups show him. */
export function withoutLanguage({ language_code: _unsaid, ...user }: ApiUser): ApiUser {
  return user;
}

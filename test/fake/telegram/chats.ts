// What a bot asks and changes about a chat as a whole: its description, its members, its title, its own being there.
import { randomBytes } from 'node:crypto';
import { type Answer, badRequest, success } from './answers.ts';
import { type Call, target } from './call.ts';
import type { Group } from './group.ts';
import { changeMember } from './groups.ts';
import { anyone, each, hasRight, isAdmin, isInside, memberOf, memberView, PERMISSIONS } from './members.ts';

const TITLE_LIMIT = 128;
const DESCRIPTION_LIMIT = 255;

/** The group that a call names, or the answer that refuses it. `what` completes the refusal of a private chat. */
export function groupTarget(call: Call, what: string): { group: Group } | { refusal: Answer } {
  const to = target(call);
  if (!('chat' in to) || to.refusal) return { refusal: to.refusal ?? badRequest('chat not found') };
  return to.group ? { group: to.group } : { refusal: badRequest(what) };
}

/** Reading is allowed where writing is not. */
export function getChat(call: Call): Answer {
  const { bot } = call;
  const to = target(call);
  if (!('chat' in to)) return to.refusal;
  const { chat, group } = to;
  const base = { ...chat, accent_color_id: Math.abs(chat.id) % 7, max_reaction_count: 11 };
  if (!group) return success(base);
  const linked = hasRight(group, bot.user.id, 'can_invite_users') ? { invite_link: linkOf(chat.id) } : {};
  const permissions =
    chat.type === 'channel' ? {} : { permissions: each(PERMISSIONS, (name) => group.permissions[name] ?? true) };
  const linked_chat = group.linked === undefined ? {} : { linked_chat_id: group.linked };
  const description = group.description === '' ? {} : { description: group.description };
  return success({ ...base, ...description, ...linked, ...linked_chat, ...permissions });
}

/** Everybody may be asked about; certain is the answer only to administrators, so a channel refuses the others. */
export function getChatMember(call: Call): Answer {
  const { world, bot, parameters } = call;
  const to = groupTarget(call, 'chat not found');
  if ('refusal' in to) return to.refusal;
  const id = Number(parameters['user_id'] ?? '');
  if (!(Number.isSafeInteger(id) && id > 0)) return badRequest('invalid user_id specified');
  const who = anyone(world.state, id);
  if (!who) return badRequest('user not found');
  const { group } = to;
  if (group.chat.type === 'channel' && !isAdmin(memberOf(group, bot.user.id)) && id !== bot.user.id) {
    return badRequest('member list is inaccessible');
  }
  return success(memberView(group, who, memberOf(group, id), bot.user.id));
}

/** All administrators that are no bots but the caller, the owner first. */
export function getChatAdministrators(call: Call): Answer {
  const { world, bot } = call;
  const to = groupTarget(call, 'there are no administrators in the private chat');
  if ('refusal' in to) return to.refusal;
  const { group } = to;
  if (group.chat.type === 'channel' && !isAdmin(memberOf(group, bot.user.id))) {
    return badRequest('member list is inaccessible');
  }
  const admins = [...group.members].filter(([, member]) => isAdmin(member));
  const views = admins.flatMap(([id, member]) => {
    const who = anyone(world.state, id);
    return who && (!who.is_bot || id === bot.user.id) ? [memberView(group, who, member, bot.user.id)] : [];
  });
  return success(views);
}

/** How many are in it, bots too. */
export function getChatMemberCount(call: Call): Answer {
  const to = groupTarget(call, 'chat not found');
  if ('refusal' in to) return to.refusal;
  return success([...to.group.members.values()].filter(isInside).length);
}

/** A new title; members read of it, the bot itself is told nothing. */
export function setChatTitle(call: Call): Answer {
  const { world, bot, parameters } = call;
  const to = groupTarget(call, "can't change title of a private chat");
  if ('refusal' in to) return to.refusal;
  const title = (parameters['title'] ?? '').trim();
  if (title === '') return badRequest('title must be non-empty');
  if (title.length > TITLE_LIMIT) return badRequest('title is too long');
  const { group } = to;
  if (!hasRight(group, bot.user.id, 'can_change_info')) return badRequest('not enough rights to change chat title');
  if (group.chat.title === title) return badRequest('chat title is not modified');
  const { description, permissions } = group;
  world.commit({ t: 'chat', chat: { ...group.chat, title }, description, permissions });
  return success(true);
}

/** A new description; empty is none. */
export function setChatDescription(call: Call): Answer {
  const { world, bot, parameters } = call;
  const to = groupTarget(call, "can't change private chat description");
  if ('refusal' in to) return to.refusal;
  const description = (parameters['description'] ?? '').trim();
  if (description.length > DESCRIPTION_LIMIT) return badRequest('chat description is too long');
  const { group } = to;
  if (!hasRight(group, bot.user.id, 'can_change_info')) return badRequest('not enough rights to set chat description');
  if (group.description === description) return badRequest('chat description is not modified');
  world.commit({ t: 'chat', chat: group.chat, description, permissions: group.permissions });
  return success(true);
}

/** The bot goes, and hears of it as of any change of its own membership. */
export function leaveChat(call: Call): Answer {
  const { world, bot } = call;
  const to = groupTarget(call, "chat member status can't be changed in private chats");
  if ('refusal' in to) return to.refusal;
  changeMember(world, bot, to.group, bot.user, bot.user.id, { status: 'left' });
  return success(true);
}

/** One more link by which people come in. */
export function createChatInviteLink(call: Call): Answer {
  const { bot, parameters } = call;
  const to = groupTarget(call, "can't create invite links in a private chat");
  if ('refusal' in to) return to.refusal;
  if (!hasRight(to.group, bot.user.id, 'can_invite_users')) {
    return badRequest('not enough rights to manage chat invite link');
  }
  const { name } = parameters;
  return success({
    invite_link: `https://t.me/+${randomBytes(12).toString('base64url')}`,
    creator: bot.user,
    creates_join_request: false,
    is_primary: false,
    is_revoked: false,
    ...(name === undefined ? {} : { name }),
  });
}

/** The link that a chat has from the start. */
const linkOf = (chat: number): string => `https://t.me/+AA${Math.abs(chat).toString(36)}`;

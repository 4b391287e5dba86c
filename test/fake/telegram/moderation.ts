// What a bot with the rights of an administrator does to members: ban, unban, restrict, promote.
import { type Answer, badRequest, success } from './answers.ts';
import type { Call } from './call.ts';
import { groupTarget } from './chats.ts';
import type { Group, MemberRecord } from './group.ts';
import { changeMember } from './groups.ts';
import { anyone, each, hasRight, isAdmin, isInside, memberOf, PERMISSIONS, rightsIn } from './members.ts';
import { flagArgument, integerArgument, jsonArgument } from './parameters.ts';

const PRIVATE = "chat member status can't be changed in private chats";
const LARGE_ONLY = 'method is available for supergroup and channel chats only';
const NO_RIGHTS = 'not enough rights to restrict/unrestrict chat member';

interface Subject {
  group: Group;
  user: number;
  member: MemberRecord;
}

function subject(call: Call): Subject | { refusal: Answer } {
  const { world, parameters } = call;
  const to = groupTarget(call, PRIVATE);
  if ('refusal' in to) return to;
  const user = Number(parameters['user_id'] ?? '');
  if (!(Number.isSafeInteger(user) && user > 0)) return { refusal: badRequest('invalid user_id specified') };
  if (!anyone(world.state, user)) return { refusal: badRequest('user not found') };
  return { group: to.group, user, member: memberOf(to.group, user) };
}

function become({ world, bot }: Call, { group, user }: Subject, member: MemberRecord): Answer {
  changeMember(world, bot, group, bot.user, user, member);
  return success(true);
}

/** Why this bot may not shut this member out; nothing if it may. */
function refusalToRestrict({ bot }: Call, { group, user, member }: Subject): Answer | undefined {
  const { id } = bot.user;
  if (user === id) return badRequest("can't restrict self");
  if (member.status === 'creator') return badRequest("can't remove chat owner");
  if (!hasRight(group, id, 'can_restrict_members')) return badRequest(NO_RIGHTS);
  if (member.status === 'administrator') return badRequest('user is an administrator of the chat');
  return undefined;
}

/** Out, and in supergroups and channels for good. A group knows no bans: he may come back. */
export function banChatMember(call: Call): Answer {
  const found = subject(call);
  if ('refusal' in found) return found.refusal;
  if (found.group.chat.type !== 'group') {
    const until_date = integerArgument(call.parameters['until_date'], 0, 0, 2 ** 31 - 1);
    return refusalToRestrict(call, found) ?? become(call, found, { status: 'kicked', until_date });
  }
  if (!isAdmin(memberOf(found.group, call.bot.user.id))) {
    return badRequest('need to be inviter of a user to kick it from a basic group');
  }
  if (isAdmin(found.member)) return badRequest('only the creator of a basic group can kick group administrators');
  if (!isInside(found.member)) return badRequest('USER_NOT_PARTICIPANT');
  return become(call, found, { status: 'left' });
}

/** Not banned after this, and not a member either, unless `only_if_banned`. */
export function unbanChatMember(call: Call): Answer {
  const found = subject(call);
  if ('refusal' in found) return found.refusal;
  if (found.group.chat.type === 'group') return badRequest(LARGE_ONLY);
  const refusal = refusalToRestrict(call, found);
  if (refusal) return refusal;
  const { status } = found.member;
  if (status !== 'kicked' && flagArgument(call.parameters['only_if_banned'])) return success(true);
  return status === 'left' ? success(true) : become(call, found, { status: 'left' });
}

/** Whoever owns this channel writes here in the name of none of his. */
export const banChatSenderChat = (call: Call): Answer => silence(call, true);

/** He may again. */
export const unbanChatSenderChat = (call: Call): Answer => silence(call, false);

function silence(call: Call, silenced: boolean): Answer {
  const { world, bot, parameters } = call;
  const to = groupTarget(call, PRIVATE);
  if ('refusal' in to) return to.refusal;
  const { chat } = to.group;
  if (chat.type === 'group') return badRequest(LARGE_ONLY);
  const sender = Number(parameters['sender_chat_id'] ?? '');
  if (!Number.isSafeInteger(sender) || sender >= 0) return badRequest('invalid sender_chat_id specified');
  if (world.state.groups.get(sender)?.chat.type !== 'channel') return badRequest('chat not found');
  if (!hasRight(to.group, bot.user.id, 'can_restrict_members')) return badRequest(NO_RIGHTS);
  world.commit({ t: 'silenced', chat: chat.id, sender, silenced });
  return success(true);
}

/** Takes permissions from a member of a supergroup, or gives all back. */
export function restrictChatMember(call: Call): Answer {
  const found = subject(call);
  if ('refusal' in found) return found.refusal;
  if (found.group.chat.type !== 'supergroup') return badRequest('method is available only for supergroups');
  const refusal = refusalToRestrict(call, found);
  if (refusal) return refusal;
  const given = jsonArgument(call.parameters['permissions']);
  if (typeof given !== 'object' || given === null) return badRequest("can't parse permissions JSON object");
  const wanted = given as Record<string, unknown>;
  // What is said of messages holds for every kind of them, unless the call keeps them apart.
  const apart = flagArgument(call.parameters['use_independent_chat_permissions']);
  const rights = each(PERMISSIONS, (name) => {
    const implied = !apart && name.startsWith('can_send_') && wanted['can_send_other_messages'] === true;
    return wanted[name] === true || implied;
  });
  const inside = isInside(found.member);
  if (inside && PERMISSIONS.every((name) => rights[name])) return become(call, found, { status: 'member' });
  return become(call, found, { status: 'restricted', rights, is_member: inside });
}

/** Makes an administrator with some of the bot's own rights, or a member again of one whom the bot has appointed. */
export function promoteChatMember(call: Call): Answer {
  const found = subject(call);
  if ('refusal' in found) return found.refusal;
  const { bot, parameters } = call;
  const { group, user, member } = found;
  if (group.chat.type === 'group') return badRequest(LARGE_ONLY);
  if (user === bot.user.id) return badRequest("can't promote self");
  if (member.status === 'creator') return badRequest("can't remove chat owner");
  if (!hasRight(group, bot.user.id, 'can_promote_members')) return badRequest('not enough rights');
  if (!isInside(member)) return badRequest('USER_NOT_PARTICIPANT');
  const foreign = member.status === 'administrator' && member.promoted_by !== bot.user.id;
  if (foreign) return badRequest('CHAT_ADMIN_REQUIRED');
  const rights = each(rightsIn(group), (name) => flagArgument(parameters[name]));
  const wanted = Object.keys(rights).filter((name) => rights[name]);
  if (wanted.some((name) => !hasRight(group, bot.user.id, name))) return badRequest('RIGHT_FORBIDDEN');
  if (wanted.length === 0) return become(call, found, { status: 'member' });
  // Whoever has any right of an administrator has this one.
  const all = { ...rights, can_manage_chat: true };
  return become(call, found, { status: 'administrator', rights: all, promoted_by: bot.user.id });
}

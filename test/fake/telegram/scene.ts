// Who acts, for which bot to see, in which chat: what everything that humans do begins with and how it ends.
import type { ApiChat, ApiMessage, ApiUser, MessageContent, Place, SentView } from './control-api.ts';
import type { Group } from './group.ts';
import { hasRight, isAdmin, isInside, maySpeak, memberOf, withoutLanguage } from './members.ts';
import { type Bot, botOf, groupOf, type Person, personOf, privateChat } from './state.ts';
import type { World } from './world.ts';

/** Where something is done. */
export interface Scene {
  bot: Bot;
  person: Person;
  chat: ApiChat;
  group?: Group;
  /** The chat that he writes as. */
  as?: ApiChat;
  thread?: number;
}

/** Telegram's own accounts, which stand in `from` where a chat speaks, and where a channel's post is brought to its group. */
const ANONYMOUS: ApiUser = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
const CHANNEL: ApiUser = { id: 136817688, is_bot: true, first_name: 'Channel', username: 'Channel_Bot' };
const TELEGRAM: ApiUser = { id: 777000, is_bot: false, first_name: 'Telegram' };

/** Sets the scene; with `acting` the chat must exist between them, and he must be let write there. */
export function sceneOf(world: World, place: Place, acting = true): Scene {
  const { bot: botId, user, chat: chatId } = place;
  const bot = botOf(world.state, botId);
  const person = personOf(world.state, user);
  if (person.deactivated) throw new Error(`user ${user} is deactivated`);
  if (chatId === undefined || chatId === user) {
    const dialogue = bot.dialogues.get(user);
    if (acting && !dialogue?.opened) throw new Error(`user ${user} has not opened the bot`);
    if (acting && dialogue?.blocked) throw new Error(`user ${user} has blocked the bot`);
    return { bot, person, chat: privateChat(person.user) };
  }
  const group = groupOf(world.state, chatId);
  if (group.movedTo !== undefined) throw new Error(`the group has become ${group.movedTo}`);
  if (!isInside(memberOf(group, user))) throw new Error(`user ${user} is not in the group`);
  if (acting && !isInside(memberOf(group, botId)) && !discussion(world, group, botId)) {
    throw new Error('the bot is not in the group');
  }
  const { thread } = place;
  if (thread !== undefined && !group.topics.has(thread)) throw new Error(`no topic ${thread}`);
  const as = place.as === undefined ? {} : { as: guise(world, group, user, place.as) };
  return { bot, person, chat: group.chat, group, ...as, ...(thread === undefined ? {} : { thread }) };
}

/** An administrator may write as the group, anybody as a channel that he owns. */
function guise({ state }: World, group: Group, user: number, as: number): ApiChat {
  const mask = groupOf(state, as);
  const allowed = as === group.chat.id ? isAdmin(memberOf(group, user)) : memberOf(mask, user).status === 'creator';
  if (!allowed || (mask !== group && mask.chat.type !== 'channel')) throw new Error(`he cannot write as ${as}`);
  // Whoever owns a channel that is banned writes as none of his.
  const banned = [...group.silenced].some((one) => memberOf(groupOf(state, one), user).status === 'creator');
  if (mask !== group && banned) throw new Error('his channels are banned there');
  return mask.chat;
}

/** The group where a channel's posts are discussed, if the bot is in it. */
function discussion({ state }: World, { chat, linked }: Group, bot: number): Group | undefined {
  const group = chat.type === 'channel' && linked !== undefined ? groupOf(state, linked) : undefined;
  return group && isInside(memberOf(group, bot)) ? group : undefined;
}

/** A message by the person of the scene. `service`: one that tells what happened, which every bot of the chat is shown. */
export function write(
  world: World,
  scene: Scene,
  method: string,
  fields: Record<string, unknown>,
  service = false,
): SentView {
  const { bot, person, chat, group, thread } = scene;
  if (group && !service) mustSpeak(group, person.user.id, thread);
  const topic = thread === undefined ? undefined : topicFields(world, bot, chat, thread);
  const message = { ...author(scene), chat, date: world.date(), ...topic, ...fields };
  const kind = chat.type === 'channel' ? 'channel_post' : 'message';
  const tells = isShown(scene, message, service) ? kind : null;
  const from = person.user.id;
  const entry = world.accept({ bot, chat, direction: 'to-bot', method, from, message, tells });
  if (group && !service) bringToDiscussion(world, bot, group, entry.message, from);
  return sent(entry);
}

/** What is posted in a channel stands in its group at once, where it is discussed. */
export function bringToDiscussion(world: World, bot: Bot, channel: Group, post: ApiMessage, from: number): void {
  const group = discussion(world, channel, bot.user.id);
  if (!group) return;
  const { message_id, date, sender_chat, from: _nobody, chat: _channel, ...content } = post;
  const origin = { type: 'channel', chat: channel.chat, message_id, date };
  const brought = { from: TELEGRAM, sender_chat, forward_origin: origin, is_automatic_forward: true };
  const message = { ...brought, chat: group.chat, date: world.date(), ...content };
  const tells = isShown({ bot, chat: group.chat, group }, message, false) ? 'message' : null;
  const draft = { bot, chat: group.chat, direction: 'to-bot', method: 'automaticForward', from } as const;
  world.accept({ ...draft, message, tells });
}

function mustSpeak(group: Group, user: number, thread: number | undefined): void {
  if (!maySpeak(group, user)) throw new Error(`user ${user} may not write there`);
  if (thread === undefined || !group.topics.get(thread)) return;
  if (!hasRight(group, user, 'can_manage_topics')) throw new Error('the topic is closed');
}

/** What is said in a topic answers the message that opened it, unless it answers another. */
function topicFields(world: World, bot: Bot, chat: ApiChat, thread: number): Record<string, unknown> {
  const root = world.state.messages.get(`${bot.user.id}:${chat.id}:${thread}`)?.message;
  return {
    message_thread_id: thread,
    is_topic_message: true,
    ...(root === undefined ? {} : { reply_to_message: root }),
  };
}

function author({ person, chat, as }: Scene): { from?: ApiUser; sender_chat?: ApiChat } {
  if (chat.type === 'channel') return { sender_chat: chat };
  if (as) return { from: as.id === chat.id ? ANONYMOUS : CHANNEL, sender_chat: as };
  return { from: chat.type === 'private' ? person.user : withoutLanguage(person.user) };
}

/** Privacy mode: of a group's talk a bot is shown only what is meant for it, and service messages. */
export function isShown(
  { bot, chat, group }: Pick<Scene, 'bot' | 'chat' | 'group'>,
  message: MessageContent,
  service: boolean,
): boolean {
  if (group && !isInside(memberOf(group, bot.user.id))) return false;
  if (!group || chat.type === 'channel' || bot.readsAll || service) return true;
  if (isAdmin(memberOf(group, bot.user.id))) return true;
  if (message.reply_to_message?.from?.id === bot.user.id) return true;
  const command = /^\/\w+(?:@(\w+))?/.exec(message.text ?? '');
  return command !== null && (command[1] === undefined || command[1] === bot.user.username);
}

/** Tells a bot that somebody's membership has changed; null if it did not ask for that. */
export function tellMembership(
  world: World,
  bot: Bot,
  kind: 'my_chat_member' | 'chat_member',
  chat: ApiChat,
  from: ApiUser,
  [old_chat_member, new_chat_member]: readonly Record<string, unknown>[],
  also: Parameters<World['commit']>,
): number | null {
  const content = { chat, from, date: world.date(), old_chat_member, new_chat_member };
  return world.tell(bot, kind, content, also);
}

/** What became of it. */
export function sent(entry: { message: ApiMessage; update_id: number | null; seq: number }): SentView {
  return { message: entry.message, update_id: entry.update_id, seq: entry.seq };
}

// The Bot API methods, as one table: what is not in it is answered 404. A method is a function of one call.
import { type Answer, badRequest, failure, success, tooManyRequests } from './answers.ts';
import { type Call, type Method, target } from './call.ts';
import { deleteMessage, editMessageText, setMessageReaction } from './changes.ts';
import {
  createChatInviteLink,
  getChat,
  getChatAdministrators,
  getChatMember,
  getChatMemberCount,
  leaveChat,
  setChatDescription,
  setChatTitle,
} from './chats.ts';
import type { ApiChat, ApiMessage } from './control-api.ts';
import type { Group } from './group.ts';
import { hasRight, maySpeak } from './members.ts';
import {
  banChatMember,
  banChatSenderChat,
  promoteChatMember,
  restrictChatMember,
  unbanChatMember,
  unbanChatSenderChat,
} from './moderation.ts';
import { flagArgument, integerArgument, jsonArgument } from './parameters.ts';
import { findMessage } from './state.ts';
import { bringToDiscussion } from './scene.ts';
import { readText } from './text.ts';

/** All methods there are, by their names in lower case. */
export const METHODS: Readonly<Record<string, Method>> = {
  getme: ({ bot }) =>
    success({
      ...bot.user,
      can_join_groups: true,
      can_read_all_group_messages: bot.readsAll,
      supports_inline_queries: false,
      can_connect_to_business: false,
      has_main_web_app: false,
    }),
  getupdates: ({ polling, bot, parameters, gone }) => polling.poll(bot, parameters, gone),
  setwebhook: setWebhook,
  deletewebhook: deleteWebhook,
  getwebhookinfo: ({ world, bot }) =>
    success({
      url: bot.webhook,
      has_custom_certificate: false,
      pending_update_count: world.pending(bot.user.id).length,
      ...(bot.allowed ? { allowed_updates: bot.allowed } : {}),
    }),
  getchat: getChat,
  getchatmember: getChatMember,
  getchatadministrators: getChatAdministrators,
  getchatmembercount: getChatMemberCount,
  setchattitle: setChatTitle,
  setchatdescription: setChatDescription,
  leavechat: leaveChat,
  createchatinvitelink: createChatInviteLink,
  banchatmember: banChatMember,
  unbanchatmember: unbanChatMember,
  restrictchatmember: restrictChatMember,
  promotechatmember: promoteChatMember,
  banchatsenderchat: banChatSenderChat,
  unbanchatsenderchat: unbanChatSenderChat,
  sendchataction: sendChatAction,
  sendmessage: sendMessage,
  sendlocation: sendLocation,
  editmessagetext: editMessageText,
  deletemessage: deleteMessage,
  setmessagereaction: setMessageReaction,
};

const ACTIONS = new Set(
  (
    'typing upload_photo record_video upload_video record_voice upload_voice upload_document ' +
    'choose_sticker find_location record_video_note upload_video_note'
  ).split(' '),
);

function sendMessage(call: Call): Answer {
  const text = readText(call.parameters);
  if ('refusal' in text) return text.refusal;
  const { entities } = text;
  return send(call, 'sendMessage', { text: text.text, ...(entities.length > 0 ? { entities } : {}) });
}

function sendLocation(call: Call): Answer {
  const [latitude, longitude] = [call.parameters['latitude'], call.parameters['longitude']].map(Number);
  if (latitude === undefined || longitude === undefined || Number.isNaN(latitude) || Number.isNaN(longitude)) {
    return badRequest('location is not specified');
  }
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return badRequest('wrong location specified');
  return send(call, 'sendLocation', { location: { latitude, longitude } });
}

/** What is the same for all kinds of messages. */
function send(call: Call, method: string, content: Record<string, unknown>): Answer {
  const { world, flood, bot, parameters } = call;
  const to = target(call);
  if (!('chat' in to)) return to.refusal;
  const wait = flood.take(bot.user.id, to.chat.id, world.now());
  if (wait > 0) return tooManyRequests(wait);
  if (to.refusal) return to.refusal;
  const reply = replyTarget(call, to.chat);
  if ('refusal' in reply) return reply.refusal;
  const topic = to.group ? topicOf(call, to.group, reply.message) : {};
  if ('refusal' in topic) return topic.refusal;
  const message = {
    ...(to.chat.type === 'channel' ? { sender_chat: to.chat } : { from: bot.user }),
    chat: to.chat,
    date: world.date(),
    ...topic,
    ...(reply.message ? { reply_to_message: reply.message } : {}),
    ...content,
    ...(flagArgument(parameters['protect_content']) ? { has_protected_content: true } : {}),
  };
  const draft = { bot, chat: to.chat, direction: 'from-bot', method, from: bot.user.id } as const;
  const { message: accepted } = world.accept({ ...draft, message, tells: null });
  if (to.group) bringToDiscussion(world, bot, to.group, accepted, bot.user.id);
  return success(accepted);
}

/** Whether the bot may write in this group, and in which topic: an answer stands where what it answers does. */
function topicOf(
  { bot, parameters }: Call,
  group: Group,
  answered: ApiMessage | undefined,
): { message_thread_id?: number } | { refusal: Answer } {
  const { id } = bot.user;
  if (!maySpeak(group, id)) {
    const why =
      group.chat.type === 'channel'
        ? 'need administrator rights in the channel chat'
        : 'not enough rights to send text messages to the chat';
    return { refusal: badRequest(why) };
  }
  const said = answered?.['is_topic_message'] === true ? Number(answered['message_thread_id']) : 0;
  const thread = said > 0 ? said : integerArgument(parameters['message_thread_id'], 0, 0, 2 ** 31 - 1);
  if (thread === 0) return {};
  const closed = group.topics.get(thread);
  if (closed === undefined) return { refusal: badRequest('message thread not found') };
  if (closed && !hasRight(group, id, 'can_manage_topics')) return { refusal: badRequest('TOPIC_CLOSED') };
  return { message_thread_id: thread, ...{ is_topic_message: true } };
}

function replyTarget(call: Call, chat: ApiChat): { message?: ApiMessage } | { refusal: Answer } {
  const { world, bot, parameters } = call;
  const modern = jsonArgument(parameters['reply_parameters']);
  const fields = typeof modern === 'object' && modern !== null ? (modern as Record<string, unknown>) : {};
  const id = Number(fields['message_id'] ?? integerArgument(parameters['reply_to_message_id'], 0, 0, 2 ** 31 - 1));
  if (!(id > 0)) return {};
  const found = findMessage(world.state, bot.user.id, chat.id, id);
  if (found) {
    const { reply_to_message: _nested, ...message } = found;
    return { message: message };
  }
  const lenient =
    fields['allow_sending_without_reply'] === true || flagArgument(parameters['allow_sending_without_reply']);
  return lenient ? {} : { refusal: badRequest('message to be replied not found') };
}

function sendChatAction(call: Call): Answer {
  if (!ACTIONS.has((call.parameters['action'] ?? '').toLowerCase())) {
    return badRequest('wrong parameter action in request');
  }
  const to = target(call);
  return to.refusal ?? success(true);
}

function setWebhook(call: Call): Answer {
  const { world, polling, bot, parameters } = call;
  const url = parameters['url'] ?? '';
  if (url === '') return deleteWebhook(call);
  if (!/^https:\/\/[^\s/]+/.test(url)) {
    return badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  }
  polling.rememberAllowed(bot, parameters['allowed_updates']);
  dropPending(call);
  if (bot.webhook === url) return success(true, 'Webhook is already set');
  polling.terminate(bot, 'terminated by setWebhook request');
  world.commit({ t: 'webhook', bot: bot.user.id, url });
  return success(true, 'Webhook was set');
}

function deleteWebhook(call: Call): Answer {
  const { world, bot } = call;
  dropPending(call);
  if (bot.webhook === '') return success(true, 'Webhook is already deleted');
  world.commit({ t: 'webhook', bot: bot.user.id, url: '' });
  return success(true, 'Webhook was deleted');
}

function dropPending({ world, bot, parameters }: Call): void {
  if (!flagArgument(parameters['drop_pending_updates'])) return;
  world.commit({ t: 'confirm', bot: bot.user.id, before: bot.nextUpdateId });
}

/** The answer to a method that is not there. */
export const METHOD_NOT_FOUND: Answer = failure(404, 'Not Found: method not found');

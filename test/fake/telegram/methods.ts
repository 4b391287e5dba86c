// The Bot API methods, as one table: what is not in it is answered 404. A method is a function of one call.
import { type Answer, badRequest, failure, forbidden, success, tooManyRequests } from './answers.ts';
import type { ApiChat, ApiMessage } from './control-api.ts';
import type { FloodControl } from './limits.ts';
import { flagArgument, integerArgument, jsonArgument, type Parameters } from './parameters.ts';
import type { Polling } from './polling.ts';
import { type Bot, findMessage, privateChat } from './state.ts';
import { readText } from './text.ts';
import type { World } from './world.ts';

/** One call of a bot that has shown a good token. */
export interface Call {
  world: World;
  polling: Polling;
  flood: FloodControl;
  bot: Bot;
  parameters: Parameters;
  gone: AbortSignal;
}

/** A method of the Bot API. */
export type Method = (call: Call) => Answer | Promise<Answer>;

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
  sendchataction: sendChatAction,
  sendmessage: sendMessage,
};

const ACTIONS = new Set(
  (
    'typing upload_photo record_video upload_video record_voice upload_voice upload_document ' +
    'choose_sticker find_location record_video_note upload_video_note'
  ).split(' '),
);

/** The chat that a call names, or the answer that refuses it. */
type Target = { chat: ApiChat; refusal?: Answer } | { refusal: Answer };

function target({ world, bot, parameters }: Call): Target {
  const text = parameters['chat_id'] ?? '';
  if (text === '') return { refusal: badRequest('chat_id is empty') };
  const id = /^-?\d+$/.test(text) ? Number(text) : 0;
  const group = world.state.groups.get(id);
  if (group) return groupTarget(group.chat, group.bots.has(bot.user.id), group.formerBots.has(bot.user.id));
  if (world.state.bots.has(id)) return { refusal: forbidden("bots can't send messages to bots") };
  const person = world.state.people.get(id);
  const dialogue = bot.dialogues.get(id);
  if (!person || (!dialogue?.opened && !bot.seen.has(id))) return { refusal: badRequest('chat not found') };
  const chat = privateChat(person.user);
  if (person.deactivated) return { chat, refusal: forbidden('user is deactivated') };
  if (!dialogue?.opened) return { chat, refusal: forbidden("bot can't initiate conversation with a user") };
  if (dialogue.blocked) return { chat, refusal: forbidden('bot was blocked by the user') };
  return { chat };
}

function groupTarget(chat: ApiChat, inside: boolean, wasInside: boolean): Target {
  if (inside) return { chat };
  if (!wasInside) return { refusal: badRequest('chat not found') };
  return { refusal: forbidden(`bot is not a member of the ${chat.type} chat`) };
}

function sendMessage(call: Call): Answer {
  const { world, flood, bot, parameters } = call;
  const text = readText(parameters);
  if ('refusal' in text) return text.refusal;
  const to = target(call);
  if (!('chat' in to)) return to.refusal;
  const wait = flood.take(bot.user.id, to.chat.id, world.now());
  if (wait > 0) return tooManyRequests(wait);
  if (to.refusal) return to.refusal;
  const reply = replyTarget(call, to.chat);
  if ('refusal' in reply) return reply.refusal;
  const { entities } = text;
  const message = {
    from: bot.user,
    chat: to.chat,
    date: world.date(),
    ...(reply.message ? { reply_to_message: reply.message } : {}),
    text: text.text,
    ...(entities.length > 0 ? { entities } : {}),
    ...(flagArgument(parameters['protect_content']) ? { has_protected_content: true } : {}),
  };
  const draft = { bot, chat: to.chat, direction: 'from-bot', method: 'sendMessage', from: bot.user.id } as const;
  return success(world.accept({ ...draft, message, tells: null }).message);
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

function getChat(call: Call): Answer {
  const to = target(call);
  // Reading is allowed where writing is not.
  if (!('chat' in to)) return to.refusal;
  const { chat } = to;
  return success({ ...chat, accent_color_id: Math.abs(chat.id) % 7, max_reaction_count: 11 });
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

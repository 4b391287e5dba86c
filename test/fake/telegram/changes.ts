// What a bot may change of messages that are there: their text, their being there, its reaction to them.
import { isDeepStrictEqual } from 'node:util';
import { type Answer, badRequest, success, tooManyRequests } from './answers.ts';
import { type Call, target } from './call.ts';
import type { ApiChat, ApiMessage, ApiReaction } from './control-api.ts';
import type { Group } from './group.ts';
import { hasRight } from './members.ts';
import { integerArgument } from './parameters.ts';
import { REACTIONS } from './reactions.ts';
import { findMessage, messageKey, reactionOf } from './state.ts';
import { readText } from './text.ts';

const TWO_DAYS = 48 * 3600;
const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content ' +
  'and reply markup of the message';

/** The message that a call names, or the answer that refuses it. */
function subject(
  call: Call,
  what: string,
): { chat: ApiChat; group: Group | undefined; message: ApiMessage } | { refusal: Answer } {
  const { world, bot, parameters } = call;
  const to = target(call);
  if (!('chat' in to) || to.refusal) return { refusal: to.refusal ?? badRequest('chat not found') };
  const id = integerArgument(parameters['message_id'], 0, 0, 2 ** 31 - 1);
  const message = findMessage(world.state, bot.user.id, to.chat.id, id);
  return message
    ? { chat: to.chat, group: to.group, message }
    : { refusal: badRequest(`message to ${what} not found`) };
}

type Subject = Extract<ReturnType<typeof subject>, { message: unknown }>;

const wroteIt = ({ world, bot }: Call, { chat, message }: Subject): boolean =>
  world.state.messages.get(messageKey(bot.user.id, chat.id, message.message_id))?.from === bot.user.id;

function mayEdit(call: Call, found: Subject): boolean {
  const { group } = found;
  if (group?.chat.type !== 'channel') return wroteIt(call, found);
  const right = wroteIt(call, found) ? 'can_post_messages' : 'can_edit_messages';
  return hasRight(group, call.bot.user.id, right);
}

function mayDelete(call: Call, found: Subject): boolean {
  const { group } = found;
  return !group || wroteIt(call, found) || hasRight(group, call.bot.user.id, 'can_delete_messages');
}

/** A bot may edit what it wrote, at any time; in a channel, with the right for it, every post. */
export function editMessageText(call: Call): Answer {
  const { world, flood, bot, parameters } = call;
  if (!parameters['message_id']) return badRequest('message identifier is not specified');
  const text = readText(parameters);
  if ('refusal' in text) return text.refusal;
  const found = subject(call, 'edit');
  if ('refusal' in found) return found.refusal;
  const { chat, message: before } = found;
  const wait = flood.take(bot.user.id, chat.id, world.now());
  if (wait > 0) return tooManyRequests(wait);
  if (!mayEdit(call, found)) return badRequest("message can't be edited");
  if (before.text === undefined) return badRequest('there is no text in the message to edit');
  const same = before.text === text.text && isDeepStrictEqual(before.entities ?? [], text.entities);
  if (same) return badRequest(NOT_MODIFIED);
  const { entities: _old, ...rest } = before;
  const { entities } = text;
  const now = { edit_date: world.date(), text: text.text, ...(entities.length > 0 ? { entities } : {}) };
  const draft = { bot, chat, direction: 'from-bot', method: 'editMessageText', from: bot.user.id } as const;
  return success(world.accept({ ...draft, message: { ...rest, ...now }, tells: null }).message);
}

/** In a private chat a bot may delete what both wrote, for two days; in a group what it wrote itself, or with the right all. */
export function deleteMessage(call: Call): Answer {
  const { world, bot, parameters } = call;
  if (!parameters['message_id']) return badRequest('message identifier is not specified');
  const found = subject(call, 'delete');
  if ('refusal' in found) return found.refusal;
  const { chat, message } = found;
  if (!mayDelete(call, found)) return badRequest("message can't be deleted");
  if (world.date() - message.date >= TWO_DAYS) return badRequest("message can't be deleted for everyone");
  world.commit({ t: 'delete', bot: bot.user.id, chat: chat.id, message_id: message.message_id });
  return success(true);
}

/** A bot has one reaction to a message, of the fixed list; nobody is told. */
export function setMessageReaction(call: Call): Answer {
  const { world, bot, parameters } = call;
  const reaction = readReactions(parameters['reaction']);
  if ('refusal' in reaction) return reaction.refusal;
  const found = subject(call, 'react');
  if ('refusal' in found) return found.refusal;
  const { wanted } = reaction;
  if (!wanted.every((one) => one.type === 'emoji' && REACTIONS.has(one.emoji))) return badRequest('REACTION_INVALID');
  if (wanted.length > 1) return badRequest('REACTIONS_TOO_MANY');
  const place = { bot: bot.user.id, chat: found.chat.id, message_id: found.message.message_id, actor: bot.user.id };
  if (!isDeepStrictEqual(reactionOf(world.state, place), wanted)) {
    world.react(bot, place, wanted, null);
  }
  return success(true);
}

function readReactions(text: string | undefined): { wanted: ApiReaction[] } | { refusal: Answer } {
  if (text === undefined || text === '') return { wanted: [] };
  const refuse = (why: string) => ({ refusal: badRequest(why) });
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return refuse("can't parse reaction types JSON object");
  }
  if (!Array.isArray(list)) return refuse('expected an Array of ReactionType');
  const wanted: ApiReaction[] = [];
  for (const item of list as unknown[]) {
    if (typeof item !== 'object' || item === null) return refuse("can't parse ReactionType: expected an Object");
    const { type, emoji, custom_emoji_id } = item as Partial<Record<string, unknown>>;
    if (type === undefined) return refuse('can\'t parse ReactionType: Can\'t find field "type"');
    if (type === 'emoji') {
      if (emoji === undefined) return refuse('can\'t parse ReactionType: Can\'t find field "emoji"');
      wanted.push({ type, emoji: typeof emoji === 'string' ? emoji : JSON.stringify(emoji) });
    } else if (type === 'custom_emoji') wanted.push({ type, custom_emoji_id: String(custom_emoji_id) });
    else return refuse("can't parse ReactionType: invalid reaction type specified");
  }
  return { wanted };
}

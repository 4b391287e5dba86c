// One call of a method, and what all methods about a chat look at first: whom it is for, and whether he may be written to.
import { type Answer, badRequest, failure, forbidden } from './answers.ts';
import type { ApiChat } from './control-api.ts';
import type { FloodControl } from './limits.ts';
import type { Group } from './group.ts';
import { isInside } from './members.ts';
import type { Parameters } from './parameters.ts';
import type { Polling } from './polling.ts';
import { type Bot, privateChat } from './state.ts';
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

/** The chat that a call names, or the answer that refuses it. */
export type Target = { chat: ApiChat; group?: Group; refusal?: Answer } | { refusal: Answer };

/** Looks the chat up by `chat_id`. */
export function target({ world, bot, parameters }: Call): Target {
  const text = parameters['chat_id'] ?? '';
  if (text === '') return { refusal: badRequest('chat_id is empty') };
  const id = /^-?\d+$/.test(text) ? Number(text) : 0;
  const group = world.state.groups.get(id);
  if (group) return groupTarget(group, bot.user.id);
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

function groupTarget(group: Group, bot: number): Target {
  const { chat, movedTo } = group;
  const member = group.members.get(bot);
  if (!member) return { refusal: badRequest('chat not found') };
  if (movedTo !== undefined) {
    const parameters = { migrate_to_chat_id: movedTo };
    return { refusal: failure(400, 'Bad Request: group chat was upgraded to a supergroup chat', parameters) };
  }
  if (isInside(member)) return { chat, group };
  if (member.status === 'kicked') return { refusal: forbidden(`bot was kicked from the ${chat.type} chat`) };
  return { refusal: forbidden(`bot is not a member of the ${chat.type} chat`) };
}

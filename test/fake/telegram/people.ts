// What humans do: they open bots, write, edit, block, and add bots to groups. Refuses what Telegram would not let them do.
import { isDeepStrictEqual } from 'node:util';
import type {
  ApiEntity,
  ApiMessage,
  ApiReaction,
  ApiUser,
  FakeTelegramControl,
  Place,
  SentView,
} from './control-api.ts';
import { cleanText, detectEntities } from './entities.ts';
import type { Group } from './group.ts';
import { mediaFields } from './media.ts';
import { isAdmin, memberOf } from './members.ts';
import { REACTIONS } from './reactions.ts';
import { type Bot, findMessage, messageKey, type Person, privateChat, reactionCounts, reactionOf } from './state.ts';
import { isShown, sceneOf, sent, tellMembership, write } from './scene.ts';
import type { Told, World } from './world.ts';

type Params<K extends keyof FakeTelegramControl> = Parameters<FakeTelegramControl[K]>[0];

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;

/** The humans of a world. */
export class People {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  openBot({ bot: botId, user, payload }: Params<'openBot'>): SentView {
    const scene = sceneOf(this.#world, { bot: botId, user }, false);
    const text = payload === undefined ? '/start' : `/start ${payload}`;
    this.#setDialogue(scene.bot, scene.person, false);
    return write(this.#world, scene, 'openBot', { text, entities: detectEntities(text) });
  }

  sendText(params: Params<'sendText'>): SentView {
    const { text, entities } = written(params);
    const fields = { text, ...(entities.length > 0 ? { entities } : {}) };
    return write(this.#world, sceneOf(this.#world, params), 'sendText', { ...fields, ...this.#replyTo(params) });
  }

  sendMedia(params: Params<'sendMedia'>): SentView {
    const caption = params.caption?.trim() ?? '';
    if (caption.length > CAPTION_LIMIT) throw new Error(`a caption is at most ${CAPTION_LIMIT} long`);
    const entities = detectEntities(caption);
    const fields = {
      ...mediaFields(params.kind, params.fields ?? {}),
      ...(caption === '' ? {} : { caption }),
      ...(entities.length > 0 ? { caption_entities: entities } : {}),
    };
    return write(this.#world, sceneOf(this.#world, params), 'sendMedia', { ...fields, ...this.#replyTo(params) });
  }

  sendOther(params: Params<'sendOther'>): SentView {
    return write(this.#world, sceneOf(this.#world, params), 'sendOther', params.fields, true);
  }

  editMessage(params: Params<'editMessage'>): SentView {
    const scene = sceneOf(this.#world, params);
    const { bot, chat, person } = scene;
    const before = findMessage(this.#world.state, bot.user.id, chat.id, params.message_id);
    const author = this.#world.state.messages.get(messageKey(bot.user.id, chat.id, params.message_id))?.from;
    if (!before || author !== person.user.id) throw new Error(`${params.message_id} is not his message`);
    const isText = before.text !== undefined;
    const { text, entities } = written(params);
    const { entities: _old, caption_entities: _oldCaption, ...rest } = before;
    const message: ApiMessage = {
      ...rest,
      edit_date: this.#world.date(),
      [isText ? 'text' : 'caption']: text,
      ...(entities.length > 0 ? { [isText ? 'entities' : 'caption_entities']: entities } : {}),
    };
    const kind = chat.type === 'channel' ? 'edited_channel_post' : 'edited_message';
    const tells = isShown(scene, message, false) ? kind : null;
    const told = { direction: 'to-bot', method: 'editMessage', from: person.user.id, message, tells } as const;
    return sent(this.#world.accept({ bot, chat, ...told }));
  }

  deleteMessage(params: Params<'deleteMessage'>): true {
    const { bot, chat } = sceneOf(this.#world, params);
    const { message_id } = params;
    if (!findMessage(this.#world.state, bot.user.id, chat.id, message_id)) throw new Error(`no message ${message_id}`);
    this.#world.commit({ t: 'delete', bot: bot.user.id, chat: chat.id, message_id });
    return true;
  }

  react(params: Params<'react'>): number | null {
    const { bot, chat, person, group, as } = sceneOf(this.#world, params);
    const { message_id } = params;
    const { state } = this.#world;
    if (!findMessage(state, bot.user.id, chat.id, message_id)) throw new Error(`no message ${message_id} to react to`);
    const new_reaction = chosen(params.reaction, person.user.is_premium ? 3 : 1);
    const place = { bot: bot.user.id, chat: chat.id, message_id, actor: as?.id ?? person.user.id };
    const old_reaction = reactionOf(state, place);
    if (isDeepStrictEqual(old_reaction, new_reaction)) return null;
    const about = { chat, message_id, date: this.#world.date() };
    const by = as ? { actor_chat: as } : { user: person.user };
    // In a channel nobody learns who it was, only how many did.
    const told: Told =
      chat.type === 'channel'
        ? {
            kind: 'message_reaction_count',
            content: { ...about, reactions: reactionCounts(state, place, new_reaction) },
          }
        : { kind: 'message_reaction', content: { ...about, ...by, old_reaction, new_reaction } };
    return this.#world.react(bot, place, new_reaction, hearsReactions(group, bot) ? told : null);
  }

  blockBot({ bot: botId, user }: Params<'blockBot'>): true {
    const { bot, person } = sceneOf(this.#world, { bot: botId, user });
    this.#setDialogue(bot, person, true);
    return true;
  }

  unblockBot({ bot: botId, user }: Params<'unblockBot'>): true {
    const { bot, person } = sceneOf(this.#world, { bot: botId, user }, false);
    if (!bot.dialogues.get(user)?.blocked) throw new Error('he has not blocked the bot');
    this.#setDialogue(bot, person, false);
    return true;
  }

  #replyTo({ bot, user, chat, reply_to, quote }: Place & { reply_to?: number; quote?: string }): Answered {
    if (reply_to === undefined) return {};
    const target = findMessage(this.#world.state, bot, chat ?? user, reply_to);
    if (!target) throw new Error(`no message ${reply_to} to reply to`);
    const { reply_to_message: _nested, ...message } = target;
    if (quote === undefined) return { reply_to_message: message };
    const position = (target.text ?? '').indexOf(quote);
    if (position < 0) throw new Error('a quote stands in what it quotes');
    return { reply_to_message: message, quote: { text: quote, position, is_manual: true } };
  }

  #setDialogue(bot: Bot, person: Person, blocked: boolean): void {
    const was = bot.dialogues.get(person.user.id);
    const change = { t: 'dialogue', bot: bot.user.id, user: person.user.id, opened: true, blocked } as const;
    if (was?.opened && was.blocked === blocked) return;
    if (!was?.opened) return this.#world.commit(change);
    const [before, after] = blocked ? (['member', 'kicked'] as const) : (['kicked', 'member'] as const);
    const views = [before, after].map((status) => dialogueView(bot.user, status));
    tellMembership(this.#world, bot, 'my_chat_member', privateChat(person.user), person.user, views, [change]);
  }
}

interface Answered {
  reply_to_message?: ApiMessage;
  quote?: { text: string; position: number; is_manual: true };
}

function written(params: { text: string; entities?: ApiEntity[] }): { text: string; entities: ApiEntity[] } {
  const { text, entities } = cleanText({ text: params.text, entities: params.entities ?? [] });
  if (text === '') throw new Error('an empty text cannot be sent');
  if (text.length > TEXT_LIMIT) throw new Error(`a text is at most ${TEXT_LIMIT} long`);
  return { text, entities: detectEntities(text, entities) };
}

/** In groups and channels only administrators are told of reactions. */
function hearsReactions(group: Group | undefined, bot: Bot): boolean {
  return !group || isAdmin(memberOf(group, bot.user.id));
}

function chosen(wanted: readonly (string | ApiReaction)[], most: number): ApiReaction[] {
  if (wanted.length > most) throw new Error(`he may leave ${most} at most`);
  return wanted.map((one): ApiReaction => {
    const reaction: ApiReaction = typeof one === 'string' ? { type: 'emoji', emoji: one } : one;
    if (reaction.type === 'emoji' && !REACTIONS.has(reaction.emoji)) throw new Error(`no reaction: ${reaction.emoji}`);
    return reaction;
  });
}

function dialogueView(user: ApiUser, status: 'member' | 'kicked'): Record<string, unknown> {
  return { user, status, ...(status === 'kicked' ? { until_date: 0 } : {}) };
}

// What humans do: they open bots, write, edit, block, and add bots to groups. Refuses what Telegram would not let them do.
import { isDeepStrictEqual } from 'node:util';
import type {
  ApiChat,
  ApiEntity,
  ApiMessage,
  ApiReaction,
  ApiUser,
  FakeTelegramControl,
  MessageContent,
  Place,
  SentView,
} from './control-api.ts';
import { cleanText, detectEntities } from './entities.ts';
import { mediaFields } from './media.ts';
import { REACTIONS } from './reactions.ts';
import { type Bot, botOf, findMessage, groupOf, type Person, personOf, privateChat, reactionOf } from './state.ts';
import type { World } from './world.ts';

type Params<K extends keyof FakeTelegramControl> = Parameters<FakeTelegramControl[K]>[0];

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;

interface Scene {
  bot: Bot;
  person: Person;
  chat: ApiChat;
}

/** The humans of a world. */
export class People {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  openBot({ bot: botId, user, payload }: Params<'openBot'>): SentView {
    const scene = this.#scene({ bot: botId, user }, false);
    const text = payload === undefined ? '/start' : `/start ${payload}`;
    this.#setDialogue(scene.bot, scene.person, false);
    return this.#write(scene, 'openBot', { text, entities: detectEntities(text) });
  }

  sendText(params: Params<'sendText'>): SentView {
    const { text, entities } = written(params);
    const fields = { text, ...(entities.length > 0 ? { entities } : {}) };
    return this.#write(this.#scene(params), 'sendText', { ...fields, ...this.#replyTo(params) });
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
    return this.#write(this.#scene(params), 'sendMedia', { ...fields, ...this.#replyTo(params) });
  }

  sendOther(params: Params<'sendOther'>): SentView {
    return this.#write(this.#scene(params), 'sendOther', params.fields, true);
  }

  editMessage(params: Params<'editMessage'>): SentView {
    const scene = this.#scene(params);
    const { bot, chat, person } = scene;
    const before = findMessage(this.#world.state, bot.user.id, chat.id, params.message_id);
    if (!before || before.from?.id !== person.user.id) throw new Error(`${params.message_id} is not his message`);
    const isText = before.text !== undefined;
    const { text, entities } = written(params);
    const { entities: _old, caption_entities: _oldCaption, ...rest } = before;
    const message: ApiMessage = {
      ...rest,
      edit_date: this.#world.date(),
      [isText ? 'text' : 'caption']: text,
      ...(entities.length > 0 ? { [isText ? 'entities' : 'caption_entities']: entities } : {}),
    };
    const tells = this.#isShown(scene, message, false) ? 'edited_message' : null;
    const told = { direction: 'to-bot', method: 'editMessage', from: person.user.id, message, tells } as const;
    return sent(this.#world.accept({ bot, chat, ...told }));
  }

  deleteMessage(params: Params<'deleteMessage'>): true {
    const { bot, chat } = this.#scene(params);
    const { message_id } = params;
    if (!findMessage(this.#world.state, bot.user.id, chat.id, message_id)) throw new Error(`no message ${message_id}`);
    this.#world.commit({ t: 'delete', bot: bot.user.id, chat: chat.id, message_id });
    return true;
  }

  react(params: Params<'react'>): number | null {
    const { bot, chat, person } = this.#scene(params);
    const { message_id } = params;
    const { state } = this.#world;
    if (!findMessage(state, bot.user.id, chat.id, message_id)) throw new Error(`no message ${message_id} to react to`);
    const new_reaction = chosen(params.reaction, person.user.is_premium ? 3 : 1);
    const place = { bot: bot.user.id, chat: chat.id, message_id, actor: person.user.id };
    const old_reaction = reactionOf(state, place);
    if (isDeepStrictEqual(old_reaction, new_reaction)) return null;
    const change = { message_id, user: person.user, date: this.#world.date(), old_reaction, new_reaction };
    // In a group only administrators are told, and no bot is one here.
    return this.#world.react(bot, place, new_reaction, chat.type === 'private' ? { chat, ...change } : null);
  }

  blockBot({ bot: botId, user }: Params<'blockBot'>): true {
    const { bot, person } = this.#scene({ bot: botId, user });
    this.#setDialogue(bot, person, true);
    return true;
  }

  unblockBot({ bot: botId, user }: Params<'unblockBot'>): true {
    const { bot, person } = this.#scene({ bot: botId, user }, false);
    if (!bot.dialogues.get(user)?.blocked) throw new Error('he has not blocked the bot');
    this.#setDialogue(bot, person, false);
    return true;
  }

  addToGroup({ bot: botId, chat: chatId, user }: Params<'addToGroup'>): SentView {
    const { bot, person, chat } = this.#scene({ bot: botId, user, chat: chatId }, false);
    this.#world.commit({ t: 'membership', chat: chatId, bot: botId, inside: true });
    this.#tellMembership(bot, chat, person.user, 'left', 'member');
    const fields = { new_chat_participant: bot.user, new_chat_member: bot.user, new_chat_members: [bot.user] };
    return this.#write({ bot, person, chat }, 'addToGroup', fields, true);
  }

  removeFromGroup({ bot: botId, chat: chatId, user }: Params<'removeFromGroup'>): true {
    const { bot, person, chat } = this.#scene({ bot: botId, user, chat: chatId });
    this.#world.commit({ t: 'membership', chat: chatId, bot: botId, inside: false });
    this.#tellMembership(bot, chat, person.user, 'member', chat.type === 'group' ? 'left' : 'kicked');
    return true;
  }

  /** Who, to which bot, in which chat; with `acting` the chat must exist between them. */
  #scene({ bot: botId, user, chat: chatId }: Place, acting = true): Scene {
    const bot = botOf(this.#world.state, botId);
    const person = personOf(this.#world.state, user);
    if (person.deactivated) throw new Error(`user ${user} is deactivated`);
    if (chatId === undefined || chatId === user) {
      const dialogue = bot.dialogues.get(user);
      if (acting && !dialogue?.opened) throw new Error(`user ${user} has not opened the bot`);
      if (acting && dialogue?.blocked) throw new Error(`user ${user} has blocked the bot`);
      return { bot, person, chat: privateChat(person.user) };
    }
    const group = groupOf(this.#world.state, chatId);
    if (!group.members.has(user)) throw new Error(`user ${user} is not in the group`);
    if (acting && !group.bots.has(botId)) throw new Error('the bot is not in the group');
    return { bot, person, chat: group.chat };
  }

  #write(scene: Scene, method: string, fields: Record<string, unknown>, service = false): SentView {
    const { bot, person, chat } = scene;
    const from = chat.type === 'private' ? person.user : withoutLanguage(person.user);
    const message = { from, chat, date: this.#world.date(), ...fields };
    const tells = this.#isShown(scene, message, service) ? 'message' : null;
    return sent(this.#world.accept({ bot, chat, direction: 'to-bot', method, from: person.user.id, message, tells }));
  }

  /** Privacy mode: of a group's talk a bot is shown only what is meant for it, and service messages. */
  #isShown({ bot, chat }: Scene, message: MessageContent, service: boolean): boolean {
    if (chat.type === 'private' || bot.readsAll || service) return true;
    if (message.reply_to_message?.from?.id === bot.user.id) return true;
    const command = /^\/\w+(?:@(\w+))?/.exec(message.text ?? '');
    return command !== null && (command[1] === undefined || command[1] === bot.user.username);
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
    this.#tellMembership(bot, privateChat(person.user), person.user, before, after, change);
  }

  #tellMembership(
    bot: Bot,
    chat: ApiChat,
    from: ApiUser,
    before: Membership,
    after: Membership,
    ...also: Parameters<World['commit']>
  ): void {
    const content = {
      chat,
      from,
      date: this.#world.date(),
      old_chat_member: memberView(bot.user, before),
      new_chat_member: memberView(bot.user, after),
    };
    this.#world.tell(bot, 'my_chat_member', content, also);
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

function chosen(wanted: readonly (string | ApiReaction)[], most: number): ApiReaction[] {
  if (wanted.length > most) throw new Error(`he may leave ${most} at most`);
  return wanted.map((one): ApiReaction => {
    const reaction: ApiReaction = typeof one === 'string' ? { type: 'emoji', emoji: one } : one;
    if (reaction.type === 'emoji' && !REACTIONS.has(reaction.emoji)) throw new Error(`no reaction: ${reaction.emoji}`);
    return reaction;
  });
}

type Membership = 'member' | 'left' | 'kicked';

function memberView(user: ApiUser, status: Membership): Record<string, unknown> {
  return { user, status, ...(status === 'kicked' ? { until_date: 0 } : {}) };
}

function withoutLanguage({ language_code: _unsaid, ...user }: ApiUser): ApiUser {
  return user;
}

function sent(entry: { message: ApiMessage; update_id: number | null; seq: number }): SentView {
  return { message: entry.message, update_id: entry.update_id, seq: entry.seq };
}

// The fake's world as plain tables, and the records that change it. A record carries every number and every time that
// was decided when it was made, so that replaying a journal rebuilds the same world.
import { applyToGroup, countsItself, type Group, type GroupChange } from './group.ts';
import type { ApiChat, ApiMessage, ApiReaction, ApiUpdate, ApiUser, LogEntry } from './control-api.ts';

/** What a bot knows of one human: whether he pressed Start, and whether he stopped the bot. */
export interface Dialogue {
  opened: boolean;
  blocked: boolean;
}

/** A scripted user of a bot; `answered` is the seq of the last message of the bot that he has dealt with. */
export interface AutoReply {
  mode: 'echo' | 'friendly' | 'off';
  delayMs: number;
  answered: number;
}

/** A queued update and when it is forgotten (milliseconds since 1970). */
export interface QueuedUpdate {
  update: ApiUpdate;
  expires: number;
}

/** Everything the server holds for one bot. */
export interface Bot {
  user: ApiUser;
  token: string;
  readsAll: boolean;
  nextMessageId: number;
  nextUpdateId: number;
  queue: QueuedUpdate[];
  /** Kinds of updates asked for; null is Telegram's default selection. */
  allowed: string[] | null;
  webhook: string;
  dialogues: Map<number, Dialogue>;
  /** Humans seen in groups, whom the bot may know of without having been opened by them. */
  seen: Set<number>;
  replies: Map<number, AutoReply>;
}

/** A human. */
export interface Person {
  user: ApiUser;
  deactivated: boolean;
}

/** The whole world. */
export interface State {
  bots: Map<number, Bot>;
  people: Map<number, Person>;
  groups: Map<number, Group>;
  log: LogEntry[];
  /** The latest entry of each message, by `bot:chat:message_id`. */
  messages: Map<string, LogEntry>;
  /** Who left which reactions on a message, by the same key. */
  reactions: Map<string, Map<number, ApiReaction[]>>;
}

/** Whose reaction to which message; the actor is a user's or the bot's id. */
export interface ReactionPlace {
  bot: number;
  chat: number;
  message_id: number;
  actor: number;
}

/** One change of the world. */
export type Change =
  | { t: 'bot'; user: ApiUser; token: string; readsAll: boolean; nextUpdateId: number }
  | { t: 'token'; bot: number; token: string }
  | { t: 'person'; user: ApiUser; deactivated: boolean }
  | GroupChange
  | { t: 'dialogue'; bot: number; user: number; opened: boolean; blocked: boolean }
  | { t: 'message'; entry: LogEntry; update: ApiUpdate | null; expires: number; answers?: number }
  | { t: 'delete'; bot: number; chat: number; message_id: number }
  | ({ t: 'reaction'; reaction: ApiReaction[]; update: ApiUpdate | null; expires: number } & ReactionPlace)
  | { t: 'update'; bot: number; update: ApiUpdate; expires: number }
  | { t: 'confirm'; bot: number; before: number }
  | { t: 'message-ids'; bot: number; chat: number | null; next: number }
  | { t: 'update-ids'; bot: number; next: number }
  | { t: 'allowed'; bot: number; allowed: string[] | null }
  | { t: 'webhook'; bot: number; url: string }
  | { t: 'reply-mode'; bot: number; user: number; mode: AutoReply['mode']; delayMs: number };

/** An empty world. */
export function emptyState(): State {
  return { bots: new Map(), people: new Map(), groups: new Map(), log: [], messages: new Map(), reactions: new Map() };
}

/** The key of `State.messages`. */
export function messageKey(bot: number, chat: number, messageId: number): string {
  return `${bot}:${chat}:${messageId}`;
}

/** The bot with this id; throws where there is none. */
export function botOf(state: State, id: number): Bot {
  const bot = state.bots.get(id);
  if (!bot) throw new Error(`no bot ${id}`);
  return bot;
}

/** The human with this id; throws where there is none. */
export function personOf(state: State, id: number): Person {
  const person = state.people.get(id);
  if (!person) throw new Error(`no user ${id}`);
  return person;
}

/** The group with this id; throws where there is none. */
export function groupOf(state: State, id: number): Group {
  const group = state.groups.get(id);
  if (!group) throw new Error(`no group ${id}`);
  return group;
}

/** The private chat of a human, as messages carry it. */
export function privateChat(user: ApiUser): ApiChat {
  const { id, first_name, last_name, username } = user;
  return {
    id,
    first_name,
    ...(last_name === undefined ? {} : { last_name }),
    ...(username === undefined ? {} : { username }),
    type: 'private',
  };
}

/** Carries out one change. It decides nothing, so replaying gives what happened. */
export function apply(state: State, change: Change): void {
  switch (change.t) {
    case 'bot':
      state.bots.set(change.user.id, newBot(change.user, change.token, change.readsAll, change.nextUpdateId));
      break;
    case 'token':
      botOf(state, change.bot).token = change.token;
      break;
    case 'person':
      state.people.set(change.user.id, { user: change.user, deactivated: change.deactivated });
      break;
    case 'group':
    case 'chat':
    case 'membership':
    case 'topic':
    case 'linked':
    case 'silenced':
    case 'moved':
      applyToGroup(state.groups, change);
      break;
    case 'dialogue':
      botOf(state, change.bot).dialogues.set(change.user, { opened: change.opened, blocked: change.blocked });
      break;
    case 'message':
      applyMessage(state, change);
      break;
    case 'delete':
      for (const table of [state.messages, state.reactions]) {
        table.delete(messageKey(change.bot, change.chat, change.message_id));
      }
      break;
    case 'reaction':
      applyReaction(state, change);
      break;
    case 'update':
    case 'confirm':
    case 'message-ids':
    case 'update-ids':
    case 'allowed':
    case 'webhook':
    case 'reply-mode':
      applyToBot(state, botOf(state, change.bot), change);
  }
}

type BotChange = Extract<
  Change,
  { t: 'update' | 'confirm' | 'message-ids' | 'update-ids' | 'allowed' | 'webhook' | 'reply-mode' }
>;

function applyToBot(state: State, bot: Bot, change: BotChange): void {
  switch (change.t) {
    case 'update':
      enqueue(bot, change.update, change.expires);
      break;
    case 'confirm':
      bot.queue = bot.queue.filter(({ update }) => update.update_id >= change.before);
      break;
    case 'message-ids':
      if (change.chat === null) bot.nextMessageId = change.next;
      else groupOf(state, change.chat).nextMessageId = change.next;
      break;
    case 'update-ids':
      bot.nextUpdateId = change.next;
      break;
    case 'allowed':
      bot.allowed = change.allowed;
      break;
    case 'webhook':
      bot.webhook = change.url;
      break;
    case 'reply-mode':
      bot.replies.set(change.user, { mode: change.mode, delayMs: change.delayMs, answered: state.log.length });
  }
}

function applyMessage(state: State, change: Extract<Change, { t: 'message' }>): void {
  const { entry, update } = change;
  const bot = botOf(state, entry.bot);
  state.log.push(entry);
  state.messages.set(messageKey(entry.bot, entry.chat, entry.message_id), entry);
  if (entry.message.edit_date === undefined) {
    const group = state.groups.get(entry.chat);
    if (group && countsItself(group)) group.nextMessageId = entry.message_id + 1;
    else bot.nextMessageId = entry.message_id + 1;
  }
  if (update) enqueue(bot, update, change.expires);
  if (update && entry.chat < 0) bot.seen.add(entry.from);
  const reply = change.answers === undefined ? undefined : bot.replies.get(entry.from);
  if (reply) reply.answered = change.answers ?? reply.answered;
}

function applyReaction(state: State, change: Extract<Change, { t: 'reaction' }>): void {
  const key = messageKey(change.bot, change.chat, change.message_id);
  const all = state.reactions.get(key) ?? new Map<number, ApiReaction[]>();
  if (change.reaction.length > 0) all.set(change.actor, change.reaction);
  else all.delete(change.actor);
  state.reactions.set(key, all);
  if (change.update) enqueue(botOf(state, change.bot), change.update, change.expires);
}

function enqueue(bot: Bot, update: ApiUpdate, expires: number): void {
  bot.queue.push({ update, expires });
  bot.nextUpdateId = update.update_id + 1;
}

function newBot(user: ApiUser, token: string, readsAll: boolean, nextUpdateId: number): Bot {
  return {
    user,
    token,
    readsAll,
    nextMessageId: 1,
    nextUpdateId,
    queue: [],
    allowed: null,
    webhook: '',
    dialogues: new Map(),
    seen: new Set(),
    replies: new Map(),
  };
}

/** Somebody's reactions to a message. */
export function reactionOf(state: State, { bot, chat, message_id, actor }: ReactionPlace): ApiReaction[] {
  return state.reactions.get(messageKey(bot, chat, message_id))?.get(actor) ?? [];
}

/** How often each reaction stands on a message once this one of the actor does, as a list of ReactionCount. */
export function reactionCounts(
  state: State,
  { bot, chat, message_id, actor }: ReactionPlace,
  reaction: ApiReaction[],
): { type: ApiReaction; total_count: number }[] {
  const before = state.reactions.get(messageKey(bot, chat, message_id)) ?? [];
  const all = [...new Map([...before, [actor, reaction]]).values()].flat();
  const kinds = Map.groupBy(all, (one) => JSON.stringify(one));
  return [...kinds.values()].flatMap(([type, ...others]) => (type ? [{ type, total_count: 1 + others.length }] : []));
}

/** The message with that id as a reply or an edit would find it. */
export function findMessage(state: State, bot: number, chat: number, messageId: number): ApiMessage | undefined {
  return state.messages.get(messageKey(bot, chat, messageId))?.message;
}

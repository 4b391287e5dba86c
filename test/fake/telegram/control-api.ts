// The control interface: what a test, the torture run or the demo may do to the world behind the fake Bot API server.
// Every operation is one POST to `<control>/<operation>` with the parameter object as JSON body.

import type { BucketLimit } from '../common/buckets.ts';
import type { Call, CallFilterBase } from '../common/call-log.ts';
import type { Arranged, Effect } from '../common/faults.ts';
import type { Patience } from '../common/until.ts';
import type { GroupControl } from './control-groups.ts';

export type { GroupControl };

/** A user, bot or human, as the Bot API shows it. */
export interface ApiUser {
  id: number;
  is_bot: boolean;
  first_name: string;
  last_name?: string;
  username?: string;
  language_code?: string;
  is_premium?: true;
}

/** A chat as messages carry it. Private chats have the id of their user, groups a negative one. */
export interface ApiChat {
  id: number;
  type: 'private' | 'group' | 'supergroup' | 'channel';
  is_forum?: true;
  title?: string;
  username?: string;
  first_name?: string;
  last_name?: string;
}

/** A special part of a text; offset and length in UTF-16 units. */
export interface ApiEntity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  language?: string;
  user?: ApiUser;
  custom_emoji_id?: string;
}

/** A reaction as the Bot API shows it. */
export type ApiReaction =
  { type: 'emoji'; emoji: string } | { type: 'custom_emoji'; custom_emoji_id: string } | { type: 'paid' };

/** A message as it stands in its chat now: edited as it is, with everybody's reactions by user id. */
export interface MessageView {
  message: ApiMessage;
  reactions: Record<number, ApiReaction[]>;
}

/** What a message holds besides its id; media and service fields lie beside these. Dates in seconds since 1970. */
export interface MessageContent {
  from?: ApiUser;
  chat: ApiChat;
  date: number;
  edit_date?: number;
  text?: string;
  entities?: ApiEntity[];
  caption?: string;
  caption_entities?: ApiEntity[];
  reply_to_message?: ApiMessage;
  [field: string]: unknown;
}

/** A message as the Bot API shows it. */
export interface ApiMessage extends MessageContent {
  message_id: number;
}

/** An update as getUpdates hands it out. */
export interface ApiUpdate {
  update_id: number;
  [kind: string]: unknown;
}

/** A bot as its maker sees it. */
export interface BotView {
  id: number;
  token: string;
  username: string;
  first_name: string;
}

/** What became of something a user did: the message, and the update that tells the bot (null if it is not told). */
export interface SentView {
  message: ApiMessage;
  update_id: number | null;
  seq: number;
}

/** One message that the server accepted, in the order of acceptance over all chats (`seq` counts from 1). */
export interface LogEntry {
  seq: number;
  /** Milliseconds since 1970 by the fake's clock. */
  time: number;
  bot: number;
  chat: number;
  direction: 'to-bot' | 'from-bot';
  /** The Bot API method (from the bot), or the control operation (to the bot). */
  method: string;
  message_id: number;
  /** Text or caption; empty where there is none. */
  text: string;
  /** Who wrote: the user's id, or the bot's. */
  from: number;
  /** The update that tells the bot; null for what the bot sent itself or is not told. */
  update_id: number | null;
  message: ApiMessage;
}

/** One request that a bot made. */
export interface CallEntry extends Call {
  bot: number | null;
  method: string;
  params: Record<string, string>;
}

/** An error of the Bot API; a 429 wants `retry_after` (seconds). */
export interface Refusal {
  code: number;
  description: string;
  retry_after?: number;
  migrate_to_chat_id?: number;
}
export type FaultEffect = Effect<Refusal>;

/** Which calls a fault matches. Absent filters match everything. */
export interface FaultSpec extends Arranged<Refusal> {
  method?: string;
  bot?: number;
  chat?: number;
}

/** What the server lets through before it answers 429, and how it slows a hasty poller. */
export interface Limits {
  /** Messages of one bot, over all chats. */
  bot: BucketLimit;
  /** Messages of one bot to one private chat. */
  chat: BucketLimit;
  /** Messages of one bot to one group. */
  group: BucketLimit;
  /** getUpdates with an unchanged offset: within 3 s it waits 3 s for news, within 0.5 s it hands out one update. */
  hastyPolls: boolean;
  /** A second 409 within this time is answered that much later. Milliseconds. */
  conflictPause: number;
}

/** Filter for log entries; absent fields match everything. */
export interface LogFilter {
  bot?: number;
  chat?: number;
  direction?: 'to-bot' | 'from-bot';
  /** Only entries whose text is exactly this. */
  text?: string;
  /** Only entries whose text contains this. */
  includes?: string;
  /** Only entries with a greater seq. */
  after?: number;
}

/** Filter for calls; absent fields match everything. */
export interface CallFilter extends CallFilterBase {
  bot?: number;
  method?: string;
}

/**
 * Where a user writes: to the bot, or (with `chat`) into a group that both are in. `as`: an administrator who writes as the
 * group (its id), or somebody who writes as a channel of his. `thread`: a topic of a forum.
 */
export interface Place {
  bot: number;
  user: number;
  chat?: number;
  as?: number;
  thread?: number;
}

export type MediaKind =
  | 'photo'
  | 'document'
  | 'sticker'
  | 'voice'
  | 'video'
  | 'animation'
  | 'audio'
  | 'video_note'
  | 'location'
  | 'venue'
  | 'contact'
  | 'poll'
  | 'dice'
  | 'game';

/**
 * Everything that can be done to the world behind the fake. Each operation rejects with an `Error` whose message says
 * why (an unknown id, an action that Telegram would refuse, a wait that took too long).
 */
export interface FakeTelegramControl extends GroupControl {
  /** Creates a bot; token, username and name are made up where absent. A token given must look like a real one. */
  createBot(params: {
    token?: string;
    username?: string;
    first_name?: string;
    can_read_all_group_messages?: boolean;
  }): Promise<BotView>;
  /** Gives the bot a new token; the old one is answered 401 from now on. */
  revokeToken(params: { bot: number }): Promise<BotView>;
  /** Creates a human. */
  createUser(params: {
    id?: number;
    first_name: string;
    last_name?: string;
    username?: string;
    language_code?: string;
    is_premium?: true;
  }): Promise<ApiUser>;
  /** Changes a user's names. */
  updateUser(params: { user: number; first_name?: string; last_name?: string; username?: string }): Promise<ApiUser>;
  /** The user's account is deleted: bots get 403 'user is deactivated'. */
  deactivateUser(params: { user: number }): Promise<true>;
  /** The user opens the bot and presses Start: sends `/start` (with the payload of a deep link); unblocks it. */
  openBot(params: { bot: number; user: number; payload?: string }): Promise<SentView>;
  /** The user writes a text. */
  sendText(
    params: Place & { text: string; entities?: ApiEntity[]; reply_to?: number; quote?: string },
  ): Promise<SentView>;
  /** The user sends media; `fields` replaces or adds fields of the media object. */
  sendMedia(
    params: Place & { kind: MediaKind; caption?: string; fields?: Record<string, unknown>; reply_to?: number },
  ): Promise<SentView>;
  /** A message with any other fields: service messages (`{ pinned_message: … }`), forwards, types not known here. */
  sendOther(params: Place & { fields: Record<string, unknown> }): Promise<SentView>;
  /** The user edits his message (text, or caption of media). The bot is told by `edited_message`. */
  editMessage(params: Place & { message_id: number; text: string; entities?: ApiEntity[] }): Promise<SentView>;
  /** The user deletes a message for both. The bot is told nothing. */
  deleteMessage(params: Place & { message_id: number }): Promise<true>;
  /**
   * The user leaves these reactions on a message, and no other of his. Without premium it is one at most, with it three. The
   * bot is told by `message_reaction`, in a channel by `message_reaction_count`, if it asked for that; the result is the
   * update, null where it is not told or nothing has changed.
   */
  react(params: Place & { message_id: number; reaction: (string | ApiReaction)[] }): Promise<number | null>;
  /** The user stops the bot: it gets 403 from now on, and is told by `my_chat_member`. */
  blockBot(params: { bot: number; user: number }): Promise<true>;
  /** The user restarts the bot without writing. */
  unblockBot(params: { bot: number; user: number }): Promise<true>;
  /** Message ids go on at `next` (per bot; per chat with a supergroup's `chat`), which may be lower than before. */
  restartMessageIds(params: { bot: number; chat?: number; next: number }): Promise<true>;
  /** What a quiet week does: the next update's id is `next`, or a random number. */
  restartUpdateIds(params: { bot: number; next?: number }): Promise<number>;
  /** Queues an update with any content at all (hostile input); its `update_id` is made here unless `raw` has one. */
  pushUpdate(params: { bot: number; update: Record<string, unknown>; raw?: true }): Promise<number>;
  /** The messages that the server accepted, oldest first. */
  log(params: LogFilter & { limit?: number }): Promise<LogEntry[]>;
  /** What a chat (a private one has the user's id) shows now, oldest first: without what was deleted. */
  messages(params: { bot: number; chat: number }): Promise<MessageView[]>;
  /** The requests that bots made since this process started, oldest first (the last 20,000). */
  calls(params: CallFilter): Promise<CallEntry[]>;
  /** The updates that the bot has not confirmed, oldest first. */
  pendingUpdates(params: { bot: number }): Promise<ApiUpdate[]>;
  /** Resolves with all matching log entries once there are `count` of them (default 1). */
  waitForLog(params: LogFilter & Patience & { count?: number }): Promise<LogEntry[]>;
  /** Resolves with all matching calls once there are `count` of them (default 1). */
  waitForCalls(params: CallFilter & Patience & { count?: number }): Promise<CallEntry[]>;
  /** Resolves when a getUpdates of the bot is waiting for news. */
  waitForPoll(params: { bot: number } & Patience): Promise<true>;
  /** Resolves when the bot has confirmed all its updates. */
  waitForConfirmed(params: { bot: number } & Patience): Promise<true>;
  /** Arranges a fault; the oldest one that matches a call and is not used up takes part in it. */
  addFault(params: FaultSpec): Promise<number>;
  /** Ends one fault, or all; calls that hang on it are released. */
  clearFaults(params: { fault?: number }): Promise<true>;
  /** Lets go on what hangs on this fault now (the fault stays, if it has `times` left). */
  releaseFault(params: { fault: number }): Promise<number>;
  /** Moves the fake's clock (dates, 24 hours, limits) forward. Long polls keep to real time. */
  advanceClock(params: { ms: number }): Promise<number>;
  /** Changes limits; absent fields stay. Not kept over a restart. */
  setLimits(params: Partial<Limits>): Promise<Limits>;
  /** From now on the user answers what the bot writes to him, `delay_ms` (default 800) later. Kept over a restart. */
  autoReply(params: { bot: number; user: number; mode: 'echo' | 'friendly' | 'off'; delay_ms?: number }): Promise<true>;
}

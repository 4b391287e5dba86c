// The living world: state, journal and clock together, and the two things that everything else is made of: a message is
// accepted, an update is queued. Listeners are called after each step.
import { randomInt } from 'node:crypto';
import { JournaledWorld } from '../common/world.ts';
import type { ApiChat, ApiMessage, ApiReaction, ApiUpdate, LogEntry, MessageContent } from './control-api.ts';
import { countsItself } from './group.ts';
import { apply, botOf, type Bot, type Change, emptyState, type ReactionPlace, type State } from './state.ts';

const DAY = 24 * 3600 * 1000;
/** Kinds of updates that a bot gets only if it names them. */
const ON_REQUEST = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

/** A message that is about to be accepted. */
export interface Draft {
  bot: Bot;
  chat: ApiChat;
  direction: LogEntry['direction'];
  method: string;
  from: number;
  /** The message without its id, or with the one it keeps (an edit). */
  message: MessageContent & { message_id?: number };
  /** Which update tells the bot; null if nothing does. */
  tells: 'message' | 'edited_message' | 'channel_post' | 'edited_channel_post' | null;
  /** A scripted user: the message of the bot that this one answers. */
  answers?: number;
}

/** What an update about reactions says: who left them, or how many there are where nobody is to know. */
export interface Told {
  kind: 'message_reaction' | 'message_reaction_count';
  content: unknown;
}

/** The world behind the fake. */
export class World extends JournaledWorld<Change> {
  readonly state: State = emptyState();

  /** `file` is the journal, if any; `wallClock` gives milliseconds since 1970. */
  constructor(file: string | undefined, wallClock: () => number) {
    super(wallClock);
    this.open(file);
  }

  protected override apply(change: Change): void {
    apply(this.state, change);
  }

  /** Accepts a message: gives it its id, writes it down, queues the update. `also` are changes of the same step. */
  accept(draft: Draft, also: Change[] = []): LogEntry {
    const { bot, chat, message } = draft;
    const message_id = message.message_id ?? this.#nextMessageId(bot, chat);
    const whole: ApiMessage = { message_id, ...message, chat };
    whole.message_id = message_id;
    const told = draft.tells !== null && this.wants(bot, draft.tells) ? draft.tells : null;
    const update: ApiUpdate | null = told && { update_id: bot.nextUpdateId, [told]: whole };
    const entry: LogEntry = {
      seq: this.state.log.length + 1,
      time: this.now(),
      bot: bot.user.id,
      chat: chat.id,
      direction: draft.direction,
      method: draft.method,
      message_id,
      text: whole.text ?? whole.caption ?? '',
      from: draft.from,
      update_id: update?.update_id ?? null,
      message: whole,
    };
    const answers = draft.answers === undefined ? {} : { answers: draft.answers };
    this.commit(...also, { t: 'message', entry, update, expires: this.now() + DAY, ...answers });
    return entry;
  }

  /** Queues an update that is not a message; null if the bot does not want its kind. */
  tell(bot: Bot, kind: string, content: unknown, also: Change[] = []): number | null {
    if (!this.wants(bot, kind)) {
      if (also.length > 0) this.commit(...also);
      return null;
    }
    const update: ApiUpdate = { update_id: bot.nextUpdateId, [kind]: content };
    this.commit(...also, { t: 'update', bot: bot.user.id, update, expires: this.now() + DAY });
    return update.update_id;
  }

  /** Leaves reactions on a message; `tells` is what the update says of them, null where no bot may hear of it. */
  react(bot: Bot, place: ReactionPlace, reaction: ApiReaction[], tells: Told | null): number | null {
    const told = tells !== null && this.wants(bot, tells.kind);
    const update: ApiUpdate | null = told ? { update_id: bot.nextUpdateId, [tells.kind]: tells.content } : null;
    this.commit({ t: 'reaction', ...place, reaction, update, expires: this.now() + DAY });
    return update?.update_id ?? null;
  }

  /** Whether updates of this kind are made for the bot. */
  wants(bot: Bot, kind: string): boolean {
    return bot.allowed ? bot.allowed.includes(kind) : !ON_REQUEST.has(kind);
  }

  /** The updates of a bot that are neither confirmed nor a day old. */
  pending(botId: number): ApiUpdate[] {
    const now = this.now();
    return botOf(this.state, botId)
      .queue.filter(({ expires }) => expires >= now)
      .map(({ update }) => update);
  }

  /** Seconds since 1970, as the Bot API writes dates. */
  date(): number {
    return Math.floor(this.now() / 1000);
  }

  #nextMessageId(bot: Bot, chat: ApiChat): number {
    const group = this.state.groups.get(chat.id);
    return group && countsItself(group) ? group.nextMessageId : bot.nextMessageId;
  }
}

/** A random first update id, as Telegram's queues begin with. */
export function randomUpdateId(): number {
  return randomInt(2_000_001, 2 ** 30);
}

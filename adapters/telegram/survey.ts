// What Telegram says of one group when it is asked, and what of that is new.
import type { LogEvent, NetworkEvent, StateEvent } from 'moongate/adapter';
import { TelegramError } from 'telegraf';
import type { TelegramBatch, TelegramHost } from './batch.ts';
import type { BotClient } from './client.ts';
import type { Environment } from './environment.ts';
import {
  GROUP_RATE,
  foldNews,
  foldSeat,
  groupKey,
  ofSeat,
  pack,
  seatsKey,
  unpackGroup,
  unpackSeat,
} from './group-state.ts';
import { LONGEST_NAME } from './group-updates.ts';
import type { Seat } from './group-updates.ts';
import { chatOf } from './ids.ts';
import { Known } from './known.ts';
import type { Bot } from './login.ts';
import { REACTIONS, emojisOf } from './reactions.ts';
import { isAdmin, ownRole, roleOf, titleOf } from './roles.ts';
import { fields, list, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';
import { displayName } from './text.ts';

/** Telegram's own limit is lower. */
const LONGEST_TOPIC = 4_096;

/** What was answered; undefined if the bot is not in the group (any more). */
export type Seen =
  | {
      readonly chat: Fields;
      readonly own: Fields;
      readonly admins: readonly unknown[];
      readonly size: number | undefined;
    }
  | undefined;

/** Asks about groups. */
export class Survey {
  readonly #host: TelegramHost;
  readonly #client: BotClient;
  readonly #env: Environment;
  readonly #bot: () => Bot;
  readonly #signal: AbortSignal;

  constructor(host: TelegramHost, client: BotClient, env: Environment, bot: () => Bot, signal: AbortSignal) {
    this.#host = host;
    this.#client = client;
    this.#env = env;
    this.#bot = bot;
    this.#signal = signal;
  }

  /** Rejects as calls do. */
  async ask(chat_id: number): Promise<Seen> {
    const signal = { signal: this.#signal };
    const user_id = Number(this.#bot().id);
    try {
      const own: unknown = await this.#client.callApi('getChatMember', { chat_id, user_id }, signal);
      const chat: unknown = await this.#client.callApi('getChat', { chat_id }, signal);
      const admins: unknown = await this.#client
        .callApi('getChatAdministrators', { chat_id }, signal)
        .catch(unlessRefused([]));
      const size: unknown = await this.#client
        .callApi('getChatMemberCount', { chat_id }, signal)
        .catch(unlessRefused(undefined));
      return { chat: fields(chat) ?? {}, own: fields(own) ?? {}, admins: list(admins), size: whole(size) };
    } catch (error) {
      const gone = error instanceof TelegramError && (error.code === 403 || /chat not found/i.test(error.description));
      if (gone) return undefined;
      throw error;
    }
  }

  /** What of it is new. The state must not change before this is committed. */
  async fold(id: string, seen: Seen): Promise<{ events: readonly NetworkEvent[]; state: TelegramBatch['state'] }> {
    const { state } = this.#host;
    const stored = new Map(await state.get([groupKey(id)]));
    for await (const [key, bytes] of state.list(seatsKey(id))) stored.set(key, bytes);
    const known = new Known(stored);
    if (seen === undefined) {
      const events = foldNews({ id, joined: false }, known) ?? [];
      return { events, state: known.changes };
    }
    const events = [
      ...(foldNews({ id, ...named(seen.chat), joined: true }, known) ?? []),
      chatEvent(id, seen),
      ...seatsOf(seen, this.#bot().id, known, id).flatMap((seat) => foldSeat(id, seat, known)),
      ...this.#privacy(id, seen, known),
    ];
    return { events, state: known.changes };
  }

  /** Told once for a group: Telegram shows a bot that is no administrator only what is meant for it. */
  #privacy(id: string, { chat, own }: NonNullable<Seen>, known: Known): LogEvent[] {
    const record = unpackGroup(known.get(groupKey(id)));
    const { readsAll, username } = this.#bot();
    const hidden = !readsAll && !isAdmin(roleOf(own)) && chat.type !== 'channel';
    if (!hidden || record === undefined || record.told) return [];
    known.set(groupKey(id), pack({ ...record, told: true }));
    const text =
      `Telegram hides most of what is said in the group "${record.title}" from your bot: only commands, answers to it and ` +
      'what happens in the group arrive. To see everything, either let an administrator of the group make the bot ' +
      `@${username} one as well, or write /setprivacy to @BotFather, choose the bot, press Disable, and then remove the ` +
      'bot from the group and add it again.';
    return [{ type: 'notice', key: `privacy:${id}`, at: this.#env.now(), text }];
  }
}

/** Some of it is kept from some bots; that is no reason to know nothing. */
function unlessRefused<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof TelegramError && error.code === 400 && error.parameters?.migrate_to_chat_id === undefined) {
      return instead;
    }
    throw error;
  };
}

function named(chat: Fields): { title?: string; type?: string } {
  const [title, type] = [words(chat.title)?.slice(0, LONGEST_NAME), words(chat.type)];
  return { ...(title !== undefined && { title }), ...(type !== undefined && { type }) };
}

function chatEvent(id: string, { chat, size }: NonNullable<Seen>): StateEvent {
  const { title } = named(chat);
  const reactions = chat.available_reactions === undefined ? undefined : emojisOf(chat.available_reactions);
  const allowed = reactions?.filter((emoji) => REACTIONS.includes(emoji));
  return {
    type: 'chat',
    chat: chatOf(Number(id)),
    ...(title === undefined ? {} : { name: title }),
    topic: (words(chat.description) ?? '').slice(0, LONGEST_TOPIC),
    joined: true,
    open: words(chat.username) !== undefined,
    ...(size === undefined ? {} : { size }),
    limits: {
      ...(chat.type === 'channel' ? {} : { chatRate: GROUP_RATE }),
      ...(allowed === undefined ? {} : { reactions: { max: 1, allowed } }),
    },
  };
}

/** Administrators, the bot itself, and who is an administrator no more. */
function seatsOf({ chat, own, admins }: NonNullable<Seen>, self: string, known: Known, group: string): Seat[] {
  const seats: Seat[] = [{ user: null, role: ownRole(own, chat, fields(chat.permissions)), title: titleOf(own) }];
  const named = new Set([self]);
  for (const admin of admins.map(fields)) {
    const id = whole(fields(admin?.user)?.id)?.toString();
    if (admin === undefined || id === undefined || id === self) continue;
    named.add(id);
    seats.push({ user: id, name: displayName(admin.user) ?? id, role: roleOf(admin), title: titleOf(admin) });
  }
  if (admins.length === 0) return seats;
  for (const [key, bytes] of known.seats(group)) {
    const [user, seat] = [ofSeat(key), unpackSeat(bytes)];
    if (user !== null && seat !== undefined && isAdmin(seat.role) && !named.has(user))
      seats.push({ user, role: 'member' });
  }
  return seats;
}

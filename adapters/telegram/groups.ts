// The groups of one bot: each is asked about when it comes in sight, when the bot's place in it changes and at each start,
// because Telegram tells a bot little by itself. What was learnt is committed as differences.
import type { ChatId, Found, Member, NetworkEvent, Role, UserId } from 'moongate/adapter';
import { AdapterError } from 'moongate/adapter';
import type { TelegramBatch, TelegramHost } from './batch.ts';
import type { BotClient } from './client.ts';
import type { Environment } from './environment.ts';
import { adapterError, isAuthLost, movedTo, retryAfterMs } from './errors.ts';
import {
  asMember,
  foldNews,
  groupKey,
  keysOfNews,
  ofSeat,
  seatKey,
  seatsKey,
  unpackGroup,
  unpackSeat,
} from './group-state.ts';
import type { GroupRecord } from './group-state.ts';
import type { GroupNews } from './group-updates.ts';
import { chatOf } from './ids.ts';
import { Known } from './known.ts';
import type { Bot } from './login.ts';
import { isInside } from './roles.ts';
import { Survey } from './survey.ts';

/** One after the other: who reads the state to change it must be the only one. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

/** Everything that the adapter knows of its groups. */
export class Groups {
  readonly #host: TelegramHost;
  readonly #env: Environment;
  readonly #signal: AbortSignal;
  readonly #survey: Survey;
  readonly #turns = new Turns();
  readonly #moves = new Map<number, number>();
  readonly #waiting = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(host: TelegramHost, client: BotClient, env: Environment, bot: () => Bot, signal: AbortSignal) {
    this.#host = host;
    this.#env = env;
    this.#signal = signal;
    this.#survey = new Survey(host, client, env, bot, signal);
  }

  /** Asks about every group that the bot is in. */
  async start(): Promise<void> {
    const joined: string[] = [];
    for await (const [id, record] of this.#all()) {
      if (record.movedTo !== undefined) this.#moves.set(Number(id), Number(record.movedTo));
      if (record.joined) joined.push(id);
    }
    this.look(joined);
  }

  /** Resolves when nothing of it runs any more; `signal` must have been aborted. */
  async ended(): Promise<void> {
    await this.#running;
    await this.#turns.take(() => Promise.resolve());
  }

  /** Reads the state, and commits what follows from it, with nobody in between. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  /** Asks about these in the background. */
  look(groups: Iterable<string>): void {
    for (const group of groups) this.#waiting.add(group);
    if (this.#waiting.size === 0 || this.#signal.aborted) return;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Where a chat is by now. */
  current(chat: number): number {
    return this.#moves.get(chat) ?? chat;
  }

  /** A call was refused because the group has become a supergroup. */
  async moved(from: number, to: number): Promise<void> {
    this.#moves.set(from, to);
    await this.learn({ id: String(from), movedTo: String(to) });
    this.look([String(to)]);
  }

  /** Commits what was learnt otherwise than by an update. */
  learn(news: GroupNews): Promise<void> {
    return this.#turns.take(async () => {
      const { state } = this.#host;
      const stored = new Map(await state.get(keysOfNews(news)));
      if (news.movedTo !== undefined)
        for await (const [key, bytes] of state.list(seatsKey(news.id))) stored.set(key, bytes);
      const known = new Known(stored);
      await this.commit({ events: foldNews(news, known) ?? [], state: known.changes });
    });
  }

  /** Commits, unless there is nothing to. */
  async commit(batch: {
    readonly events: readonly NetworkEvent[];
    readonly state: TelegramBatch['state'];
  }): Promise<void> {
    if (batch.events.length === 0 && Object.keys(batch.state ?? {}).length === 0) return;
    await this.#host.commit({ events: batch.events, ...(batch.state && { state: batch.state }) });
  }

  /** A group as it is stored. */
  async record(id: ChatId): Promise<GroupRecord | undefined> {
    const key = groupKey(id);
    return unpackGroup((await this.#host.state.get([key])).get(key));
  }

  /** What somebody is there, as far as that is known. */
  async roleIn(id: ChatId, user: UserId): Promise<Role | undefined> {
    const key = seatKey(id, user);
    return unpackSeat((await this.#host.state.get([key])).get(key))?.role;
  }

  /** Administrators, and everybody who was heard of. */
  async *members(id: ChatId): AsyncGenerator<Member> {
    for await (const [key, bytes] of this.#host.state.list(seatsKey(id))) {
      const seat = unpackSeat(bytes);
      if (seat !== undefined && isInside(seat.role)) yield asMember(ofSeat(key), seat);
    }
  }

  /** Those of whose ban the bot was told: no bot can ask for the others. */
  async banned(id: ChatId): Promise<readonly Member[]> {
    const banned: Member[] = [];
    for await (const [key, bytes] of this.#host.state.list(seatsKey(id))) {
      const seat = unpackSeat(bytes);
      if (seat?.role === 'banned') banned.push(asMember(ofSeat(key), seat));
    }
    return banned;
  }

  /** The groups that the bot is in, by name, as pages. */
  async rooms(
    query: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<{ readonly rooms: readonly Found[]; readonly next?: string }> {
    const rooms: Found[] = [];
    for await (const [id, { title, type, joined }] of this.#all()) {
      if (!joined || (page.after !== undefined && id <= page.after)) continue;
      if (!title.toLowerCase().includes(query.trim().toLowerCase())) continue;
      if (rooms.length === page.limit) return { rooms, next: rooms.at(-1)?.chat.id ?? id };
      rooms.push({ chat: chatOf(Number(id)), name: title, note: type });
    }
    return { rooms };
  }

  /** A group of this number or name. */
  async find(query: string): Promise<Found | undefined> {
    const wanted = query.trim().toLowerCase();
    const found: Found[] = [];
    for await (const [id, { title, type, joined }] of this.#all()) {
      if (joined && (id === wanted || title.toLowerCase() === wanted)) {
        found.push({ chat: chatOf(Number(id)), name: title, note: type });
      }
    }
    return found.length === 1 ? found[0] : undefined;
  }

  /** Asks about one group now, once the bot is known to be in it. Rejects with what the user reads. */
  async enter(id: ChatId): Promise<void> {
    const record = await this.record(id);
    if (record?.joined !== true) {
      const text = 'A bot cannot join a group by itself: somebody who is in it has to add it, in Telegram.';
      throw new AdapterError({ code: 'rejected', reason: 'forbidden' }, text);
    }
    await this.#one(id).catch((error: unknown) => {
      throw adapterError(error, 'question');
    });
  }

  async *#all(): AsyncGenerator<readonly [id: string, record: GroupRecord]> {
    const prefix = groupKey('');
    for await (const [key, bytes] of this.#host.state.list(prefix)) {
      const record = unpackGroup(bytes);
      if (record !== undefined) yield [key.slice(prefix.length), record];
    }
  }

  /** One after the other. What fails for now is asked again, what fails for good at the next start. */
  async #run(): Promise<void> {
    for (let failures = 0; this.#waiting.size > 0 && !this.#signal.aborted;) {
      const [id = ''] = this.#waiting;
      try {
        this.#waiting.delete(id);
        await this.#one(id);
        failures = 0;
      } catch (error) {
        if (this.#signal.aborted || isAuthLost(error)) return;
        const fault = adapterError(error, 'question');
        const reason = error instanceof Error ? error.message : 'unknown';
        this.#host.log.warn({ reason, failures }, 'a group could not be asked about');
        if (AdapterError.is(fault) && fault.fault.code === 'rejected') continue;
        this.#waiting.add(id);
        const growing = Math.min(this.#env.retryMaxMs, this.#env.retryMs * 2 ** Math.min(failures, 20));
        await this.#env.sleep(retryAfterMs(error) ?? growing, this.#signal);
        failures += 1;
      }
    }
  }

  async #one(id: string): Promise<void> {
    try {
      const seen = await this.#survey.ask(Number(id));
      await this.#turns.take(async () => this.commit(await this.#survey.fold(id, seen)));
    } catch (error) {
      const next = movedTo(error);
      if (next === undefined) throw error;
      await this.moved(Number(id), next);
    }
  }
}

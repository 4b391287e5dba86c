// getUpdates: offsets that confirm, one poller per bot, long polls that end on news, on a second poller or on a webhook.
//
// States of a bot: idle, or one poll is waiting. A poll waits only when it found nothing and may (timeout > 0).
import { type Answer, conflict, success } from './answers.ts';
import type { Limits } from './control-api.ts';
import { integerArgument, jsonArgument, type Parameters } from './parameters.ts';
import type { Bot } from './state.ts';
import type { World } from './world.ts';

const MAX_TIMEOUT = 50;
/** How far beyond the newest update an offset may lie before it is not believed. */
const FUTURE = 10;
const PAST = 2_000_000;
const OTHER_POLLER = 'terminated by other getUpdates request; make sure that only one bot instance is running';
const WEBHOOK_ACTIVE =
  "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

interface WaitingPoll {
  offset: number;
  limit: number;
  finish: (answer: Answer) => void;
  timer: NodeJS.Timeout;
}

interface Manners {
  lastOffset: number | undefined;
  lastStart: number;
  nextConflict: number;
}

/** All bots' getUpdates. */
export class Polling {
  readonly #world: World;
  readonly #limits: () => Limits;
  readonly #waiting = new Map<number, WaitingPoll>();
  readonly #manners = new Map<number, Manners>();

  constructor(world: World, limits: () => Limits) {
    this.#world = world;
    this.#limits = limits;
    world.listen(() => this.#wake());
  }

  /** Whether a poll of this bot is waiting for news. */
  isWaiting(bot: number): boolean {
    return this.#waiting.has(bot);
  }

  /** Answers one getUpdates; `gone` fires when the caller has hung up. */
  poll(bot: Bot, parameters: Parameters, gone: AbortSignal): Promise<Answer> {
    if (bot.webhook !== '') return this.#conflict(bot, WEBHOOK_ACTIVE);
    const offset = integerArgument(parameters['offset'], 0, -(2 ** 31), 2 ** 31 - 1);
    const limit = integerArgument(parameters['limit'], 100, 1, 100);
    const timeout = integerArgument(parameters['timeout'], 0, 0, MAX_TIMEOUT);
    this.rememberAllowed(bot, parameters['allowed_updates']);
    const calm = this.#calm(bot, offset, limit, timeout);
    return this.#serve(bot, offset, calm.limit, calm.timeout, gone);
  }

  /** Keeps the kinds of updates that the bot asks for; an empty list is the default selection. */
  rememberAllowed(bot: Bot, text: string | undefined): void {
    const list = jsonArgument(text);
    if (!Array.isArray(list) || !list.every((kind) => typeof kind === 'string')) return;
    const allowed = list.length === 0 ? null : list.map((kind: string) => kind.toLowerCase());
    if (JSON.stringify(allowed) !== JSON.stringify(bot.allowed)) {
      this.#world.commit({ t: 'allowed', bot: bot.user.id, allowed });
    }
  }

  /** Ends the waiting poll of a bot with a 409. */
  terminate(bot: Bot, reason = OTHER_POLLER): void {
    const poll = this.#waiting.get(bot.user.id);
    if (!poll) return;
    this.#forget(bot.user.id, poll);
    void this.#conflict(bot, reason).then(poll.finish);
  }

  /** Ends all waiting polls as if their time were over. */
  close(): void {
    for (const [bot, poll] of this.#waiting) {
      this.#forget(bot, poll);
      poll.finish(success([]));
    }
  }

  #serve(bot: Bot, offset: number, limit: number, timeout: number, gone: AbortSignal): Promise<Answer> {
    const updates = this.#take(bot, offset, limit);
    if (updates.length > 0 || timeout === 0) return Promise.resolve(success(updates));
    this.terminate(bot);
    const id = bot.user.id;
    return new Promise((finish) => {
      const leave = (): void => {
        this.#forget(id, poll);
        finish(success([]));
      };
      const timer = setTimeout(leave, timeout * 1000);
      // A negative offset has done its work; what comes from now on is all wanted.
      const poll: WaitingPoll = { offset: Math.max(offset, 0), limit, finish, timer };
      this.#waiting.set(id, poll);
      gone.addEventListener('abort', leave, { once: true });
      this.#world.notify();
    });
  }

  #take(bot: Bot, offset: number, limit: number): unknown[] {
    const id = bot.user.id;
    const held = this.#world.pending(id);
    const believed = offset <= bot.nextUpdateId + FUTURE && offset >= bot.nextUpdateId - PAST;
    const kept = offset < 0 ? held.at(offset)?.update_id : offset > 0 && believed ? offset : undefined;
    if (kept !== undefined && held.some(({ update_id }) => update_id < kept)) {
      this.#world.commit({ t: 'confirm', bot: id, before: kept });
    }
    return this.#world.pending(id).slice(0, limit);
  }

  #wake(): void {
    for (const [id, poll] of this.#waiting) {
      const bot = this.#world.state.bots.get(id);
      if (!bot || this.#world.pending(id).length === 0) continue;
      this.#forget(id, poll);
      poll.finish(success(this.#take(bot, poll.offset, poll.limit)));
    }
  }

  /** Slows a bot that asks for the same offset again at once, as the real server does. */
  #calm(bot: Bot, offset: number, limit: number, timeout: number): { limit: number; timeout: number } {
    const manners = this.#mannersOf(bot);
    const now = this.#world.now();
    const same = this.#limits().hastyPolls && manners.lastOffset === offset;
    const since = now - manners.lastStart;
    manners.lastOffset = offset;
    manners.lastStart = now;
    return {
      limit: same && since < 500 ? 1 : limit,
      timeout: same && since < 3000 && timeout < 3 ? 3 : timeout,
    };
  }

  #conflict(bot: Bot, reason: string): Promise<Answer> {
    const manners = this.#mannersOf(bot);
    const now = this.#world.now();
    const pause = this.#limits().conflictPause;
    if (now < manners.nextConflict) {
      return new Promise((resolve) => setTimeout(resolve, pause, conflict(reason)).unref());
    }
    manners.nextConflict = now + pause;
    return Promise.resolve(conflict(reason));
  }

  #mannersOf(bot: Bot): Manners {
    const known = this.#manners.get(bot.user.id) ?? { lastOffset: undefined, lastStart: 0, nextConflict: 0 };
    this.#manners.set(bot.user.id, known);
    return known;
  }

  #forget(bot: number, poll: WaitingPoll): void {
    clearTimeout(poll.timer);
    if (this.#waiting.get(bot) === poll) this.#waiting.delete(bot);
  }
}

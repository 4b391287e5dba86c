// How fast a bot may send. A bucket that has run dry stays shut until the announced time, as Telegram's does.
import type { BucketLimit, Limits } from './control-api.ts';

/**
 * Telegram's published limits (30 messages a second in all, 1 a second in a chat with short bursts, 20 a minute in a
 * group), with a little room, so that a bot that keeps to them exactly never meets a 429 because two messages travelled
 * at different speeds.
 */
export const DEFAULT_LIMITS: Limits = {
  bot: { burst: 36, perSecond: 30 },
  chat: { burst: 6, perSecond: 1 },
  group: { burst: 22, perSecond: 20 / 60 },
  hastyPolls: true,
  conflictPause: 3000,
};

interface Bucket {
  tokens: number;
  at: number;
  shutUntil: number;
}

/** The buckets of all bots and chats. */
export class FloodControl {
  limits: Limits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Takes one message's place at `now` (ms); answers 0, or the seconds to wait (at least 1), and then takes nothing. */
  take(bot: number, chat: number, now: number): number {
    const perChat = chat < 0 ? this.limits.group : this.limits.chat;
    const all = this.#refill(`${bot}`, this.limits.bot, now);
    const one = this.#refill(`${bot}:${chat}`, perChat, now);
    const wait = Math.max(waitFor(all, this.limits.bot, now), waitFor(one, perChat, now));
    if (wait > 0) return wait;
    all.tokens -= 1;
    one.tokens -= 1;
    return 0;
  }

  #refill(key: string, limit: BucketLimit, now: number): Bucket {
    const bucket = this.#buckets.get(key) ?? { tokens: limit.burst, at: now, shutUntil: 0 };
    const refilled = bucket.tokens + (Math.max(now - bucket.at, 0) / 1000) * limit.perSecond;
    bucket.tokens = Math.min(refilled, limit.burst);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

/** Clocks tick in whole milliseconds: who waits exactly as long as he was told is not too early. */
const GRACE_MS = 20;
const GRACE_TOKENS = 0.05;

function waitFor(bucket: Bucket, limit: BucketLimit, now: number): number {
  if (now < bucket.shutUntil - GRACE_MS) return Math.ceil((bucket.shutUntil - now) / 1000);
  if (bucket.tokens >= 1 - GRACE_TOKENS) return 0;
  const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / limit.perSecond));
  bucket.shutUntil = now + seconds * 1000;
  return seconds;
}

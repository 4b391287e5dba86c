// How fast a bot may send.
import { Buckets } from '../common/buckets.ts';
import type { Limits } from './control-api.ts';

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

/** The buckets of all bots and chats. */
export class FloodControl {
  limits: Limits;
  readonly #buckets = new Buckets();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Takes one message's place at `now` (ms); answers 0, or the seconds to wait (at least 1), and then takes nothing. */
  take(bot: number, chat: number, now: number): number {
    const { bot: all, chat: direct, group } = this.limits;
    const wanted = [
      [`${bot}`, all],
      [`${bot}:${chat}`, chat < 0 ? group : direct],
    ] as const;
    return this.#buckets.take(wanted, now);
  }
}

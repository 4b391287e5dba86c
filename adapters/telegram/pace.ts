// Telegram takes 20 messages a minute in one group. Who keeps to it is not shut out for longer by a 429.
import { GROUP_RATE } from './group-state.ts';

/** A bucket for each group that was written to lately. */
export class GroupPace {
  readonly #buckets = new Map<number, { tokens: number; at: number }>();

  /** Takes a message's place at `now` (monotonic ms): 0, or how long to wait, and then takes nothing. */
  take(group: number, now: number): number {
    const { count, perMs } = GROUP_RATE;
    const perToken = perMs / count;
    for (const [other, { tokens, at }] of this.#buckets) {
      if (tokens + (now - at) / perToken >= count) this.#buckets.delete(other);
    }
    const { tokens, at } = this.#buckets.get(group) ?? { tokens: count, at: now };
    const left = tokens + (now - at) / perToken;
    if (left < 1) return Math.ceil((1 - left) * perToken);
    this.#buckets.set(group, { tokens: left - 1, at: now });
    return 0;
  }
}

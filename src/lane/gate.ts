// Gates before sending: a token bucket that also can be held shut. Whoever comes first goes through first.
import type { Clock } from '../clock.ts';
import type { Rate } from '../adapter/api.ts';

/** Lets `rate.count` through at once and then one every `perMs / count`; without a rate it is open unless held. */
export class Gate {
  readonly #clock: Clock;
  #rate: Rate | undefined;
  readonly #queue: (() => void)[] = [];
  #tokens: number;
  #filled: number;
  #heldUntil = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, rate?: Rate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#tokens = rate?.count ?? 0;
    this.#filled = clock.monotonic();
  }

  /** Sets another rate; what was used up and what is held stays so. */
  limit(rate: Rate | undefined): void {
    if (rate?.count === this.#rate?.count && rate?.perMs === this.#rate?.perMs) return;
    if (this.#rate !== undefined) this.#refill(this.#clock.monotonic(), this.#rate);
    const used = this.#rate === undefined ? 0 : this.#rate.count - this.#tokens;
    this.#tokens = (rate?.count ?? 0) - used;
    this.#filled = this.#clock.monotonic();
    this.#rate = rate;
  }

  /** Milliseconds until somebody who came now could pass, those before him not counted. */
  get wait(): number {
    const now = this.#clock.monotonic();
    const held = Math.max(0, this.#heldUntil - now);
    if (this.#rate === undefined) return held;
    this.#refill(now, this.#rate);
    const missing = Math.max(0, 1 - this.#tokens) * (this.#rate.perMs / this.#rate.count);
    return Math.max(held, missing);
  }

  /** Nobody waits, nothing holds it and no token is missing: it may be forgotten. */
  get full(): boolean {
    if (this.#queue.length > 0 || this.wait > 0) return false;
    return this.#rate === undefined || this.#tokens >= this.#rate.count;
  }

  /** Nobody passes for so long; a hold never shortens another. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#clock.monotonic() + ms);
  }

  /** Who came now could pass at once. */
  get open(): boolean {
    return this.#queue.length === 0 && this.wait === 0;
  }

  /** Undefined if it may pass now; else resolves when its turn has come, or when `signal` is aborted. */
  pass(signal: AbortSignal): Promise<void> | undefined {
    if (this.open) {
      this.#tokens -= 1;
      return undefined;
    }
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        const at = this.#queue.indexOf(go);
        if (at >= 0) this.#queue.splice(at, 1);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(go);
      this.#watch();
    });
  }

  #refill(now: number, rate: Rate): void {
    this.#tokens = Math.min(rate.count, this.#tokens + ((now - this.#filled) * rate.count) / rate.perMs);
    this.#filled = now;
    // Sums of fractions miss the whole by a hair, and a timer that fires in time must find its token.
    if (this.#tokens > 1 - 1e-6 && this.#tokens < 1) this.#tokens = 1;
  }

  #watch(): void {
    if (this.#cancel !== undefined || this.#queue.length === 0) return;
    this.#cancel = this.#clock.after(Math.ceil(this.wait), () => {
      this.#cancel = undefined;
      while (this.#queue.length > 0 && this.wait === 0) {
        this.#tokens -= 1;
        this.#queue.shift()?.();
      }
      this.#watch();
    });
  }
}

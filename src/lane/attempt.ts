// One call into an adapter: it ends by a deadline even if the adapter ignores its signal, and every end becomes a fault.
import { AdapterError, type Fault } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';

/** How long an adapter may take to obey an aborted signal before it is not waited for any more. */
const GRACE_MS = 5_000;

/** The calls of one account that are under way. */
export class Attempts {
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #running = new Set<{
    readonly since: number;
    readonly abort: AbortController;
    readonly giveUp: () => void;
  }>();
  #cancel: (() => void) | undefined;

  /** `deadline`: milliseconds after which a call is aborted and counts as uncertain. */
  constructor(clock: Clock, deadline: number) {
    this.#clock = clock;
    this.#deadline = deadline;
  }

  /** Runs `work`; rejects with whatever it throws, or with 'uncertain' when it took too long or was aborted. */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => {
        this.#running.delete(attempt);
        reject(new AdapterError({ code: 'uncertain' }, 'no answer in time'));
      };
      const attempt = { since: this.#clock.monotonic(), abort, giveUp };
      this.#running.add(attempt);
      this.#watch();
      const end =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#running.delete(attempt);
          settle(value);
        };
      // Called in an async function, since an adapter may throw before its first await.
      (async () => work(abort.signal))().then(end(resolve), end(reject));
    });
  }

  /** Aborts all that is under way; what does not end within the grace time is given up. Resolves when nothing runs. */
  async abort(): Promise<void> {
    if (this.#running.size === 0) return;
    for (const { abort } of this.#running) abort.abort();
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(GRACE_MS, () => {
        for (const { giveUp } of [...this.#running]) giveUp();
        resolve();
      });
      void this.idle().then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await new Promise<void>((resolve) => this.#clock.after(10, resolve));
  }

  #watch(): void {
    if (this.#cancel !== undefined) return;
    this.#cancel = this.#clock.after(this.#deadline / 4, () => {
      this.#cancel = undefined;
      const now = this.#clock.monotonic();
      for (const { since, abort, giveUp } of [...this.#running]) {
        if (now - since >= this.#deadline) abort.abort();
        if (now - since >= this.#deadline + GRACE_MS) giveUp();
      }
      if (this.#running.size > 0) this.#watch();
    });
  }
}

/** What a thrown value says about the message; what is no AdapterError may have happened after it was sent. */
export function faultOf(error: unknown): { readonly fault: Fault; readonly words: string | undefined } {
  return AdapterError.is(error)
    ? { fault: error.fault, words: error.message }
    : { fault: { code: 'uncertain' }, words: undefined };
}

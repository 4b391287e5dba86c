// Spreads what would otherwise leave in one burst: a start greets every user, and each greeting wakes his server.
import type { Clock } from '../clock.ts';

export class Pacer {
  readonly #clock: Clock;
  readonly #perTurn: number;
  readonly #turnMs: number;
  readonly #queue: ((go: boolean) => void)[] = [];
  #left: number;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** Lets `perTurn` through in about each `turnMs` milliseconds, jittered by a half either way. */
  constructor(clock: Clock, perTurn: number, turnMs: number) {
    this.#clock = clock;
    this.#perTurn = perTurn;
    this.#turnMs = turnMs;
    this.#left = perTurn;
  }

  /** Resolves when it is one's turn: with true, or with false if there will be none any more. */
  turn(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#queue.push(resolve);
      this.#serve();
    });
  }

  /** Nobody gets a turn any more. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const refused of this.#queue.splice(0)) refused(false);
  }

  #serve(): void {
    while (this.#left > 0 && this.#queue.length > 0) {
      this.#left -= 1;
      this.#queue.shift()?.(true);
    }
    if (this.#cancel !== undefined || this.#left === this.#perTurn) return;
    this.#cancel = this.#clock.after(this.#turnMs * (0.5 + this.#clock.random()), () => {
      this.#cancel = undefined;
      this.#left = this.#perTurn;
      this.#serve();
    });
  }
}

// A loopback account on a clock that the test moves.
import type { Delivery } from 'moongate/adapter';
import { TestAccount, newToken } from 'moongate/adapter/testing';
import type { TestLink } from 'moongate/adapter/testing';
import { createLoopback } from '@moongate/loopback';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

export class LoopbackStage {
  readonly account = new TestAccount({}, { id: 'me' }, new Map(), { patienceMs: 5000, quietMs: 50 });
  readonly #timers = new Set<Timer>();
  #now = Date.UTC(2030, 0, 1, 12);

  /** Timers that nobody has cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  connect(): Promise<TestLink> {
    const setTimer = (run: () => void, ms: number): (() => void) => {
      const timer = { due: this.#now + ms, run };
      this.#timers.add(timer);
      return () => void this.#timers.delete(timer);
    };
    return this.account.connect(createLoopback({ now: () => this.#now, setTimer }));
  }

  /** Moves the clock and runs what is due, each after what the one before it caused. */
  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.due - b.due).find(({ due }) => due <= end);
      if (!next) break;
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.run();
      await settled();
    }
    this.#now = end;
  }

  delivery(parts: Partial<Delivery> = {}): Delivery {
    const open = (): Promise<never> => Promise.reject(new Error('no file is sent here'));
    return { token: newToken(), at: this.#now, attempt: 1, signal: new AbortController().signal, open, ...parts };
  }

  heard(id: string): readonly string[] {
    return this.account.heard({ kind: 'direct', id });
  }
}

/** After it all that a commit causes has happened: the test host lands on the next turn of the loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

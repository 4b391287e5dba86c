// A clock that only a test moves: timers run when it says so, in order, and what they set going is let settle.
import type { Clock } from '../../src/clock.ts';
import type { Store } from '../../src/store/api.ts';

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** Wall clock and monotonic time move together unless `jump` moves the wall clock alone. */
export class ManualClock implements Clock {
  #wall: number;
  #time = 0;
  #timers: Timer[] = [];
  /** What random() gives. */
  chance = 0.5;

  constructor(wall = 1_700_000_000_000) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }
  monotonic(): number {
    return this.#time;
  }
  random(): number {
    return this.chance;
  }
  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#time + Math.max(0, ms), work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.length;
  }

  /** The wall clock is set, and no time passes. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Time passes: whatever falls due on the way runs at its time, each followed by a turn of the event loop. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    for (;;) {
      await turn();
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#pass(due.at - this.#time);
      due.work();
    }
    this.#pass(end - this.#time);
    await turn();
  }

  #pass(ms: number): void {
    if (ms <= 0) return;
    this.#time += ms;
    this.#wall += ms;
  }
}

/** One turn of the event loop: everything that waits for promises alone goes on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets everything go on that waits for promises or for the disk's thread. */
export async function settled(store: Pick<Store, 'usage'>): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    await store.usage(0);
    await turn();
    await turn();
  }
}

/** Time passes, and what that sets going is let settle. */
export async function passed(clock: ManualClock, store: Pick<Store, 'usage'>, ms: number): Promise<void> {
  await settled(store);
  await clock.advance(ms);
  await settled(store);
}

/** Turns the event loop until it is so; fails by name after some seconds. For what waits for the disk's thread. */
export async function until(what: string, so: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await so())) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await turn();
  }
}

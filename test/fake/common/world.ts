// What every fake's world is besides its own tables: a journal, a clock that a test can move, and listeners.
import { type Journal, openJournal } from './journal.ts';

/** A world that changes by steps; a step is on disk before it happens. */
export abstract class JournaledWorld<Change> {
  #journal: Journal<Change> | undefined;
  readonly #wallClock: () => number;
  readonly #listeners = new Set<() => void>();
  #skew = 0;

  /** `wallClock` gives milliseconds since 1970. A subclass calls `open()` once its tables are there. */
  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  /** Carries out one change. It decides nothing, so replaying gives what happened. */
  protected abstract apply(change: Change): void;

  /** Replays the journal in `file`, if any, and keeps it from now on. */
  protected open(file: string | undefined): void {
    this.#journal = openJournal<Change>(file, (step) => step.forEach((change) => this.apply(change)));
  }

  /** Milliseconds since 1970, by the fake's clock. */
  now(): number {
    return this.#wallClock() + this.#skew;
  }

  /** Moves the clock forward. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new Error('the clock only moves forward');
    this.#skew += ms;
    this.notify();
  }

  /** Calls `listener` after each step, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners to look again. */
  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Makes these changes as one step: on disk first, then in the world. */
  commit(...step: Change[]): void {
    this.#journal?.append(step);
    for (const change of step) this.apply(change);
    this.notify();
  }

  close(): void {
    this.#journal?.close();
  }
}

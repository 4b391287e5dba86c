// Steps that must land: run, wake whoever drains what they appended, and never be given up while the disk may recover.
import type { Clock } from '../clock.ts';
import type { Log } from '../adapter/api.ts';
import { StoreError, type Entry, type LaneKey, type NewEntry, type Step, type Store } from '../store/api.ts';

/** Tells whoever drains a lane what was appended to it. */
export type Wake = (lane: LaneKey, entries: readonly Entry[]) => void;

/** Runs a step and wakes the drainers of what was new in it; says which entries those were. Rejects as the store does. */
export type Land = (step: Step) => Promise<readonly Entry[]>;

/** A `Land` on this store. */
export function lander(store: Pick<Store, 'step'>, wake: Wake): Land {
  return async (step) => {
    const { seqs } = await store.step(step);
    if (step.append === undefined || seqs.length === 0) return none;
    const appended: Entry[] = [];
    for (const [index, entry] of step.append.entries()) {
      const seq = seqs[index];
      if (seq === undefined) continue;
      const fresh = asEntry(entry, seq);
      appended.push(fresh);
      wake(entry.lane, [fresh]);
    }
    return appended;
  };
}

const none: readonly Entry[] = [];

function asEntry({ lane, owner, key, at, body, stanza }: NewEntry, seq: number): Entry {
  const entry = { seq, lane, owner, state: 'queued', key, at, body, starts: 0, done: 0, notBefore: 0 } as const;
  return stanza === undefined ? entry : { ...entry, stanza };
}

const RETRY_MS = 1_000;
const PASSING = new Set(['full', 'io', 'readonly']);

/** The disk may have room again: trying the same once more makes sense. */
export const mayPass = (error: unknown): boolean => error instanceof StoreError && PASSING.has(error.code);

/** Runs `work` until it succeeds or fails for good; while the disk is in trouble it is tried every second. Says so once. */
export function persist<T>(work: () => Promise<T>, clock: Clock, log: Log, signal: AbortSignal): Promise<T> {
  // Nearly always it succeeds at once, and every step goes this way.
  return work().catch(async (first: unknown) => {
    for (let failure = first, told = false; ; told = true) {
      if (!mayPass(failure) || signal.aborted) throw failure;
      if (!told) log.error({ error: failure }, 'the store cannot write; trying again every second');
      await sleep(clock, RETRY_MS, signal);
      try {
        return await work();
      } catch (error) {
        failure = error;
      }
    }
  });
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

interface Pending {
  readonly step: Step;
  readonly resolve: (entries: readonly Entry[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Lands steps in the order of the calls, none without those before it, and tries again while the disk is in trouble. */
export class Succession {
  readonly #land: Land;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #waiting: Pending[] = [];
  /** Failed for trouble of the disk, in order; while there are any, nothing else is begun. */
  #failed: Pending[] = [];
  #underWay = 0;
  #told = false;

  /** Aborting `signal` ends the trying again: what then fails is rejected. */
  constructor(land: Land, clock: Clock, log: Log, signal: AbortSignal) {
    this.#land = land;
    this.#clock = clock;
    this.#log = log;
    this.#signal = signal;
  }

  /** Resolves when the step is on disk. */
  land(step: Step): Promise<readonly Entry[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ step, resolve, reject });
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#failed.length > 0) return;
    for (const pending of this.#waiting.splice(0)) {
      this.#underWay += 1;
      this.#land(pending.step).then(
        (entries) => {
          pending.resolve(entries);
          this.#told = false;
          this.#ended();
        },
        (error: unknown) => {
          if (mayPass(error) && !this.#signal.aborted) this.#failed.push(pending);
          else pending.reject(error);
          if (mayPass(error) && !this.#told)
            this.#log.error({ error }, 'the store cannot write; trying again every second');
          this.#told = true;
          this.#ended();
        },
      );
    }
  }

  #ended(): void {
    this.#underWay -= 1;
    if (this.#underWay > 0 || this.#failed.length === 0) return;
    void sleep(this.#clock, RETRY_MS, this.#signal).then(() => {
      this.#waiting.unshift(...this.#failed.splice(0));
      this.#begin();
    });
  }
}

// The requests that bots made, for tests that ask how often and when; in memory, and bounded.
import type { CallEntry, CallFilter } from './control-api.ts';

const KEPT = 20_000;

/** The last requests, in the order of their arrival. */
export class CallLog {
  readonly #changed: () => void;
  #entries: CallEntry[] = [];
  #last = 0;

  /** `changed` is called whenever an entry comes or changes. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Notes a request that has just arrived. */
  open(entry: Pick<CallEntry, 'time' | 'bot' | 'method' | 'params'>): CallEntry {
    this.#last += 1;
    const whole: CallEntry = { seq: this.#last, ...entry, status: null, done: false };
    if (this.#entries.length >= KEPT * 2) this.#entries = this.#entries.slice(-KEPT);
    this.#entries.push(whole);
    this.#changed();
    return whole;
  }

  /** Notes what became of it. */
  update(entry: CallEntry, outcome: Partial<CallEntry>): void {
    Object.assign(entry, outcome);
    this.#changed();
  }

  /** The requests that match, oldest first. */
  find(filter: CallFilter): CallEntry[] {
    const method = filter.method?.toLowerCase();
    return this.#entries.filter(
      (call) =>
        call.seq > (filter.after ?? 0) &&
        (filter.bot === undefined || call.bot === filter.bot) &&
        (method === undefined || call.method.toLowerCase() === method) &&
        (filter.status === undefined || call.status === filter.status) &&
        (filter.fault === undefined || call.fault === filter.fault) &&
        (filter.done === undefined || call.done === filter.done),
    );
  }
}

// The requests that clients made, for tests that ask how often and when; in memory, and bounded.

const KEPT = 20_000;

/** One request, whatever became of it. A restart of the fake forgets them. */
export interface Call {
  seq: number;
  /** Milliseconds since 1970 by the fake's clock. */
  time: number;
  /** HTTP status answered; null while it is open, or if the connection was dropped. */
  status: number | null;
  /** What an error answer said. */
  description?: string;
  /** The fault that took part in it. */
  fault?: number;
  /** True once it has been answered or dropped. */
  done: boolean;
}

/** What every fake can look for; absent fields match everything. */
export interface CallFilterBase {
  /** Only calls answered with this status. */
  status?: number;
  /** Only calls that a fault took part in. */
  fault?: number;
  /** Only calls that are over, or that are not. */
  done?: boolean;
  /** Only calls with a greater seq. */
  after?: number;
}

/** The last requests, in the order of their arrival. */
export class CallLog<Entry extends Call> {
  readonly #changed: () => void;
  #entries: Entry[] = [];
  #last = 0;

  /** `changed` is called whenever an entry comes or changes. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Notes a request that has just arrived. */
  open(entry: Omit<Entry, 'seq' | 'status' | 'done'>): Entry {
    this.#last += 1;
    const whole = { seq: this.#last, ...entry, status: null, done: false } as unknown as Entry;
    if (this.#entries.length >= KEPT * 2) this.#entries = this.#entries.slice(-KEPT);
    this.#entries.push(whole);
    this.#changed();
    return whole;
  }

  /** Notes what became of it. */
  update(entry: Entry, outcome: Partial<Call>): void {
    Object.assign(entry, outcome);
    this.#changed();
  }

  /** The requests that match and that `own` wants, oldest first. */
  find(filter: CallFilterBase, own: (call: Entry) => boolean): Entry[] {
    return this.#entries.filter(
      (call) =>
        call.seq > (filter.after ?? 0) &&
        (filter.status === undefined || call.status === filter.status) &&
        (filter.fault === undefined || call.fault === filter.fault) &&
        (filter.done === undefined || call.done === filter.done) &&
        own(call),
    );
  }
}

// What is pending in one lane: the first entries in memory, the rest on disk, so that a backlog never becomes memory.
import type { Entry, LaneKey, LaneSummary, Seq, Store } from '../store/api.ts';

/** Most entries of one lane in memory, and most that one look at the disk brings. */
const KEPT = 64;

/** The key of a lane as a string, unique in the gateway. */
export const laneId = (lane: LaneKey): string => `${lane.account}/${lane.direction}/${lane.chat}/${lane.slot}`;

export class LaneQueue {
  readonly lane: LaneKey;
  readonly #store: Pick<Store, 'head'>;
  #kept: Entry[] = [];
  /** All of the lane up to this entry has been in memory. */
  #read: Seq = 0;
  /** The newest entry that is known to be in the lane. */
  #last: Seq = 0;
  #loading: Promise<void> | undefined;

  constructor(lane: LaneKey, store: Pick<Store, 'head'>, summary?: LaneSummary) {
    this.lane = lane;
    this.#store = store;
    if (summary) {
      this.#read = summary.first - 1;
      this.#last = summary.last;
    }
  }

  /** Nothing is pending, in memory or on disk. */
  get empty(): boolean {
    return this.#kept.length === 0 && this.#read >= this.#last;
  }

  /** The first entry, if it is in memory. */
  get first(): Entry | undefined {
    return this.#kept[0];
  }

  /** The entry behind that one, if both are in memory. */
  after(seq: Seq): Entry | undefined {
    const at = this.#kept.findIndex((entry) => entry.seq === seq);
    return at < 0 ? undefined : this.#kept[at + 1];
  }

  /** Entries were appended to the lane; without them it will ask the disk. */
  push(entry: Entry): void {
    if (entry.seq <= this.#last) return; // known, or the disk was faster than the news of it
    if (this.#read >= this.#last && this.#loading === undefined && this.#kept.length < KEPT) {
      this.#kept.push(entry);
      this.#read = entry.seq;
    }
    this.#last = entry.seq;
  }

  /** Takes the first entry out of memory; it stays on disk until it is moved there. */
  shift(): Entry | undefined {
    return this.#kept.shift();
  }

  /** Puts entries back that were taken, in their order. */
  unshift(entries: readonly Entry[]): void {
    this.#kept = [...entries, ...this.#kept];
  }

  /** Drops from memory whatever `gone` names. */
  drop(gone: (entry: Entry) => boolean): void {
    this.#kept = this.#kept.filter((entry) => !gone(entry));
  }

  /** Forgets what it has in memory and reads the lane anew, at least to `last`: earlier entries were revived. */
  rewind(last: Seq): void {
    this.#kept = [];
    this.#read = 0;
    this.#last = Math.max(this.#last, last);
    this.#loading = undefined;
  }

  /** Reads on from the disk. Resolves once `first` is there or the lane is known to be empty. */
  load(): Promise<void> {
    if (this.#loading === undefined) {
      const loading = this.#fetch().finally(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
      this.#loading = loading;
    }
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    const known = this.#last;
    const before = this.#kept;
    const entries = await this.#store.head(this.lane, this.#read, KEPT);
    if (this.#kept !== before) return; // rewound meanwhile
    this.#kept.push(...entries);
    // A full page may have more behind it; a short one shows all that was known when the disk was asked.
    this.#read = Math.max(entries.at(-1)?.seq ?? 0, entries.length < KEPT ? known : 0, this.#read);
    this.#last = Math.max(this.#last, this.#read);
  }
}

// What waits in the lanes, as numbers in memory: sequence numbers and sizes, never bodies. It spares the log an index, makes
// lanes() and usage() free, and is read from the log at the start. Changes can be taken back until they are kept, so that it
// never says more than the database when a commit fails.
import type { AccountId, LaneKey, LaneSummary, Seq } from '../api.ts';
import { laneOf, type Way } from './protocol.ts';

interface Lane {
  readonly account: AccountId;
  readonly chat: number;
  readonly way: Way;
  owner: string;
  /** Ascending; those before `from` are gone. */
  seqs: number[];
  sizes: number[];
  from: number;
  bytes: number;
}
type Change =
  | { readonly added: true; readonly lane: Lane; readonly seq: Seq; readonly owner: string }
  | { readonly added: false; readonly lane: Lane; readonly seq: Seq; readonly bytes: number };

/** Emptied places at the front of a lane are dropped when there are so many. */
const SLACK = 256;

function nameOf(account: AccountId, chat: number, way: Way): string {
  return `${account}/${chat}/${way}`;
}

/** The first index from `from` on whose seq is at least `seq`. */
function indexOf(lane: Lane, seq: Seq): number {
  let low = lane.from;
  let high = lane.seqs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lane.seqs[middle] ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Waiting {
  readonly #lanes = new Map<string, Lane>();
  readonly #bySeq = new Map<Seq, Lane>();
  readonly #owners = new Map<string, Set<Lane>>();
  /** Entries and bytes by account: in, out. */
  readonly #usage = new Map<AccountId, [number, number, number, number]>();
  #changes: Change[] = [];

  /** An entry begins to wait, at the place that its number gives it. */
  add(account: AccountId, chat: number, way: Way, owner: string, seq: Seq, bytes: number): void {
    const lane = this.#lane(account, chat, way, owner);
    this.#changes.push({ added: true, lane, seq, owner: lane.owner });
    this.#own(lane, owner);
    this.#insert(lane, seq, bytes);
  }

  /** An entry waits no longer. */
  remove(seq: Seq): void {
    const lane = this.#bySeq.get(seq);
    if (lane === undefined) return;
    const bytes = this.#take(lane, seq);
    if (bytes !== undefined) this.#changes.push({ added: false, lane, seq, bytes });
  }

  /** The changes since the last call are on disk. */
  keep(): void {
    for (const { lane } of this.#changes) this.#dropIfEmpty(lane);
    this.#changes = [];
  }

  /** Where undo() can go back to, until keep() is called. */
  mark(): number {
    return this.#changes.length;
  }

  /** The changes since a mark, or since the last keep(), did not reach the disk. */
  undo(mark = 0): void {
    for (const change of this.#changes.splice(mark).toReversed()) {
      if (change.added) {
        this.#take(change.lane, change.seq);
        this.#own(change.lane, change.owner);
      } else {
        this.#insert(change.lane, change.seq, change.bytes);
      }
      if (!this.#changes.some(({ lane }) => lane === change.lane)) this.#dropIfEmpty(change.lane);
    }
  }

  /** What waits in one lane after a number. */
  seqs(lane: { account: AccountId; chat: number; way: Way }, after: Seq, limit: number): readonly Seq[] {
    const found = this.#lanes.get(nameOf(lane.account, lane.chat, lane.way));
    if (found === undefined) return [];
    const from = indexOf(found, after + 1);
    return found.seqs.slice(from, from + limit);
  }

  summaries(owner: string): readonly LaneSummary[] {
    const summaries: LaneSummary[] = [];
    for (const lane of this.#owners.get(owner) ?? []) {
      const first = lane.seqs[lane.from];
      const last = lane.seqs.at(-1);
      if (first === undefined || last === undefined) continue;
      const key: LaneKey = laneOf(lane.account, lane.chat, lane.way);
      summaries.push({ lane: key, first, last, count: lane.seqs.length - lane.from, bytes: lane.bytes });
    }
    return summaries;
  }

  usage(account: AccountId, direction: LaneKey['direction'] | undefined): { entries: number; bytes: number } {
    const [inEntries, inBytes, outEntries, outBytes] = this.#usage.get(account) ?? [0, 0, 0, 0];
    if (direction === 'in') return { entries: inEntries, bytes: inBytes };
    if (direction === 'out') return { entries: outEntries, bytes: outBytes };
    return { entries: inEntries + outEntries, bytes: inBytes + outBytes };
  }

  #lane(account: AccountId, chat: number, way: Way, owner: string): Lane {
    const name = nameOf(account, chat, way);
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { account, chat, way, owner, seqs: [], sizes: [], from: 0, bytes: 0 };
      this.#lanes.set(name, lane);
      this.#lanesOf(owner).add(lane);
    }
    return lane;
  }

  #lanesOf(owner: string): Set<Lane> {
    let lanes = this.#owners.get(owner);
    if (lanes === undefined) this.#owners.set(owner, (lanes = new Set()));
    return lanes;
  }

  #own(lane: Lane, owner: string): void {
    if (lane.owner === owner) return;
    this.#disown(lane);
    lane.owner = owner;
    this.#lanesOf(owner).add(lane);
  }

  #disown(lane: Lane): void {
    const lanes = this.#owners.get(lane.owner);
    lanes?.delete(lane);
    if (lanes?.size === 0) this.#owners.delete(lane.owner);
  }

  #insert(lane: Lane, seq: Seq, bytes: number): void {
    const index = indexOf(lane, seq);
    if (index === lane.seqs.length) {
      lane.seqs.push(seq);
      lane.sizes.push(bytes);
    } else {
      lane.seqs.splice(index, 0, seq);
      lane.sizes.splice(index, 0, bytes);
    }
    this.#bySeq.set(seq, lane);
    this.#count(lane, 1, bytes);
  }

  #take(lane: Lane, seq: Seq): number | undefined {
    const index = indexOf(lane, seq);
    const bytes = lane.sizes[index];
    if (bytes === undefined || lane.seqs[index] !== seq) return undefined;
    if (index === lane.from) {
      lane.from += 1;
      if (lane.from > SLACK && lane.from * 2 > lane.seqs.length) {
        lane.seqs = lane.seqs.slice(lane.from);
        lane.sizes = lane.sizes.slice(lane.from);
        lane.from = 0;
      }
    } else {
      lane.seqs.splice(index, 1);
      lane.sizes.splice(index, 1);
    }
    this.#bySeq.delete(seq);
    this.#count(lane, -1, -bytes);
    return bytes;
  }

  #count(lane: Lane, entries: number, bytes: number): void {
    lane.bytes += bytes;
    let usage = this.#usage.get(lane.account);
    if (usage === undefined) this.#usage.set(lane.account, (usage = [0, 0, 0, 0]));
    if (lane.way & 1) {
      usage[2] += entries;
      usage[3] += bytes;
    } else {
      usage[0] += entries;
      usage[1] += bytes;
    }
  }

  #dropIfEmpty(lane: Lane): void {
    if (lane.seqs.length > lane.from) return;
    this.#disown(lane);
    this.#lanes.delete(nameOf(lane.account, lane.chat, lane.way));
    const usage = this.#usage.get(lane.account);
    if (usage !== undefined && usage[0] + usage[2] === 0) this.#usage.delete(lane.account);
  }
}

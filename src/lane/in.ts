// Network -> XMPP: the 'in' lanes of one transport's stream. Go back N: stanzas are written in a window, taken in turns
// from the accounts and their lanes; a fence that has come back settles what was written before it; what was not fenced
// when the stream ended goes again, in order and with the same ids.
import type { Log } from '../adapter/api.ts';
import { pause, type Clock } from '../clock.ts';
import type { AccountId, Entry, Fence, LaneKey, Move, Seq, Store } from '../store/api.ts';
import { judgeBounce, type Bounce } from './failure.ts';
import { persist } from './land.ts';
import { LaneQueue, laneId } from './queue.ts';
import { Turns } from './turns.ts';

/** Most stanzas and bytes that are written and not fenced. */
const WINDOW_STANZAS = 128;
const WINDOW_BYTES = 256 * 1_024;
/** What was settled so shortly before an unclean end of the stream goes again: a server may route and yet lose it. */
const DOUBT_MS = 5_000;
/** The pause before what bounced is tried again. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Lanes that are kept in memory when nothing waits in them. */
const IDLE_LANES = 1_024;

/** The stream, as far as the lanes need it. */
export interface Sink {
  /** Online, and not too much is waiting to be written. */
  readonly writable: boolean;
  /** False: not taken. Throws where the stanza can never be sent. */
  send(stanza: string): boolean;
  /** Resolves when the server has routed all that was sent before; rejects when the stream ended first. */
  fence(): Promise<void>;
}

export interface InOptions {
  readonly fence: Fence;
  readonly store: Pick<Store, 'head' | 'lanes' | 'step' | 'bounced'>;
  readonly sink: Sink;
  readonly clock: Clock;
  readonly log: Log;
  /** The stanzas that show an entry; none for one that shows nothing. `again`: it was written before, or bounced. */
  readonly render: (entry: Entry, again: boolean) => readonly string[];
}

interface InLane {
  readonly queue: LaneQueue;
  inFlight: number;
  loading: boolean;
  /** Steps under way that put entries back. */
  reviving: number;
  /** Bounces in a row; they make the pauses grow. */
  bounces: number;
  /** Ends the pause that a bounce began. */
  resume: (() => void) | undefined;
  /** What bounced last: read anew from the disk when the pause is over. */
  revived: Seq;
}

interface Written {
  readonly lane: InLane;
  readonly entry: Entry;
  readonly stanzas: number;
  readonly bytes: number;
  /** It bounced before its fence came back: it is not settled. */
  bounced: boolean;
}

export class InLanes {
  readonly #options: InOptions;
  readonly #lanes = new Map<string, InLane>();
  readonly #turns = new Turns<AccountId, InLane>();
  /** Written and not fenced, in the order of writing. */
  #written: Written[] = [];
  #stanzas = 0;
  #bytes = 0;
  /** The length of #written when the fence that is under way was sent. */
  #fenced = 0;
  #generation = 0;
  #pumping = false;
  #settled: { readonly seq: Seq; readonly lane: InLane; readonly at: number }[] = [];
  /** Entries of this run that were written before. */
  readonly #again = new Set<Seq>();
  readonly #stopped = new AbortController();

  constructor(options: InOptions) {
    this.#options = options;
  }

  /** Loads what waits, as summaries. */
  async load(): Promise<void> {
    const { store, fence } = this.#options;
    for (const summary of await store.lanes(fence.owner)) {
      const id = laneId(summary.lane);
      if (summary.lane.direction !== 'in' || this.#lanes.has(id)) continue;
      const lane = newLane(new LaneQueue(summary.lane, store, summary));
      this.#lanes.set(id, lane);
      this.#ready(lane);
    }
  }

  /** Entries were appended to a lane. */
  wake(key: LaneKey, entries: readonly Entry[]): void {
    const lane = this.#lane(key);
    for (const entry of entries) lane.queue.push(entry);
    this.#ready(lane);
    this.pump();
  }

  /** Writes what the window and the stream take; to be called when the stream has come online or is writable again. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    // In a microtask, so that all that one tick brought shares a fence.
    queueMicrotask(() => {
      this.#pumping = false;
      while (this.#roomy() && this.#writeNext());
      this.#sendFence();
    });
  }

  /** The stream has ended. `clean`: the server had said so. Everything that was not fenced goes again. */
  offline(end: { readonly clean: boolean }): void {
    this.#generation += 1;
    const back = new Map<InLane, Entry[]>();
    for (const { lane, entry, bounced } of this.#written) {
      lane.inFlight = 0;
      if (bounced) continue;
      this.#again.add(entry.seq);
      const entries = back.get(lane);
      if (entries) entries.push(entry);
      else back.set(lane, [entry]);
    }
    for (const [lane, entries] of back) {
      lane.queue.unshift(entries);
      this.#ready(lane);
    }
    this.#written = [];
    this.#stanzas = this.#bytes = this.#fenced = 0;
    if (!end.clean) this.#doubt();
    this.#settled = [];
  }

  /** An error came back for something that an entry had become. */
  async bounced(account: AccountId, stanza: string, bounce: Bounce): Promise<void> {
    const { store, log } = this.#options;
    const entry = await store.bounced(account, stanza);
    if (entry === undefined || entry.lane.direction !== 'in') return;
    const fields = { account, lane: laneId(entry.lane), entry: entry.seq, condition: bounce.condition };
    const written = this.#written.find((one) => one.entry.seq === entry.seq);
    if (written?.bounced) return;
    if (written) written.bounced = true;
    if (judgeBounce(bounce) === 'never') {
      log.warn(fields, 'a delivery was refused; kept for the operator');
      await this.#move([{ seq: entry.seq, to: 'failed', why: bounce.condition }]);
      return;
    }
    const lane = this.#lane(entry.lane);
    const wait = pause(lane.bounces, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, this.#options.clock.random());
    log.info({ ...fields, seconds: Math.round(wait / 1_000) }, 'a delivery bounced and waits');
    lane.bounces += 1;
    await this.#revive(lane, [entry.seq], wait);
  }

  /** The user has come online: what bounced need not wait any longer. */
  available(account: AccountId): void {
    for (const lane of this.#lanes.values()) if (lane.queue.lane.account === account) lane.resume?.();
  }

  /** Everything of an account is forgotten: it is being erased. */
  forget(account: AccountId): void {
    for (const [id, lane] of this.#lanes) {
      if (lane.queue.lane.account !== account) continue;
      lane.resume?.();
      lane.queue.drop(() => true);
      this.#turns.leave(account, lane);
      this.#lanes.delete(id);
    }
  }

  /** Writes no more. */
  stop(): void {
    this.#stopped.abort();
    for (const lane of this.#lanes.values()) lane.resume?.();
  }

  #lane(key: LaneKey): InLane {
    const id = laneId(key);
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = newLane(new LaneQueue(key, this.#options.store));
      this.#lanes.set(id, lane);
    }
    return lane;
  }

  #ready(lane: InLane): void {
    if (lane.resume === undefined && !lane.loading && !lane.queue.empty)
      this.#turns.join(lane.queue.lane.account, lane);
  }

  #roomy(): boolean {
    return (
      !this.#stopped.signal.aborted &&
      this.#options.sink.writable &&
      this.#stanzas < WINDOW_STANZAS &&
      this.#bytes < WINDOW_BYTES
    );
  }

  /** Writes one entry of the lane whose turn it is. False: there is none, or the stream takes no more. */
  #writeNext(): boolean {
    const lane = this.#turns.next();
    if (lane === undefined) return false;
    const entry = lane.queue.shift();
    if (entry === undefined) {
      if (!lane.queue.empty) this.#load(lane);
      return true;
    }
    this.#ready(lane);
    const written = this.#write(lane, entry);
    if (written === 'full') {
      lane.queue.unshift([entry]);
      this.#ready(lane);
      return false;
    }
    return true;
  }

  /** An entry that cannot be shown is put aside, so that its lane goes on. */
  #write(lane: InLane, entry: Entry): 'written' | 'full' | 'aside' {
    try {
      const stanzas = this.#options.render(entry, this.#again.has(entry.seq));
      let bytes = 0;
      for (const stanza of stanzas) {
        if (!this.#options.sink.send(stanza)) return 'full';
        bytes += stanza.length;
      }
      lane.inFlight += 1;
      this.#stanzas += stanzas.length;
      this.#bytes += bytes;
      this.#written.push({ lane, entry, stanzas: stanzas.length, bytes, bounced: false });
      return 'written';
    } catch (error) {
      const reference = `${entry.lane.account}-${entry.seq}`;
      const fields = { error, account: entry.lane.account, lane: laneId(entry.lane), entry: entry.seq, reference };
      this.#options.log.error(fields, 'an entry cannot be shown; kept for the operator');
      void this.#move([{ seq: entry.seq, to: 'failed', why: 'internal' }]);
      return 'aside';
    }
  }

  #load(lane: InLane): void {
    const { clock, log } = this.#options;
    lane.loading = true;
    this.#turns.leave(lane.queue.lane.account, lane);
    persist(() => lane.queue.load(), clock, log, this.#stopped.signal)
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        lane.loading = false;
        this.#ready(lane);
        this.pump();
      });
  }

  #sendFence(): void {
    if (this.#fenced > 0 || this.#written.length === 0) return;
    const generation = this.#generation;
    this.#fenced = this.#written.length;
    this.#options.sink.fence().then(
      () => {
        if (generation !== this.#generation) return;
        this.#settle(this.#written.splice(0, this.#fenced));
        this.#fenced = 0;
        this.pump();
      },
      () => undefined, // the end of the stream is told by offline()
    );
  }

  #settle(written: readonly Written[]): void {
    const at = this.#options.clock.monotonic();
    const moves: Move[] = [];
    for (const { lane, entry, stanzas, bytes, bounced } of written) {
      lane.inFlight -= 1;
      this.#stanzas -= stanzas;
      this.#bytes -= bytes;
      if (bounced) continue;
      this.#again.delete(entry.seq);
      lane.bounces = 0;
      moves.push({ seq: entry.seq, to: 'settled' });
      if (stanzas > 0) this.#settled.push({ seq: entry.seq, lane, at });
    }
    const doubtful = this.#settled.findIndex((one) => at - one.at < DOUBT_MS);
    this.#settled.splice(0, doubtful < 0 ? this.#settled.length : doubtful);
    if (moves.length > 0) void this.#move(moves);
    this.#sweep();
  }

  /** The stream broke: what was settled a moment ago may have been lost with the server, so it goes again. */
  #doubt(): void {
    const since = this.#options.clock.monotonic() - DOUBT_MS;
    const doubtful = this.#settled.filter(({ at }) => at > since);
    if (doubtful.length === 0) return;
    this.#options.log.info({ entries: doubtful.length }, 'the stream broke; what was settled last goes again');
    const seqs = new Map<InLane, Seq[]>();
    for (const { lane, seq } of doubtful) seqs.set(lane, [...(seqs.get(lane) ?? []), seq]);
    for (const [lane, revived] of seqs) void this.#revive(lane, revived, 0);
  }

  /** Puts entries back into their places. The lane rests meanwhile and for `ms`, lest later ones overtake. */
  async #revive(lane: InLane, seqs: readonly Seq[], ms: number): Promise<void> {
    for (const seq of seqs) this.#again.add(seq);
    lane.reviving += 1;
    this.#hold(lane, Math.max(...seqs), ms);
    await this.#move(seqs.map((seq) => ({ seq, to: 'queued' })));
    lane.reviving -= 1;
  }

  /** The lane rests; then it is read anew from the disk, for something in it was revived. */
  #hold(lane: InLane, revived: Seq, ms: number): void {
    lane.revived = Math.max(lane.revived, revived);
    this.#turns.leave(lane.queue.lane.account, lane);
    if (lane.resume !== undefined) return;
    const resume = (): void => {
      cancel();
      lane.resume = undefined;
      // What is in flight is still queued on disk and would be read twice; what is being revived is not there yet.
      if (lane.inFlight + lane.reviving > 0 && !this.#stopped.signal.aborted) return this.#hold(lane, revived, 10);
      lane.queue.rewind(lane.revived);
      lane.revived = 0;
      this.#ready(lane);
      this.pump();
    };
    const cancel = this.#options.clock.after(ms, resume);
    lane.resume = resume;
  }

  async #move(move: readonly Move[]): Promise<void> {
    const { store, fence, clock, log } = this.#options;
    try {
      await persist(() => store.step({ fence, move }), clock, log, this.#stopped.signal);
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    if (!this.#stopped.signal.aborted) this.#options.log.error({ error }, 'an in-lane could not be kept');
  }

  #sweep(): void {
    if (this.#lanes.size <= IDLE_LANES) return;
    for (const [id, lane] of this.#lanes)
      if (lane.queue.empty && lane.inFlight === 0 && lane.resume === undefined && !lane.loading) this.#lanes.delete(id);
  }
}

function newLane(queue: LaneQueue): InLane {
  return { queue, inFlight: 0, reviving: 0, loading: false, bounces: 0, resume: undefined, revived: 0 };
}

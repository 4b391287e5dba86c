// Network -> XMPP: the 'in' lanes of one transport's stream. Go back N: stanzas are written in a window, taken in turns
// from the accounts and their lanes; a fence that has come back settles what was written before it; what was not fenced
// when the stream ended goes again, in order and with the same ids.
import type { Log } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import type { AccountId, Entry, Fence, LaneKey, Move, Seq, Store } from '../store/api.ts';
import { reviveLately } from './doubt.ts';
import { judgeBounce, type Bounce } from './failure.ts';
import { eachFailed } from './failed.ts';
import { atRest, bouncePause, idle, newLane, type InLane } from './in-lane.ts';
import { Succession, persist } from './land.ts';
import { LaneQueue, laneId } from './queue.ts';
import { Turns } from './turns.ts';
import { Window, type Written } from './window.ts';

/** How long a lane rests whose entries cannot be read. */
const BROKEN_MS = 30_000;
/** How often a lane looks whether what must land before it goes on has landed. */
const LOOK_MS = 10;
/** How often it is looked on the disk for what no wake has told of. */
const SWEEP_MS = 60_000;
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
  readonly store: Pick<Store, 'head' | 'lanes' | 'lately' | 'step' | 'bounced' | 'failed'>;
  readonly sink: Sink;
  readonly clock: Clock;
  readonly log: Log;
  /** The stanzas that show an entry; none for one that shows nothing. `again`: it was written before, or bounced. */
  readonly render: (entry: Entry, again: boolean) => readonly string[];
}

const seqOf = ({ seq }: Entry): Seq => seq;

export class InLanes {
  readonly #options: InOptions;
  readonly #lanes = new Map<string, InLane>();
  readonly #turns = new Turns<AccountId, InLane>();
  readonly #resting = new Set<InLane>();
  readonly #window = new Window<InLane>();
  readonly #moves: Succession;
  /** Entries of this run that were written before. */
  readonly #again = new Set<Seq>();
  readonly #stopped = new AbortController();
  /** Entries that were put aside in this run: refused for good, or not to be shown. */
  undelivered = 0;
  #generation = 0;
  #pumping = false;
  #loaded = false;
  #sweepAt = IDLE_LANES;
  #endSweep: () => void = () => undefined;

  constructor(options: InOptions) {
    const { store, clock, log } = options;
    this.#options = options;
    const land = async (step: Parameters<typeof store.step>[0]) => (await store.step(step), []);
    this.#moves = new Succession(land, clock, log, this.#stopped.signal);
  }

  /**
   * Loads what waits, as summaries. Nothing is written before. `doubt`: whoever drained these lanes was killed, and nobody
   * knows whether the server has died since: what was settled last goes again.
   */
  async load({ doubt = false } = {}): Promise<void> {
    const { store, fence, clock } = this.#options;
    if (doubt) for (const seq of await reviveLately(this.#options)) this.#again.add(seq);
    for (const { lane: key, last } of await store.lanes(fence.owner)) {
      if (key.direction !== 'in') continue;
      const lane = this.#lane(key);
      lane.queue.rewind(last);
      this.#ready(lane);
    }
    this.#loaded = true;
    this.#endSweep = clock.after(SWEEP_MS, () => this.#look());
    this.pump();
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
    if (this.#pumping || !this.#loaded) return;
    this.#pumping = true;
    // In a microtask, so that all that one tick brought shares a fence.
    queueMicrotask(() => {
      this.#pumping = false;
      while (this.#roomy() && this.#writeNext());
      this.#sendFence();
    });
  }

  /**
   * The stream has ended. `clean`: the server had said so. `silent`: for so many milliseconds it had said nothing, and
   * was perhaps dead. Everything that was not fenced goes again.
   */
  offline(end: { readonly clean: boolean; readonly silent?: number }): void {
    this.#generation += 1;
    const { unfenced, lately } = this.#window.ended(this.#options.clock.monotonic() - (end.silent ?? 0));
    const back = new Map<InLane, Entry[]>();
    for (const { lane, entry, bounced } of unfenced) {
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
    if (!end.clean) this.#doubt(lately);
  }

  /** An error came back for something that an entry had become. */
  async bounced(account: AccountId, stanza: string, bounce: Bounce): Promise<void> {
    const { store, log } = this.#options;
    const entry = await store.bounced(account, stanza);
    if (entry === undefined || entry.lane.direction !== 'in' || entry.state === 'failed') return;
    const fields = { account, lane: laneId(entry.lane), entry: entry.seq, id: stanza, condition: bounce.condition };
    const written = this.#window.find(entry.seq);
    if (written?.bounced) return;
    if (written) written.bounced = true;
    const lane = this.#lane(entry.lane);
    if (judgeBounce(bounce) === 'never') {
      log.warn(fields, 'a delivery was refused; kept for the operator');
      this.undelivered += 1;
      this.#again.delete(entry.seq);
      await this.#move([lane], [{ seq: entry.seq, to: 'failed', why: bounce.condition }]);
      return;
    }
    const wait = bouncePause(lane, this.#options.clock);
    log.info({ ...fields, seconds: Math.round(wait / 1_000) }, 'a delivery bounced and waits');
    await this.#revive(lane, [entry.seq], wait);
  }

  /** The user has come online: what bounced need not wait any longer. */
  available(account: AccountId): void {
    for (const lane of [...this.#resting]) {
      if (lane.queue.lane.account !== account) continue;
      lane.bounces = 0;
      lane.resume?.();
    }
  }

  /** Puts failed entries back into their places, all or those that are named; says how many. */
  retry(account: AccountId, only?: ReadonlySet<Seq>): Promise<number> {
    return eachFailed(this.#options.store, account, 'in', only, async (entries) => {
      const lanes = Map.groupBy(entries, ({ lane }) => this.#lane(lane));
      await Promise.all([...lanes].map(([lane, some]) => this.#revive(lane, some.map(seqOf), 0)));
    });
  }

  /** Lets go of failed entries, all or those that are named; says how many. */
  drop(account: AccountId, only?: ReadonlySet<Seq>): Promise<number> {
    return eachFailed(this.#options.store, account, 'in', only, (entries) =>
      this.#move(
        [],
        entries.map(({ seq }) => ({ seq, to: 'settled' })),
      ),
    );
  }

  /** Everything of an account is forgotten: it is being erased. */
  forget(account: AccountId): void {
    for (const [id, lane] of this.#lanes) {
      if (lane.queue.lane.account !== account) continue;
      lane.gone = true;
      lane.resume?.();
      lane.queue.drop(() => true);
      this.#turns.leave(account, lane);
      this.#lanes.delete(id);
    }
  }

  /** Writes no more. */
  stop(): void {
    this.#stopped.abort();
    this.#endSweep();
    for (const lane of [...this.#resting]) lane.resume?.();
  }

  /** A wake may be lost: what waits on the disk of a lane that holds itself for empty is read. Then the same later. */
  #look(): void {
    const { store, fence, clock, log } = this.#options;
    const missed = async (): Promise<void> => {
      for (const { lane: key, last } of await store.lanes(fence.owner)) {
        if (key.direction !== 'in' || !atRest(this.#lane(key))) continue;
        log.debug({ account: key.account, lane: laneId(key) }, 'a lane has news that nobody told of');
        const lane = this.#lane(key);
        lane.queue.rewind(last);
        this.#ready(lane);
      }
      this.pump();
    };
    void missed()
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        if (!this.#stopped.signal.aborted) this.#endSweep = clock.after(SWEEP_MS, () => this.#look());
      });
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
    if (lane.resume === undefined && !lane.loading && !lane.gone && !lane.queue.empty)
      this.#turns.join(lane.queue.lane.account, lane);
  }

  #roomy(): boolean {
    return !this.#stopped.signal.aborted && this.#options.sink.writable && this.#window.open;
  }

  /** Writes one entry of the lane whose turn it is. False: there is none, or it does not fit now. */
  #writeNext(): boolean {
    const lane = this.#turns.next();
    if (lane === undefined) return false;
    const entry = lane.queue.shift();
    if (entry === undefined) {
      if (!lane.queue.empty) this.#load(lane);
      return true;
    }
    const written = this.#write(lane, entry);
    if (!written) lane.queue.unshift([entry]);
    this.#ready(lane);
    return written;
  }

  /** False: it does not fit now. An entry that cannot be shown is put aside, so that its lane goes on. */
  #write(lane: InLane, entry: Entry): boolean {
    try {
      const stanzas = this.#options.render(entry, this.#again.has(entry.seq));
      let bytes = 0;
      for (const stanza of stanzas) bytes += Buffer.byteLength(stanza);
      if (!this.#window.fits(stanzas.length, bytes)) return false;
      for (const [index, stanza] of stanzas.entries()) {
        if (this.#options.sink.send(stanza)) continue;
        if (index > 0) this.#again.add(entry.seq);
        return false;
      }
      lane.inFlight += 1;
      this.#window.add({ lane, entry, stanzas: stanzas.length, bytes, bounced: false });
    } catch (error) {
      const reference = `${entry.lane.account}-${entry.seq}`;
      const fields = { error, account: entry.lane.account, lane: laneId(entry.lane), entry: entry.seq, reference };
      this.#options.log.error(fields, 'an entry cannot be shown; kept for the operator');
      this.undelivered += 1;
      this.#again.delete(entry.seq);
      void this.#move([lane], [{ seq: entry.seq, to: 'failed', why: 'internal' }]);
    }
    return true;
  }

  #load(lane: InLane): void {
    const { clock, log } = this.#options;
    lane.loading = true;
    persist(() => lane.queue.load(), clock, log, this.#stopped.signal)
      .catch((error: unknown) => {
        this.#complain(error);
        if (!this.#stopped.signal.aborted) this.#hold(lane, 0, BROKEN_MS);
      })
      .finally(() => {
        lane.loading = false;
        this.#ready(lane);
        this.pump();
      });
  }

  #sendFence(): void {
    if (!this.#window.fence()) return;
    const generation = this.#generation;
    this.#options.sink.fence().then(
      () => {
        if (generation !== this.#generation) return;
        this.#settle(this.#window.fenced(this.#options.clock.monotonic()));
        this.pump();
      },
      () => undefined, // the end of the stream is told by offline()
    );
  }

  #settle(written: readonly Written<InLane>[]): void {
    const moves: Move[] = [];
    const lanes = new Set<InLane>();
    for (const { lane, entry, bounced } of written) {
      lane.inFlight -= 1;
      if (bounced) continue;
      this.#again.delete(entry.seq);
      moves.push({ seq: entry.seq, to: 'settled' });
      lanes.add(lane);
    }
    if (moves.length > 0) void this.#move([...lanes], moves);
    this.#sweep();
  }

  /** The stream broke: what was settled a moment ago may have been lost with the server, so it goes again. */
  #doubt(lately: readonly Written<InLane>[]): void {
    if (lately.length === 0) return;
    this.#options.log.info({ entries: lately.length }, 'the stream broke; what was settled last goes again');
    const seqs = new Map<InLane, Seq[]>();
    for (const { lane, entry } of lately) {
      const known = seqs.get(lane);
      if (known) known.push(entry.seq);
      else seqs.set(lane, [entry.seq]);
    }
    for (const [lane, revived] of seqs) void this.#revive(this.#lane(lane.queue.lane), revived, 0);
  }

  /** Puts entries back into their places. The lane rests meanwhile and for `ms`, lest later ones overtake. */
  async #revive(lane: InLane, seqs: readonly Seq[], ms: number): Promise<void> {
    for (const seq of seqs) this.#again.add(seq);
    const moved = this.#move(
      [lane],
      seqs.map((seq) => ({ seq, to: 'queued' })),
    );
    this.#hold(lane, Math.max(...seqs), ms);
    await moved;
  }

  /** The lane rests; then it is read anew from the disk, for something in it was revived. */
  #hold(lane: InLane, revived: Seq, ms: number): void {
    lane.revived = Math.max(lane.revived, revived);
    this.#turns.leave(lane.queue.lane.account, lane);
    if (lane.resume !== undefined) return;
    const resume = (): void => {
      cancel();
      lane.resume = undefined;
      this.#resting.delete(lane);
      if (lane.gone) return;
      // What is in flight is still queued on disk and would be read twice; what is being moved is not there yet.
      if (lane.inFlight + lane.moving > 0 && !this.#stopped.signal.aborted) return this.#hold(lane, 0, LOOK_MS);
      lane.queue.rewind(lane.revived);
      lane.revived = 0;
      this.#ready(lane);
      this.pump();
    };
    const cancel = this.#options.clock.after(ms, resume);
    lane.resume = resume;
    this.#resting.add(lane);
  }

  /** Lands in the order of the calls, also when the disk was full: what is settled and then revived stays revived. */
  async #move(lanes: readonly InLane[], move: readonly Move[]): Promise<void> {
    for (const lane of lanes) lane.moving += 1;
    try {
      await this.#moves.land({ fence: this.#options.fence, move });
    } catch (error) {
      this.#complain(error);
    } finally {
      for (const lane of lanes) lane.moving -= 1;
    }
  }

  #complain(error: unknown): void {
    if (!this.#stopped.signal.aborted) this.#options.log.error({ error }, 'an in-lane could not be kept');
  }

  #sweep(): void {
    if (this.#lanes.size <= this.#sweepAt) return;
    const now = this.#options.clock.monotonic();
    for (const [id, lane] of this.#lanes) if (idle(lane, now)) this.#lanes.delete(id);
    this.#sweepAt = Math.max(IDLE_LANES, 2 * this.#lanes.size);
  }
}

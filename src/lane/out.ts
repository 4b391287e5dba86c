// XMPP -> network: the 'out' lanes of one account, drained while its session is up.
import type { Session } from '../adapter/api.ts';
import type { Failure } from '../message/entry.ts';
import type { Entry, LaneKey, Store } from '../store/api.ts';
import { Attempts } from './attempt.ts';
import { Gate } from './gate.ts';
import { sleep } from './land.ts';
import { OutLane, type OutContext, type Shift } from './out-lane.ts';
import { LaneQueue, laneId } from './queue.ts';

/** How long one call into an adapter may take, in milliseconds. */
const CALL_MS = 60_000;
/** Lanes in which nothing waits are kept up to this number, for the state of their gates. */
const IDLE_LANES = 256;
/** Entries that one user's wish to try again or to drop touches in one step. */
const SLICE = 100;

export type OutOptions = Omit<OutContext, 'attempts' | 'stopped'> & {
  readonly store: Pick<Store, 'head' | 'lanes' | 'failed'>;
};

export class OutLanes {
  readonly #options: OutOptions;
  readonly #context: OutContext;
  readonly #lanes = new Map<string, OutLane>();
  readonly #stopped = new AbortController();
  #shift: (Shift & { readonly end: AbortController }) | undefined;

  constructor(options: OutOptions) {
    this.#options = options;
    const attempts = new Attempts(options.clock, CALL_MS);
    this.#context = { ...options, attempts, stopped: this.#stopped.signal };
  }

  /** Loads what waits, as summaries. */
  async load(): Promise<void> {
    const { store, fence } = this.#options;
    for (const summary of await store.lanes(fence.owner)) {
      const id = laneId(summary.lane);
      if (summary.lane.direction === 'out' && !this.#lanes.has(id))
        this.#lanes.set(id, new OutLane(new LaneQueue(summary.lane, store, summary), this.#context));
    }
  }

  /** Entries were appended to a lane. */
  wake(key: LaneKey, entries: readonly Entry[]): void {
    const lane = this.#lane(key);
    for (const entry of entries) lane.queue.push(entry);
    this.#run(lane);
  }

  /** The session can send. */
  online(session: Session): void {
    this.rest();
    const end = new AbortController();
    const accountGate = new Gate(this.#options.clock, session.limits.accountRate);
    this.#shift = { session, accountGate, over: end.signal, end };
    for (const lane of this.#lanes.values()) this.#run(lane);
  }

  /** The session cannot send; lanes rest where they are. What is under way goes on until `abort`. */
  rest(): void {
    this.#shift?.end.abort();
    this.#shift = undefined;
  }

  /** Ends what is under way; it counts as uncertain. */
  abort(): Promise<void> {
    return this.#context.attempts.abort();
  }

  /** Takes no new entry and gives what is under way `ms` to end; what does not stays started. */
  async stop(ms: number): Promise<void> {
    this.rest();
    const idle = new AbortController();
    const ended = this.#context.attempts.idle().then(() => idle.abort());
    await Promise.race([ended, sleep(this.#options.clock, ms, idle.signal)]);
    this.#stopped.abort();
    await this.#context.attempts.abort();
  }

  /** Puts failed entries back in their places; says how many. */
  async retry(): Promise<number> {
    const { store, account, land, fence } = this.#options;
    let count = 0;
    for (;;) {
      const failed = (await store.failed(account, SLICE)).filter(({ lane }) => lane.direction === 'out');
      if (failed.length === 0) return count;
      await land({ fence, move: failed.map(({ seq }) => ({ seq, to: 'queued' })) });
      for (const entry of failed) {
        const lane = this.#lane(entry.lane);
        lane.queue.rewind(entry.seq);
        this.#run(lane);
      }
      count += failed.length;
    }
  }

  /** Gives back to their senders whatever waits, and what was started only where that is asked for; says how many. */
  async cancel(failure: Failure, also: { readonly started?: true } = {}): Promise<number> {
    const { store, fence } = this.#options;
    let count = 0;
    for (const summary of await store.lanes(fence.owner)) {
      if (summary.lane.direction !== 'out') continue;
      const lane = this.#lane(summary.lane);
      for (let after = 0; ;) {
        const page = await store.head(summary.lane, after, SLICE);
        const waiting = page.filter(({ starts, seq }) => also.started || (starts === 0 && seq !== lane.trying));
        const gone = new Set(waiting.map(({ seq }) => seq));
        lane.queue.drop(({ seq }) => gone.has(seq));
        await lane.giveBack(waiting, failure);
        count += waiting.length;
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.seq;
      }
    }
    return count;
  }

  #lane(key: LaneKey): OutLane {
    const id = laneId(key);
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = new OutLane(new LaneQueue(key, this.#options.store), this.#context);
      this.#lanes.set(id, lane);
    }
    return lane;
  }

  #run(lane: OutLane): void {
    const shift = this.#shift;
    if (shift === undefined || lane.running) return;
    lane.run(shift).then(
      () => {
        // News may have come while the last look at the queue was under way, or a new shift has begun meanwhile.
        if (lane.queue.empty) this.#sweep();
        else this.#run(lane);
      },
      (error: unknown) => {
        if (this.#stopped.signal.aborted) return;
        const { log, account } = this.#options;
        log.error({ error, account, lane: laneId(lane.queue.lane) }, 'a lane stopped');
      },
    );
  }

  #sweep(): void {
    if (this.#lanes.size <= IDLE_LANES) return;
    for (const [id, lane] of this.#lanes) if (lane.idle) this.#lanes.delete(id);
  }
}

// XMPP -> network: the 'out' lanes of one account, drained while its session is up.
import type { Sent, Session } from '../adapter/api.ts';
import type { Failure, OutBody } from '../message/entry.ts';
import type { Entry, LaneKey, Seq } from '../store/api.ts';
import { Abort, Attempts } from './attempt.ts';
import { eachFailed } from './failed.ts';
import { Gate } from './gate.ts';
import { sleep } from './land.ts';
import { Tokens, type OutContext, type Shift } from './out-context.ts';
import { OutLane } from './out-lane.ts';
import { LaneQueue, laneId } from './queue.ts';

/** How long one call into an adapter may take, in milliseconds. */
const CALL_MS = 60_000;
/** Lanes in which nothing waits are kept up to this number, for the state of their gates. */
const IDLE_LANES = 256;

export type OutOptions = Omit<OutContext, 'attempts' | 'stopped' | 'tokens'>;

/** Its signal is made when a lane runs in it. */
class OneShift implements Shift {
  readonly session: Session;
  readonly accountGate: Gate;
  readonly #over = new Abort();
  constructor(session: Session, accountGate: Gate) {
    this.session = session;
    this.accountGate = accountGate;
  }
  get over(): AbortSignal {
    return this.#over.signal;
  }
  end(): void {
    this.#over.abort();
  }
}

export class OutLanes {
  readonly #context: OutContext;
  readonly #lanes = new Map<string, OutLane>();
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #accountGate: Gate;
  #shift: OneShift | undefined;
  #sweepAt = IDLE_LANES;
  /** Sessions that could send; the first begins behind `load`. */
  #shifts = 0;

  constructor(options: OutOptions) {
    const attempts = new Attempts(options.clock, CALL_MS);
    this.#context = { ...options, attempts, stopped: this.#stopped.signal, tokens: new Tokens() };
    this.#accountGate = new Gate(options.clock);
  }

  /** Loads what waits, as summaries. */
  async load(): Promise<void> {
    const { store, fence } = this.#context;
    for (const { lane, last } of await store.lanes(fence.owner))
      if (lane.direction === 'out') this.#lane(lane).inherit(last);
  }

  /** Entries were appended to a lane. */
  wake(key: LaneKey, entries: readonly Entry[]): void {
    const lane = this.#lane(key);
    for (const entry of entries) {
      lane.queue.push(entry);
      if ((entry.body as unknown as OutBody).type === 'retract') this.#withdraw(lane, entry);
    }
    this.#run(lane);
  }

  /** The session can send. */
  online(session: Session): void {
    this.rest();
    this.#shifts += 1;
    // The gate outlives the session: a limit does not end because the connection did.
    this.#accountGate.limit(session.limits.accountRate);
    this.#shift = new OneShift(session, this.#accountGate);
    for (const lane of this.#lanes.values()) this.#run(lane);
    if (this.#shifts > 1) void this.#look();
  }

  /** A wake may be lost: what waits on the disk of a lane that holds itself for empty is read. */
  async #look(): Promise<void> {
    const { store, fence, log, account } = this.#context;
    try {
      for (const { lane: key, last } of await store.lanes(fence.owner)) {
        if (key.direction !== 'out') continue;
        const lane = this.#lane(key);
        if (lane.running || !lane.queue.empty) continue;
        lane.queue.rewind(last);
        this.#run(lane);
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) log.warn({ error, account }, 'the lanes could not be looked through');
    }
  }

  /** The session cannot send; lanes rest where they are. What is under way goes on until `abort`. */
  rest(): void {
    this.#shift?.end();
    this.#shift = undefined;
  }

  /** Ends what is under way; it counts as uncertain. */
  abort(): Promise<void> {
    return this.#context.attempts.abort();
  }

  /** Takes no new entry and gives what is under way `ms` to end; what does not stays started. Resolves when nothing is written any more. */
  async stop(ms: number): Promise<void> {
    this.rest();
    const waited = new AbortController();
    const ended = Promise.all(this.#running).then(() => this.#ended());
    await Promise.race([ended, sleep(this.#context.clock, ms, waited.signal)]);
    waited.abort();
    this.#stopped.abort();
    await this.#context.attempts.abort();
    await ended;
  }

  /** What cannot be written any more is still there at the next start, and was logged. */
  async #ended(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.ended().catch(() => undefined)));
  }

  /** What the network shows of a chat may be the echo of what is being sent there: resolves when that is decided. */
  echo(chat: number, token: string | undefined, sent: Sent): Promise<void> | undefined {
    const { account } = this.#context;
    return this.#lanes.get(laneId({ account, direction: 'out', chat, slot: 'main' }))?.echo(token, sent);
  }

  /** What was sent with this token was taken, lately. */
  isOurs(token: string): boolean {
    return this.#context.tokens.has(token);
  }

  /** Puts failed entries back in their places, each once, all or those that are named; says how many. */
  retry(only?: ReadonlySet<Seq>): Promise<number> {
    return this.#eachFailed(only, 'queued', (entry) => {
      const lane = this.#lane(entry.lane);
      lane.queue.rewind(entry.seq);
      this.#run(lane);
    });
  }

  /** Lets go of failed entries, all or those that are named; says how many. */
  drop(only?: ReadonlySet<Seq>): Promise<number> {
    return this.#eachFailed(only, 'settled', () => undefined);
  }

  #eachFailed(
    only: ReadonlySet<Seq> | undefined,
    to: 'queued' | 'settled',
    then: (entry: Entry) => void,
  ): Promise<number> {
    const { store, account, land, fence } = this.#context;
    return eachFailed(store, account, 'out', only, async (entries) => {
      await land({ fence, move: entries.map(({ seq }) => ({ seq, to })) });
      for (const entry of entries) then(entry);
    });
  }

  /** Gives back to their senders whatever waits, and what was started only where that is asked for; says how many. */
  async cancel(failure: Failure, also: { readonly started?: true } = {}): Promise<number> {
    const { store, fence } = this.#context;
    let count = 0;
    for (const summary of await store.lanes(fence.owner)) {
      if (summary.lane.direction !== 'out') continue;
      const lane = this.#lane(summary.lane);
      count += await lane.cancel(failure, also);
      this.#run(lane);
    }
    return count;
  }

  #lane(key: LaneKey): OutLane {
    const id = laneId(key);
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = new OutLane(new LaneQueue(key, this.#context.store), this.#context);
      this.#lanes.set(id, lane);
    }
    return lane;
  }

  #withdraw(lane: OutLane, retraction: Entry): void {
    lane.withdraw(retraction).catch((error: unknown) => {
      const { log, account } = this.#context;
      // It stays behind what it takes back, which is sent and then taken back.
      log.warn({ error, account, lane: laneId(lane.queue.lane) }, 'a message was not withdrawn');
    });
  }

  #run(lane: OutLane): void {
    const shift = this.#shift;
    if (shift === undefined) return;
    if (lane.running) return lane.follow();
    const running = lane.run(shift).then(
      () => {
        // News may have come while the last look at the queue was under way, or a new shift has begun meanwhile.
        if (lane.queue.empty) this.#sweep();
        else this.#run(lane);
      },
      (error: unknown) => {
        if (this.#stopped.signal.aborted) return;
        const { log, account } = this.#context;
        log.error({ error, account, lane: laneId(lane.queue.lane) }, 'a lane stopped');
      },
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  #sweep(): void {
    if (this.#lanes.size <= this.#sweepAt) return;
    for (const [id, lane] of this.#lanes) if (lane.idle) this.#lanes.delete(id);
    this.#sweepAt = Math.max(IDLE_LANES, 2 * this.#lanes.size);
  }
}

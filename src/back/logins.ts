// Logins under way: each an adapter's generator, driven step by step from the other half. Nothing is stored before one ends.
import { randomBytes } from 'node:crypto';
import { AdapterError, type AnyAdapter, type Log, type LoginRun, type LoginStep, type Reply } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { faultOf } from '../lane/attempt.ts';
import { sleep } from '../lane/land.ts';
import { LinkError, type LoginProgress } from '../link.ts';
import { randomId } from '../message/ids.ts';
import { StoreError, type AccountId } from '../store/api.ts';
import { failureOf } from './runner.ts';

/** A login that is not gone on with for so long has been abandoned. */
const PATIENCE_MS = 600_000;
/** How long the adapter may take to clean up after a login that was left. */
const LEAVE_MS = 2_000;
/** Most logins under way at a time. */
const MOST = 1_000;

/** What a login ended in. */
export interface LoggedIn {
  readonly account: string;
  readonly credentials: unknown;
  readonly state: ReadonlyMap<string, Uint8Array>;
}

interface Flow {
  readonly id: string;
  readonly whose: string;
  readonly run: LoginRun<{ readonly account: string; readonly credentials: unknown }>;
  readonly state: Map<string, Uint8Array>;
  readonly abort: AbortController;
  readonly enter: (result: LoggedIn) => Promise<AccountId>;
  readonly over: Promise<never>;
  busy: boolean;
  cancel: () => void;
}

export interface Begin {
  readonly adapter: AnyAdapter;
  readonly config: unknown;
  readonly login: string;
  /** One flow for each: a new one ends the one before. */
  readonly whose: string;
  readonly previous: unknown;
  /** Stores what came out; rejects with a LinkError that the user is told. */
  readonly enter: (result: LoggedIn) => Promise<AccountId>;
}

export class Logins {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #flows = new Map<string, Flow>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Begins; resolves to the first step. */
  async begin({ adapter, config, login, whose, previous, enter }: Begin): Promise<LoginProgress> {
    const way = adapter.logins.find(({ id }) => id === login);
    if (way === undefined) throw new LinkError({ code: 'not-found' });
    for (let other; (other = this.#of(whose)) !== undefined;) await this.abandon(other.id);
    if (this.#flows.size >= MOST) throw new LinkError({ code: 'quota' });
    const state = new Map<string, Uint8Array>();
    const abort = new AbortController();
    const context = { config, state, signal: abort.signal, ...(previous === undefined ? {} : { previous }) };
    const id = randomId(randomBytes);
    const run = way.run(context);
    const flow: Flow = {
      id,
      whose,
      run,
      state,
      abort,
      enter,
      over: overOf(abort),
      busy: false,
      cancel: () => undefined,
    };
    this.#flows.set(id, flow);
    return this.#advance(flow, {});
  }

  /** Goes on with the user's reply; to be called with {} after a step that only shows something. */
  async proceed(id: string, reply: Reply): Promise<LoginProgress> {
    const flow = this.#flows.get(id);
    if (flow === undefined) throw new LinkError({ code: 'expired' });
    return this.#advance(flow, reply);
  }

  /** Ends a login; what the adapter holds open for it is closed. */
  async abandon(id: string): Promise<void> {
    const flow = this.#flows.get(id);
    if (flow === undefined) return;
    this.#end(flow);
    flow.abort.abort();
    // A generator that is waiting for the network returns when that wait ends; nobody need wait with it.
    const returned = flow.run.return(undefined as never).catch(() => undefined);
    if (flow.busy) return;
    const waited = new AbortController();
    await Promise.race([returned, sleep(this.#clock, LEAVE_MS, waited.signal)]);
    waited.abort();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#flows.keys()].map((id) => this.abandon(id)));
  }

  async #advance(flow: Flow, reply: Reply): Promise<LoginProgress> {
    if (flow.busy) throw new LinkError({ code: 'conflict' });
    flow.busy = true;
    this.#watch(flow);
    try {
      const step = await Promise.race([flow.run.next(reply), flow.over]);
      if (!step.done) {
        this.#watch(flow);
        return progress(flow.id, step.value);
      }
      this.#end(flow);
      const account = await flow.enter({ ...step.value, state: flow.state });
      return { type: 'done', account };
    } catch (error) {
      this.#end(flow);
      return this.#refused(error);
    } finally {
      flow.busy = false;
    }
  }

  #refused(error: unknown): LoginProgress {
    if (error instanceof LinkError) return { type: 'refused', failure: error.failure };
    if (AdapterError.is(error)) {
      const { fault, words } = faultOf(error);
      return { type: 'refused', failure: failureOf(fault, words) };
    }
    if (error instanceof StoreError && error.code === 'full') return { type: 'refused', failure: { code: 'quota' } };
    const reference = randomId(randomBytes).slice(0, 8);
    this.#log.error({ error, reference }, 'a login failed');
    return { type: 'refused', failure: { code: 'internal', reference } };
  }

  #of(whose: string): Flow | undefined {
    for (const flow of this.#flows.values()) if (flow.whose === whose) return flow;
    return undefined;
  }

  /** From now on it has so long for its next step, the user's and the network's. */
  #watch(flow: Flow): void {
    flow.cancel();
    flow.cancel = this.#clock.after(PATIENCE_MS, () => void this.abandon(flow.id));
  }

  #end(flow: Flow): void {
    flow.cancel();
    this.#flows.delete(flow.id);
  }
}

/** Rejects when the login is abandoned: whoever waits for its next step need not wait for an adapter that hangs. */
function overOf(abort: AbortController): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  abort.signal.addEventListener('abort', () => reject(new LinkError({ code: 'expired' })), { once: true });
  promise.catch(() => undefined);
  return promise;
}

function progress(flow: string, step: LoginStep): LoginProgress {
  if (step.type === 'show') return { ...step, flow };
  const { title, note, fields } = step;
  return { type: 'form', flow, form: { title, fields, ...(note === undefined ? {} : { note }) } };
}

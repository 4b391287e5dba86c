// One account's session: connected, watched, closed, and connected again after pauses that grow.
// offline -> connecting -> online -> (down) offline -> ...; 'parked' when only the user can mend it.
import {
  AdapterError,
  type AnyAdapter,
  type Batch,
  type Fault,
  type Hint,
  type Host,
  type Log,
  type Reply,
  type Session,
} from '../adapter/api.ts';
import { checkedSession } from '../adapter/check.ts';
import { pause, type Clock } from '../clock.ts';
import { faultOf } from '../lane/attempt.ts';
import { sleep } from '../lane/land.ts';
import { CAPABILITIES, type Capability, type SessionStatus } from '../link.ts';
import type { ErrorCode, Failure } from '../message/entry.ts';
import { Ending } from './ending.ts';

const CONNECT_MS = 60_000;
const CLOSE_MS = 10_000;
const ALIVE_EVERY_MS = 120_000;
const ALIVE_MS = 20_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** A session that lived so long was well: the next pause is the first again. */
const STABLE_MS = 60_000;

/** What a session is given; the runner makes a Host of it, anew for each connection. */
export interface Grant {
  readonly config: unknown;
  readonly credentials: unknown;
  readonly settings: Reply;
  readonly user: string;
  readonly realm?: string;
  readonly cursor: unknown;
  readonly state: Host<unknown, unknown, unknown>['state'];
  /** The session is up, for the first time. */
  begun(session: Session): void;
  /** Lands a batch; to be given up when `signal` is aborted. */
  commit(batch: Batch<unknown, unknown>): Promise<void>;
}

export interface RunnerOptions {
  readonly adapter: AnyAdapter;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads credentials, cursor and state for a new connection; `end` ends the session. */
  readonly grant: (signal: AbortSignal, end: (reason: Error) => void) => Promise<Grant>;
  /** Waits for a turn to connect, so that not all connect at once; the function returned gives it back. */
  readonly turn: (signal: AbortSignal) => Promise<() => void>;
  readonly onHint: (hint: Hint) => void;
  readonly onOnline: (session: Session) => void;
  /** Nothing more is to be sent through the session. */
  readonly onRest: () => void;
  /** What is still under way is to be given up; resolves when it is. */
  readonly onClosing: () => Promise<void>;
  readonly onStatus: (status: SessionStatus) => void;
  /** The user must act before the account can go on. Resolves when that is on disk; to be given up when `stop` is aborted. */
  readonly onParked: (failure: Failure, stop: AbortSignal) => Promise<void>;
  /** The account was parked before: `start` is called when the user has acted. */
  readonly parked?: boolean;
}

export class Runner {
  status: SessionStatus = { state: 'offline', can: [] };
  session: Session | undefined;
  readonly #options: RunnerOptions;
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Who waits for the end of connecting. */
  #waiting: (() => void)[] = [];
  /** When the connection that is up came up, monotonic. */
  #since: number | undefined;
  /** Ends the connection that is up or coming up. */
  #down: ((reason: unknown) => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    if (options.parked) this.status = { state: 'parked', can: [], failure: { code: 'auth-lost' } };
  }

  /** The session once it is up, if it is coming up; undefined where it is not, or fails. */
  async ready(): Promise<Session | undefined> {
    if (this.status.state === 'connecting') await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.status.state === 'online' ? this.session : undefined;
  }

  /** Begins to connect; does nothing if it already runs. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = (this.#stop = new AbortController());
    this.#running = this.#run(stop.signal).catch((error: unknown) => {
      this.#options.log.error({ error }, 'the session cannot be run');
      this.#set({ state: 'offline', can: [], failure: { code: 'internal' } });
    });
  }

  /** The session is over, as the adapter's `Host.down` has it. */
  down(reason: unknown): void {
    this.#down?.(reason);
  }

  /** Ends the session and does not connect again until `start`. Resolves when it is closed. */
  async stop(): Promise<void> {
    const stop = this.#stop;
    stop?.abort();
    this.#down?.(undefined);
    await this.#running;
    // Somebody else who waited here may have started it anew.
    if (this.#stop === stop) this.#stop = undefined;
  }

  async #run(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted;) {
      const reason = await this.#connection(stop);
      if (stop.aborted) break;
      const { fault, words } = faultOf(reason);
      if (needsUser(fault)) {
        const failure = failureOf(fault, words);
        this.#options.log.warn({ error: reason }, 'the session ended; the user must act');
        await this.#options.onParked(failure, stop);
        this.#stop = undefined;
        return this.#set({ state: 'parked', can: [], failure });
      }
      failures = this.#stable() ? 0 : failures + 1;
      const asked = fault.code === 'rate-limited' ? fault.retryAfterMs : 0;
      const grown = pause(Math.max(0, failures - 1), FIRST_PAUSE_MS, LONGEST_PAUSE_MS, this.#options.clock.random());
      // Where it came from is told once; from then on the words will do.
      const error = failures > 1 && words ? words : reason;
      this.#options.log.warn({ error, failures }, 'the session ended; connecting again');
      this.#set({ state: 'offline', can: [], failure: failureOf(fault, words) });
      await sleep(this.#options.clock, Math.max(asked, grown), stop);
    }
    this.#set({ state: 'offline', can: [] });
  }

  /** The connection that ended had been up for a while; one that was long in coming up had not. */
  #stable(): boolean {
    return this.#since !== undefined && this.#options.clock.monotonic() - this.#since > STABLE_MS;
  }

  /** One connection, from its first to its last moment; resolves to why it ended. */
  async #connection(stop: AbortSignal): Promise<unknown> {
    const { adapter, grant, turn, onRest, onClosing } = this.#options;
    const abort = new AbortController();
    const end = new Ending();
    this.#since = undefined;
    this.#down = end.tell;
    let session: Session | undefined;
    let granted: Grant | undefined;
    try {
      this.#set({ state: 'connecting', can: [] });
      const done = await turn(stop);
      try {
        if (stop.aborted) return undefined;
        granted = await grant(abort.signal, end.tell);
        const connecting = adapter.connect(this.#host(granted, abort.signal, end.tell)).then(checkedSession);
        session = await this.#within(CONNECT_MS, connecting, end, abort);
      } finally {
        done();
      }
      this.#online(session);
      granted.begun(session);
      const watching = session.alive && new AbortController();
      if (watching) void this.#watch(session, watching.signal, end.tell);
      const reason = await end.told;
      watching?.abort();
      return reason;
    } catch (error) {
      return error;
    } finally {
      this.#down = undefined;
      this.session = undefined;
      onRest();
      await onClosing();
      abort.abort();
      if (session) await this.#close(session);
    }
  }

  #host(granted: Grant, signal: AbortSignal, down: (reason: unknown) => void): Host<unknown, unknown, unknown> {
    const { log, onHint, onRest } = this.#options;
    return {
      ...granted,
      log,
      signal,
      commit: (batch) => granted.commit(batch),
      hint: (hint) => {
        if (!signal.aborted) onHint(hint);
      },
      status: (state) => {
        if (signal.aborted || this.session === undefined) return;
        if (state === 'online') return this.#online(this.session);
        onRest();
        this.#set({ ...this.status, state: 'connecting' });
      },
      down,
      listen: () => {
        throw new AdapterError({ code: 'temporary' }, 'this gateway serves no public URL yet');
      },
    };
  }

  #online(session: Session): void {
    if (this.session === session && this.status.state === 'online') return;
    this.session = session;
    this.#since ??= this.#options.clock.monotonic();
    const can = abilities(session);
    this.#set({ state: 'online', self: session.self, can });
    this.#options.onOnline(session);
  }

  /** A connection that neither comes up nor fails is given up; should it come up later all the same, it is closed. */
  async #within(ms: number, connecting: Promise<Session>, end: Ending, abort: AbortController): Promise<Session> {
    const timer = new AbortController();
    const late = sleep(this.#options.clock, ms, timer.signal);
    const tooLate = async (): Promise<never> => {
      await late;
      throw new AdapterError({ code: 'temporary' }, 'the network did not answer in time');
    };
    try {
      return await Promise.race([end.before(connecting), tooLate()]);
    } catch (error) {
      abort.abort();
      // Whatever the adapter still brings up is closed before the next connection is begun.
      const orphan = connecting.then((session) => this.#close(session)).catch(() => undefined);
      const waited = new AbortController();
      await Promise.race([orphan, sleep(this.#options.clock, CLOSE_MS, waited.signal)]);
      waited.abort();
      throw error;
    } finally {
      timer.abort();
    }
  }

  async #watch(session: Session, over: AbortSignal, down: (reason: unknown) => void): Promise<void> {
    for (;;) {
      await sleep(this.#options.clock, ALIVE_EVERY_MS, over);
      if (over.aborted) return;
      try {
        await this.#alive(session);
      } catch (error) {
        return down(error);
      }
    }
  }

  /** Rejects also when the adapter neither answers nor obeys its signal. */
  async #alive(session: Session): Promise<void> {
    const asked = new AbortController();
    const answered = new AbortController();
    const late = sleep(this.#options.clock, ALIVE_MS, answered.signal).then(() => {
      asked.abort();
      throw new AdapterError({ code: 'temporary' }, 'the connection is silent');
    });
    try {
      await Promise.race([session.alive?.(asked.signal), late]);
    } finally {
      answered.abort();
    }
  }

  async #close(session: Session): Promise<void> {
    const waited = new AbortController();
    // Called in an async function, since an adapter may throw before its first await.
    const closing = (async () => session.close())().then(
      () => 'closed' as const,
      (error: unknown) => this.#options.log.warn({ error }, 'a session did not close well'),
    );
    const late = sleep(this.#options.clock, CLOSE_MS, waited.signal).then(() => 'late' as const);
    if ((await Promise.race([closing, late])) === 'late') this.#options.log.warn({}, 'a session does not close');
    waited.abort();
  }

  #set(status: SessionStatus): void {
    this.status = status;
    this.#options.onStatus(status);
    if (status.state !== 'connecting') for (const go of this.#waiting.splice(0)) go();
  }
}

/** The same list for all sessions that can do the same: there may be ten thousand. */
function abilities(session: Session): SessionStatus['can'] {
  const { commands = [] } = session;
  const can: readonly Capability[] = [
    ...CAPABILITIES.filter((name) => session[name] !== undefined),
    ...(commands.some(({ on }) => on === 'contact') ? (['contactCommands'] as const) : []),
    ...(commands.some(({ on }) => on === 'room') ? (['roomCommands'] as const) : []),
  ];
  const known = lists.get(can.join());
  if (known === undefined) lists.set(can.join(), can);
  return known ?? can;
}
const lists = new Map<string, SessionStatus['can']>();

const needsUser = (fault: Fault): boolean => fault.code === 'auth-lost' || fault.code === 'rejected';

const CODES: Readonly<Record<Exclude<Fault['code'], 'rejected'>, ErrorCode>> = {
  'auth-lost': 'auth-lost',
  'rate-limited': 'rate-limited',
  temporary: 'timeout',
  uncertain: 'timeout',
};

/** A fault as the other half and the user are told. */
export function failureOf(fault: Fault, words: string | undefined): Failure {
  const code = fault.code === 'rejected' ? fault.reason : CODES[fault.code];
  return words === undefined || words === '' ? { code } : { code, detail: words };
}

// One connection of a test account: the host that the adapter sees, and the suite's hand on it.
import type { Batch, Delivery, Hint, Host, Log, Session, State } from '../api.ts';
import type { AnyBatch, TestAccount } from './account.ts';

/** `patienceMs`: how long to wait for what must come; `quietMs`: how long to listen for what must not. */
export interface Patience {
  readonly patienceMs: number;
  readonly quietMs: number;
}
interface Waiting {
  readonly batch: AnyBatch;
  readonly landed: () => void;
  readonly failed: (reason: Error) => void;
}
/** What had to happen did not happen in time; never an outcome of the adapter. */
export class TooLate extends Error {}
const takenAway = (): Error => new Error('the account was taken away');
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** `flow`: commits land; `hold`: they wait, as on a slow disk; `refuse-one`: the next fails, those after it land. */
export type CommitMode = 'flow' | 'hold' | 'refuse-one';

export class TestLink {
  readonly host: Host<unknown, unknown, unknown>;
  session: Session | undefined;
  /** Every batch that commit() was called with, landed or not. */
  readonly asked: AnyBatch[] = [];
  readonly hints: Hint[] = [];
  readonly statuses: string[] = [];
  readonly downs: unknown[] = [];
  /** What the adapter did after close() had resolved. */
  readonly afterClose: string[] = [];
  refused = 0;
  readonly #account: TestAccount;
  readonly #controller = new AbortController();
  readonly #queue: Waiting[] = [];
  readonly #watchers = new Set<() => void>();
  #mode: CommitMode = 'flow';
  #closed = false;
  #draining = false;

  constructor(account: TestAccount) {
    this.#account = account;
    const { config, credentials, settings, cursor } = account;
    this.host = {
      ...{ config, credentials, settings, cursor, log: silent },
      state: stateOf(account),
      signal: this.#controller.signal,
      commit: (batch) => this.#commit(batch),
      hint: (hint) => this.#note('hint()', () => this.hints.push(hint)),
      status: (status) => this.#note('status()', () => this.statuses.push(status)),
      down: (reason) => this.#note('down()', () => this.downs.push(reason)),
      listen: () => 'http://127.0.0.1:9/unused',
    };
  }

  /** From now on commits behave so; those that wait are looked at again. */
  commits(mode: CommitMode): void {
    this.#mode = mode;
    this.#drain();
  }

  /** One attempt to send a text, as the core makes it. */
  async send(chat: Parameters<NonNullable<Session['send']>>[0], text: string, delivery: Delivery): Promise<unknown> {
    if (!this.session?.send) throw new Error('the session has no send()');
    return this.inTime(this.session.send(chat, { text }, delivery), 'send() settles');
  }

  /**
   * Ends the session as the gateway does: the signal is aborted, then close() is awaited. What has not landed by now never
   * lands, so the account is left as by a gateway that was killed here.
   */
  async close(): Promise<void> {
    const session = this.#end();
    if (session) await this.inTime(session.close(), 'close() resolves');
    this.#closed = true;
  }

  /** After a connect() that failed. */
  abandon(): void {
    this.#end();
    this.#closed = true;
  }

  /** Resolves once `condition` holds; it is looked at whenever the adapter calls the host. Rejects after the patience. */
  async until(condition: () => boolean, what: string): Promise<void> {
    let watcher: () => void = () => undefined;
    const met = new Promise<void>((resolve) => {
      watcher = () => {
        if (condition()) resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
    await this.inTime(met, what).finally(() => this.#watchers.delete(watcher));
  }

  /** Settles as `work` does, or rejects after the patience with `what` did not happen. */
  async inTime<T>(work: Promise<T>, what: string): Promise<T> {
    const { patienceMs } = this.#account.patience;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TooLate(`not within ${patienceMs} ms: ${what}`)), patienceMs);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  #end(): Session | undefined {
    const { session } = this;
    this.session = undefined;
    if (this.#account.link === this) this.#account.link = undefined;
    this.#controller.abort();
    for (const { failed } of this.#queue.splice(0)) failed(takenAway());
    return session;
  }

  #commit(batch: Batch<unknown, unknown>): Promise<void> {
    this.#note('commit()', () => this.asked.push(batch));
    if (this.#controller.signal.aborted) return Promise.reject(takenAway());
    return new Promise((landed, failed) => {
      this.#queue.push({ batch, landed, failed });
      this.#drain();
    });
  }

  /** Lands what waits, on a later turn of the loop, as a disk does. */
  #drain(): void {
    if (this.#draining || this.#mode === 'hold') return;
    this.#draining = true;
    setImmediate(() => {
      this.#draining = false;
      if (this.#mode === 'hold') return;
      for (const { batch, landed, failed } of this.#queue.splice(0)) {
        if (this.#mode === 'refuse-one') {
          this.#mode = 'flow';
          this.refused += 1;
          failed(new Error('the disk refused, as the test wanted'));
        } else {
          this.#account.apply(batch);
          landed();
        }
      }
      this.#changed();
    });
  }

  #note(what: string, record: () => void): void {
    if (this.#closed) this.afterClose.push(what);
    record();
    this.#changed();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

function stateOf({ state }: TestAccount): State {
  return {
    get: (keys) => Promise.resolve(new Map([...state].filter(([key]) => keys.includes(key)))),
    async *list(prefix) {
      const keys = [...state.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of await Promise.resolve(keys)) yield [key, state.get(key) ?? new Uint8Array()] as const;
    },
  };
}

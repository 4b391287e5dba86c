// One call into an adapter: it ends by a deadline even if the adapter ignores its signal, and every end becomes a fault.
import { AdapterError, type Fault, type Rejection } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';

/** How long an adapter may take to obey an aborted signal before it is not waited for any more. */
const GRACE_MS = 2_000;

interface Attempt {
  readonly since: number;
  readonly abort: Abort;
  readonly giveUp: () => void;
}

/** An AbortController that is made when its signal is looked at: most adapters do not. */
export class Abort {
  #controller: AbortController | undefined;
  aborted = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.aborted = true;
    this.#controller?.abort();
  }
}

/** The calls of one account that are under way. */
export class Attempts {
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #running = new Set<Attempt>();
  #cancel: (() => void) | undefined;
  #whenIdle: (() => void)[] = [];

  /** `deadline`: milliseconds after which a call is aborted and counts as uncertain. */
  constructor(clock: Clock, deadline: number) {
    this.#clock = clock;
    this.#deadline = deadline;
  }

  /**
   * Runs `work`; rejects with whatever it throws, or with 'uncertain' when it took too long or was aborted. It gets the
   * controller, since its signal is costly and seldom looked at, and a way to end the attempt from elsewhere.
   */
  run<T>(work: (abort: Abort, settle: (value: T) => void) => Promise<T>): Promise<T> {
    const abort = new Abort();
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => {
        this.#ended(attempt);
        reject(new AdapterError({ code: 'uncertain' }, 'no answer in time'));
      };
      const attempt = { since: this.#clock.monotonic(), abort, giveUp };
      this.#running.add(attempt);
      this.#watch();
      const end =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#ended(attempt);
          settle(value);
        };
      // Called in an async function, since an adapter may throw before its first await.
      const settle = end<T>(resolve);
      (async () => work(abort, settle))().then(settle, end(reject));
    });
  }

  /** Aborts all that is under way; what does not end within the grace time is given up. Resolves when nothing runs. */
  async abort(): Promise<void> {
    const running = [...this.#running];
    for (const { abort } of running) abort.abort();
    const cancel = this.#clock.after(GRACE_MS, () => {
      for (const attempt of running) if (this.#running.has(attempt)) attempt.giveUp();
    });
    await this.idle();
    cancel();
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #ended(attempt: Attempt): void {
    this.#running.delete(attempt);
    if (this.#running.size === 0 && this.#whenIdle.length > 0) for (const idle of this.#whenIdle.splice(0)) idle();
  }

  /** One timer for all calls: a deadline is kept to a quarter of its length. */
  #watch(): void {
    if (this.#cancel !== undefined) return;
    this.#cancel = this.#clock.after(this.#deadline / 4, () => {
      this.#cancel = undefined;
      const now = this.#clock.monotonic();
      for (const { since, abort, giveUp } of [...this.#running]) {
        if (now - since >= this.#deadline) abort.abort();
        if (now - since >= this.#deadline + GRACE_MS) giveUp();
      }
      if (this.#running.size > 0) this.#watch();
    });
  }
}

const UNCERTAIN: Fault = { code: 'uncertain' };
const REJECTIONS: ReadonlySet<unknown> = new Set<Rejection>([
  'too-large',
  'forbidden',
  'not-found',
  'invalid',
  'unsupported',
  'expired',
  'blocked',
]);
const SCOPES: ReadonlySet<unknown> = new Set(['chat', 'account', 'network']);
/** What a network that names no time, or no sensible one, is given. */
const SOME_TIME_MS = 5_000;
const LONGEST_LIMIT_MS = 86_400_000;

/** What a thrown value says about the message; what is no AdapterError may have happened after it was sent. */
export function faultOf(error: unknown): { readonly fault: Fault; readonly words: string | undefined } {
  return AdapterError.is(error)
    ? { fault: sound(error.fault), words: error.message }
    : { fault: UNCERTAIN, words: undefined };
}

/** Adapters are not all written in TypeScript: a fault that the rules do not know is one that they do. */
function sound(fault: Fault | undefined): Fault {
  switch (fault?.code) {
    case 'temporary':
    case 'auth-lost':
    case 'uncertain':
      return fault;
    case 'rejected':
      return REJECTIONS.has(fault.reason) ? fault : { code: 'rejected', reason: 'invalid' };
    case 'rate-limited': {
      const { retryAfterMs: asked, scope } = fault;
      const retryAfterMs = Number.isFinite(asked) ? Math.min(Math.max(asked, 1), LONGEST_LIMIT_MS) : SOME_TIME_MS;
      return { code: 'rate-limited', retryAfterMs, scope: SCOPES.has(scope) ? scope : 'chat' };
    }
    default:
      return UNCERTAIN;
  }
}

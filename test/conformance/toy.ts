// A toy network in memory, as strict about confirmation as real ones: updates go when they are confirmed, and only then.
import { AdapterError } from 'moongate/adapter';

export interface Update {
  readonly seq: number;
  readonly text: string;
  readonly at: number;
}
/** What the next send meets. */
export type ToyFault = 'refuse' | 'drop' | 'hang' | { readonly limitMs: number };

/** The network's answers that are no success. `broken`: the connection ended without an answer. */
export class ToyError extends Error {
  readonly status: 400 | 401 | 429 | 'away' | 'broken';
  readonly retryAfterMs: number;
  constructor(status: ToyError['status'], retryAfterMs = 0) {
    super(`the toy network said ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ToyOptions {
  /** Confirmed updates stay, and are given again to whoever asks for them. */
  readonly keeps?: boolean;
}

export class ToyNetwork {
  readonly shown: string[] = [];
  readonly #options: ToyOptions;
  readonly #waiting = new Set<(error?: ToyError) => void>();
  readonly #tokens = new Map<string, string>();
  #updates: Update[] = [];
  #seq = 0;
  #fault: ToyFault | undefined;
  #secret = 'secret-1';
  #away = false;

  constructor(options: ToyOptions = {}) {
    this.#options = options;
  }

  // ---- what a client may call
  logIn(password: string): string {
    this.#reachable();
    if (password !== 'right') throw new ToyError(401);
    return this.#secret;
  }
  /** The number of the newest update, for a client that wants only what comes from now on. */
  newest(secret: string): number {
    this.#enter(secret);
    return this.#seq;
  }
  /** Confirms all up to `after`, then waits for something newer. */
  async poll(secret: string, after: number, signal: AbortSignal): Promise<readonly Update[]> {
    this.#enter(secret);
    if (!this.#options.keeps) this.#updates = this.#updates.filter(({ seq }) => seq > after);
    for (;;) {
      const newer = this.#updates.filter(({ seq }) => seq > after);
      if (newer.length > 0) return newer;
      await this.#something(signal);
      this.#enter(secret);
    }
  }
  /** Shows a text; a token that was there before is answered as then and shows nothing. */
  async send(secret: string, chat: string, text: string, token: string, signal: AbortSignal): Promise<string> {
    this.#enter(secret);
    if (chat !== 'friend') throw new ToyError(400);
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault === 'refuse') throw new ToyError(400);
    if (typeof fault === 'object') throw new ToyError(429, fault.limitMs);
    const known = this.#tokens.get(token);
    const id = known ?? `m${this.shown.length + 1}`;
    this.#tokens.set(token, id);
    if (known === undefined) this.shown.push(text);
    if (fault === 'drop') throw new ToyError('broken');
    if (fault === 'hang') await new Promise((_, reject) => onAbort(signal, () => reject(new ToyError('broken'))));
    return Promise.resolve(id);
  }

  // ---- what the test does
  say(text: string): void {
    this.#seq += 1;
    this.#updates.push({ seq: this.#seq, text, at: Date.now() });
    this.#wake();
  }
  next(fault: ToyFault): void {
    this.#fault = fault;
  }
  revoke(): void {
    this.#secret = 'secret-2';
    this.#wake();
  }
  cut(): void {
    this.#wake(new ToyError('broken'));
  }
  stop(): void {
    this.#away = true;
    this.cut();
  }
  start(): void {
    this.#away = false;
  }

  #reachable(): void {
    if (this.#away) throw new ToyError('away');
  }
  #enter(secret: string): void {
    this.#reachable();
    if (secret !== this.#secret) throw new ToyError(401);
  }
  #wake(error?: ToyError): void {
    for (const wake of [...this.#waiting]) wake(error);
  }
  #something(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (error?: ToyError): void => {
        this.#waiting.delete(wake);
        if (error) reject(error);
        else resolve();
      };
      this.#waiting.add(wake);
      onAbort(signal, () => wake(new ToyError('broken')));
    });
  }
}

function onAbort(signal: AbortSignal, run: () => void): void {
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
}

/** What the network's answer means, and whether the message may be there. */
export function meaning(error: unknown): unknown {
  if (!(error instanceof ToyError)) return error;
  const { status, retryAfterMs, message } = error;
  switch (status) {
    case 400:
      return new AdapterError({ code: 'rejected', reason: 'invalid' }, message);
    case 401:
      return new AdapterError({ code: 'auth-lost' }, 'Your session has ended. Log in again.');
    case 429:
      return new AdapterError({ code: 'rate-limited', retryAfterMs, scope: 'account' }, message);
    case 'away':
      return new AdapterError({ code: 'temporary' }, message);
    case 'broken':
      return new AdapterError({ code: 'uncertain' }, message);
  }
}

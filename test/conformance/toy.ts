// A toy network in memory, as strict about confirmation as real ones: updates go when they are confirmed, and only then.
import { AdapterError } from 'moongate/adapter';

/** What a client is told. `id` is the message that it is or that it is about. */
export interface Update {
  readonly seq: number;
  readonly type: 'message' | 'edit' | 'retract' | 'react' | 'read' | 'typing';
  readonly id: string;
  readonly text: string;
  readonly emojis: readonly string[];
  readonly on: boolean;
  readonly at: number;
  /** What the client itself has sent, and with which token. */
  readonly own?: string;
}
/** What a client may do to a message, or in the chat. */
export type Change =
  | { readonly type: 'edit'; readonly id: string; readonly text: string }
  | { readonly type: 'retract' | 'read'; readonly id: string }
  | { readonly type: 'react'; readonly id: string; readonly emojis: readonly string[] }
  | { readonly type: 'typing'; readonly on: boolean };
interface Message {
  readonly id: string;
  text: string;
  gone: boolean;
  emojis: readonly string[];
  read: boolean;
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
  /** Whoever sends is told of it like anybody else. */
  readonly echoes?: boolean;
}

export class ToyNetwork {
  /** Whether the client types. */
  typing = false;
  readonly #ours: Message[] = [];
  readonly #theirs: Message[] = [];
  readonly #options: ToyOptions;
  readonly #waiting = new Set<(error?: ToyError) => void>();
  readonly #tokens = new Map<string, string>();
  #updates: Update[] = [];
  #seq = 0;
  #fault: ToyFault | undefined;
  #secret = 'secret-1';
  #away = false;
  #throttle: { readonly ms: number; asked: number } | undefined;

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
      this.#limited();
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
    const id = known ?? `m${this.#ours.length + 1}`;
    this.#tokens.set(token, id);
    if (known === undefined) this.#ours.push(newMessage(id, text));
    if (known === undefined && this.#options.echoes) this.#tell('message', newMessage(id, text), { own: token });
    if (fault === 'drop') throw new ToyError('broken');
    if (fault === 'hang') await new Promise((_, reject) => onAbort(signal, () => reject(new ToyError('broken'))));
    return Promise.resolve(id);
  }

  /** Changes a message, shows that it was read, or types. */
  change(secret: string, change: Change): void {
    this.#enter(secret);
    if (change.type === 'typing') {
      this.typing = change.on;
      return;
    }
    const own = change.type === 'edit' || change.type === 'retract';
    const message = (own ? this.#ours : this.#theirs).find(({ id }) => id === change.id);
    if (!message) throw new ToyError(400);
    if (change.type === 'edit') message.text = change.text;
    if (change.type === 'retract') message.gone = true;
    if (change.type === 'react') message.emojis = change.emojis;
    if (change.type === 'read') message.read = true;
  }
  /** A new secret; the old one is worthless. */
  renew(secret: string): string {
    this.#enter(secret);
    this.#secret = `${secret}+`;
    return this.#secret;
  }

  // ---- what the test does
  get shown(): readonly string[] {
    return this.#ours.filter(({ gone }) => !gone).map(({ text }) => text);
  }
  say(text: string): void {
    const message = newMessage(`u${this.#seq + 1}`, text);
    this.#theirs.push(message);
    this.#tell('message', message);
  }
  edit(said: string, text: string): void {
    const message = find(this.#theirs, said);
    message.text = text;
    this.#tell('edit', message);
  }
  retract(said: string): void {
    this.#tell('retract', find(this.#theirs, said));
  }
  react(said: string, emojis: readonly string[]): void {
    this.#tell('react', find(this.#ours, said), { emojis });
  }
  read(said: string): void {
    this.#tell('read', find(this.#ours, said));
  }
  type(on: boolean): void {
    this.#tell('typing', newMessage('none', ''), { on });
  }
  /** What the client left on a message of the other side. */
  left(said: string): Message {
    return find(this.#theirs, said);
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
  /** Reading is limited until `end()`; `asked()` counts who did not wait. */
  throttle(ms: number): { asked(): Promise<number>; end(): Promise<void> } {
    const limit = (this.#throttle = { ms, asked: 0 });
    this.#wake();
    return {
      asked: () => Promise.resolve(limit.asked),
      end: () => Promise.resolve((this.#throttle = undefined)),
    };
  }
  stop(): void {
    this.#away = true;
    this.cut();
  }
  start(): void {
    this.#away = false;
  }

  #tell(type: Update['type'], { id, text }: Message, more: Partial<Update> = {}): void {
    this.#seq += 1;
    this.#updates.push({ seq: this.#seq, type, id, text, emojis: [], on: false, at: Date.now(), ...more });
    this.#wake();
  }
  #limited(): void {
    if (this.#throttle === undefined) return;
    this.#throttle.asked += 1;
    throw new ToyError(429, this.#throttle.ms);
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

const newMessage = (id: string, text: string): Message => ({ id, text, gone: false, emojis: [], read: false });

function find(messages: readonly Message[], said: string): Message {
  const message = messages.find(({ text }) => text === said);
  if (!message) throw new Error(`nobody has said "${said}"`);
  return message;
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

// "typing" towards Telegram: shown for five seconds and never taken back, so it is said again for as long as it holds.
import type { Environment } from './environment.ts';

const AGAIN_MS = 4_500;
/** A client that says that it types and never that it stopped is believed for so long. */
const LONGEST_MS = 60_000;

/** Who is being typed to. Nothing of it is left once `signal` is aborted and `ended` has resolved. */
export class Typing {
  readonly #say: (chat: string, signal: AbortSignal) => Promise<unknown>;
  readonly #env: Pick<Environment, 'monotonic' | 'sleep'>;
  readonly #signal: AbortSignal;
  readonly #chats = new Map<string, { readonly stop: AbortController; until: number }>();
  readonly #running = new Set<Promise<void>>();

  /** `say` is one sendChatAction; what becomes of it does not matter. */
  constructor(
    say: (chat: string, signal: AbortSignal) => Promise<unknown>,
    env: Pick<Environment, 'monotonic' | 'sleep'>,
    signal: AbortSignal,
  ) {
    this.#say = say;
    this.#env = env;
    this.#signal = signal;
  }

  /** Says it from now on; said already, it holds longer. */
  start(chat: string): void {
    const until = this.#env.monotonic() + LONGEST_MS;
    const known = this.#chats.get(chat);
    if (known !== undefined) known.until = until;
    if (known !== undefined || this.#signal.aborted) return;
    const stop = new AbortController();
    this.#chats.set(chat, { stop, until });
    const run = this.#run(chat, AbortSignal.any([stop.signal, this.#signal])).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Says it no more. */
  stop(chat: string): void {
    this.#chats.get(chat)?.stop.abort();
    this.#chats.delete(chat);
  }

  /** Resolves when nothing of it runs any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(chat: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#env.monotonic() < (this.#chats.get(chat)?.until ?? 0)) {
      await this.#say(chat, signal).catch(() => undefined);
      await this.#env.sleep(AGAIN_MS, signal);
    }
    if (!signal.aborted) this.#chats.delete(chat);
  }
}

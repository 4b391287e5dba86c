// The getUpdates loop: a batch is on disk before the next call confirms it, and only a lost token ends it.
import { TelegramError } from 'telegraf';
import { cursorAfter, readBatch, withoutLast } from './batch.ts';
import type { TelegramBatch, TelegramHost } from './batch.ts';
import { CallFailure } from './client.ts';
import type { BotClient } from './client.ts';
import { ConflictWatch } from './conflict.ts';
import type { Environment } from './environment.ts';
import { adapterError, isAuthLost, retryAfterMs } from './errors.ts';
import type { Groups } from './groups.ts';
import type { Bot } from './login.ts';
import { ALLOWED_UPDATES } from './updates.ts';

/** Faster than this an empty long poll is not one, and asking again at once would be a busy loop. */
const HASTE_MS = 500;

/** The batch cannot be stored: the account was taken away, or the session was closed meanwhile. */
class SessionOver extends Error {}

/**
 * Polls until it is stopped or the session is over (then it has called `host.down`). It begins without an offset even if
 * one is stored: after a quiet week, or on another API server, ids begin elsewhere and an old offset would confirm what
 * was never seen. What comes twice is recognised by its key.
 */
export class Poller {
  readonly #host: TelegramHost;
  readonly #client: BotClient;
  readonly #bot: Pick<Bot, 'id' | 'username'>;
  readonly #groups: Groups;
  readonly #env: Environment;
  readonly #signal: AbortSignal;
  readonly #conflicts: ConflictWatch;
  #offset: number | undefined;
  #failures = 0;
  #reachable = true;

  constructor(
    host: TelegramHost,
    client: BotClient,
    env: Environment,
    bot: Pick<Bot, 'id' | 'username'>,
    groups: Groups,
    signal: AbortSignal,
  ) {
    this.#host = host;
    this.#client = client;
    this.#bot = bot;
    this.#groups = groups;
    this.#env = env;
    this.#signal = signal;
    this.#conflicts = new ConflictWatch(env.conflictMs, env.pollSeconds * 1000);
  }

  /** Never rejects. */
  async run(): Promise<void> {
    try {
      while (!this.#signal.aborted) await this.#round().catch((error: unknown) => this.#recover(error));
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#host.down(error instanceof SessionOver ? error.cause : adapterError(error, 'question'));
    }
  }

  async #round(): Promise<void> {
    const begun = this.#env.monotonic();
    // After a failure the first answer should tell at once that Telegram is back.
    const timeout = this.#failures > 0 ? 0 : this.#env.pollSeconds;
    const updates = await this.#ask(timeout);
    this.#reached(true);
    if (updates.length > 0) await this.#take(updates);
    // Everything is confirmed. An offset kept now would swallow updates whose ids begin again lower down.
    else this.#offset = undefined;
    this.#failures = 0;
    const hasty = updates.length === 0 && timeout > 0 && this.#env.monotonic() - begun < HASTE_MS;
    if (hasty) await this.#env.sleep(2 * HASTE_MS, this.#signal);
  }

  async #ask(timeout: number): Promise<readonly unknown[]> {
    const payload = { timeout, limit: 100, allowed_updates: [...ALLOWED_UPDATES] };
    const asked = this.#offset === undefined ? payload : { ...payload, offset: this.#offset };
    const updates: unknown = await this.#client.callApi('getUpdates', asked, { signal: this.#signal });
    if (!Array.isArray(updates)) throw new CallFailure('an answer without updates', true);
    return updates as readonly unknown[];
  }

  async #take(updates: readonly unknown[]): Promise<void> {
    const { cursor: before, state, log } = this.#host;
    // Only a first answer can repeat what an earlier session has committed but not confirmed.
    const fresh = this.#offset === undefined ? withoutLast(updates, before?.last ?? []) : updates;
    const cursor = cursorAfter(updates);
    if (fresh.length > 0) {
      const look = await this.#groups.inTurn(async () => {
        const { batch, look } = await readBatch(fresh, state, log, this.#env.now(), this.#bot);
        await this.#commit(cursor === undefined ? batch : { ...batch, cursor });
        return look;
      });
      this.#groups.look(look);
    }
    if (cursor === undefined) throw new CallFailure('updates without ids', true);
    this.#offset = cursor.offset;
  }

  /** Waits as long as the core does, but not beyond the end of the session. */
  async #commit(batch: TelegramBatch): Promise<void> {
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(new Error('stopped'));
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([this.#host.commit(batch), stopped.promise]);
    } catch (cause) {
      throw new SessionOver('a batch could not be stored', { cause });
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
  }

  /** Pauses, and throws on what no pause cures. */
  async #recover(error: unknown): Promise<void> {
    if (this.#signal.aborted) return;
    if (error instanceof SessionOver || isAuthLost(error)) throw error;
    const conflict = error instanceof TelegramError && error.code === 409;
    const pause = conflict ? await this.#conflict(error) : this.#pauseAfter(error);
    await this.#env.sleep(pause, this.#signal);
  }

  #pauseAfter(error: unknown): number {
    this.#reached(!(error instanceof CallFailure));
    const { retryMs, retryMaxMs } = this.#env;
    const growing = Math.min(retryMaxMs, retryMs * 2 ** Math.min(this.#failures, 20));
    const pause = retryAfterMs(error) ?? growing * (0.5 + this.#env.random() / 2);
    this.#failures += 1;
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#host.log.warn({ reason, pause: Math.round(pause), failures: this.#failures }, 'polling Telegram failed');
    return pause;
  }

  /** The bot can still send meanwhile, so the lanes do not rest. */
  async #conflict(error: TelegramError): Promise<number> {
    this.#reached(true);
    const { pauseMs, tell } = this.#conflicts.note(this.#env.monotonic(), error.description);
    this.#host.log.warn({ reason: error.description, pause: pauseMs }, 'polling Telegram met another receiver');
    if (tell === undefined) return pauseMs;
    const at = this.#env.now();
    await this.#commit({ events: [{ type: 'notice', key: `conflict:${at}`, at, text: tell }] });
    return pauseMs;
  }

  #reached(reachable: boolean): void {
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    this.#host.status(reachable ? 'online' : 'connecting');
  }
}

// Time, chance and patience, so that a test can set them.

/** What the adapter takes from the world besides the network. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Resolves after this many milliseconds, or as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** How long a call may take, in ms; a long poll gets its `pollSeconds` on top. */
  readonly callMs: number;
  /** How long Telegram holds a long poll that has nothing to say. */
  readonly pollSeconds: number;
  /** How long another poller of the same bot is borne before the user is told, in ms. */
  readonly conflictMs: number;
  /** The pause before the first retry of a failed poll, in ms; it doubles up to `retryMaxMs`. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
}

/** The real world. */
export const REAL: Environment = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  sleep,
  callMs: 30_000,
  pollSeconds: 50,
  conflictMs: 30_000,
  retryMs: 1_000,
  retryMaxMs: 30_000,
};

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  });
}

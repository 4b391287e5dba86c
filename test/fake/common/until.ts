// Waits for something in a fake's world, without looking at a clock for it.

const DEFAULT_PATIENCE = 10_000;

/** How long a wait may last before it fails; default 10,000 ms. */
export interface Patience {
  timeout_ms?: number;
}

/** A wait: for `what`, in words, until its caller has `gone`. */
export interface Wait {
  timeout_ms: Patience['timeout_ms'] | undefined;
  gone: AbortSignal;
  what: string;
}

/** Calls a listener after each step of a world, until the returned function is called. */
export interface Steps {
  listen(listener: () => void): () => void;
}

/** Looks after each step of the world whether `probe` finds what is waited for. */
export function until<T>(
  world: Steps,
  { timeout_ms = DEFAULT_PATIENCE, gone, what }: Wait,
  probe: () => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      stop();
    };
    const look = (): void => {
      const found = probe();
      if (found === undefined) return;
      end();
      resolve(found);
    };
    const fail = (why: string) => (): void => {
      end();
      reject(new Error(why));
    };
    const timer = setTimeout(fail(`waited ${timeout_ms} ms for ${what}`), timeout_ms);
    const stop = world.listen(look);
    gone.addEventListener('abort', fail('the caller has gone'), { once: true });
    look();
  });
}

// Lets a few in at a time, in the order in which they came.

export class Turnstile {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves with the way out when there is a place, or at once when `signal` is aborted; the way out is always to be used. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#wait(signal))) return () => undefined;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#queue.shift();
      if (next) next();
      else this.#free += 1;
    };
  }

  /** False: the signal came first, and no place was taken. */
  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(go), 1);
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(go);
    });
  }
}

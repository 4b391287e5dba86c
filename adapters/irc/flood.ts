// A token bucket for lines: so many at once, then so many a second, in order.

/** `flood = { burst = 5, per_second = 1 }`. */
export interface Flood {
  readonly burst: number;
  readonly perSecond: number;
}

interface Waiting {
  readonly run: () => void;
  readonly cancelled: () => boolean;
}

/** Runs what it is given in order, as fast as the bucket allows. A timer is set only while something waits. */
export class Bucket {
  readonly #flood: Flood | undefined;
  readonly #monotonic: () => number;
  readonly #queue: Waiting[] = [];
  readonly #leisure: Waiting[] = [];
  #tokens: number;
  #filled: number;
  #timer: NodeJS.Timeout | undefined;
  /** What runs may add to what waits. */
  #draining = false;

  /** Without `flood` everything runs at once. `monotonic` in ms. */
  constructor(flood: Flood | undefined, monotonic: () => number) {
    this.#flood = flood;
    this.#monotonic = monotonic;
    this.#tokens = flood?.burst ?? 0;
    this.#filled = monotonic();
  }

  /** True where a line would go out now: what may be dropped is dropped otherwise. */
  get free(): boolean {
    this.#fill();
    return this.#flood === undefined || (this.#queue.length + this.#leisure.length === 0 && this.#tokens >= 1);
  }

  /** True while something waits that is in a hurry. */
  get waits(): boolean {
    return this.#queue.length > 0;
  }

  /** Runs it in its turn, unless it was cancelled by then. */
  run(run: () => void, cancelled: () => boolean = () => false): void {
    if (this.#flood === undefined) return cancelled() ? undefined : run();
    this.#queue.push({ run, cancelled });
    this.#drain();
  }

  /** Runs it before what waits. */
  next(run: () => void): void {
    if (this.#flood === undefined) return run();
    this.#queue.unshift({ run, cancelled: () => false });
    this.#drain();
  }

  /** Runs it when nothing else waits, unless it was cancelled by then. */
  atLeisure(run: () => void, cancelled: () => boolean = () => false): void {
    if (this.#flood === undefined) return cancelled() ? undefined : run();
    this.#leisure.push({ run, cancelled });
    this.#drain();
  }

  /** Forgets what waits. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.length = 0;
    this.#leisure.length = 0;
  }

  #drain(): void {
    if (this.#flood === undefined || this.#timer !== undefined || this.#draining) return;
    this.#draining = true;
    try {
      this.#runAll(this.#flood);
    } finally {
      this.#draining = false;
    }
  }

  #runAll({ perSecond }: Flood): void {
    this.#fill();
    for (let queue; (queue = this.#queue.length > 0 ? this.#queue : this.#leisure).length > 0;) {
      const cancelled = queue[0]?.cancelled() ?? false;
      if (!cancelled && this.#tokens < 1) return this.#later((1 - this.#tokens) / perSecond);
      const next = queue.shift();
      if (cancelled) continue;
      this.#tokens -= 1;
      next?.run();
    }
  }

  #later(seconds: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#drain();
      },
      Math.ceil(seconds * 1000),
    );
  }

  #fill(): void {
    if (this.#flood === undefined) return;
    const now = this.#monotonic();
    const { burst, perSecond } = this.#flood;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filled) / 1000) * perSecond);
    this.#filled = now;
  }
}

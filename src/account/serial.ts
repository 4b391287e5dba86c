// Work that must be done in order for one key, while other keys go on: at most `most` waiting for each.

/** One chain of tasks for each key; a key without tasks costs nothing. */
export class Serial {
  readonly #chains = new Map<string, { tail: Promise<unknown>; count: number }>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Nothing is running or waiting for the key. */
  idle(key: string): boolean {
    return !this.#chains.has(key);
  }

  /** No more fits in the key's chain. */
  full(key: string): boolean {
    return (this.#chains.get(key)?.count ?? 0) >= this.#most;
  }

  /** Runs the task after all that were given before for this key; settles as the task does. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const chain = this.#chains.get(key) ?? { tail: Promise.resolve(), count: 0 };
    chain.count += 1;
    this.#chains.set(key, chain);
    const result = chain.tail.then(task);
    const end = (): void => {
      chain.count -= 1;
      if (chain.count === 0) this.#chains.delete(key);
    };
    chain.tail = result.then(end, end);
    return result;
  }

  /** Resolves when all that was given so far is done. */
  async settled(): Promise<void> {
    await Promise.all([...this.#chains.values()].map(({ tail }) => tail));
  }
}

// The end of one connection: told once, waited for by whoever runs it, and while it comes up by that, too. What waited only
// then is let go of: ten thousand idle accounts are ten thousand connections that have not ended yet.

export class Ending {
  readonly #told = Promise.withResolvers<unknown>();
  #over: { readonly reason: unknown } | undefined;
  #interrupt: ((reason: unknown) => void) | undefined;

  /** It has ended, and why; the first reason counts. */
  readonly tell = (reason: unknown): void => {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    this.#told.resolve(reason);
    this.#interrupt?.(reason);
  };

  /** Resolves to the reason. */
  get told(): Promise<unknown> {
    return this.#told.promise;
  }

  /** Settles as `work` does, or rejects when the end comes first. */
  async before<T>(work: Promise<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#interrupt = (reason) =>
          reject(reason instanceof Error ? reason : new Error('stopped while connecting', { cause: reason }));
        work.then(resolve, reject);
        if (this.#over) this.#interrupt(this.#over.reason);
      });
    } finally {
      this.#interrupt = undefined;
    }
  }
}

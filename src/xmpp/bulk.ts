// What is written in bulk (who is in a room, history, pages of an archive) waits until the server has taken what was written
// before, or there is a stream again: what the stream refuses is lost.

export class Bulk {
  readonly #writable: () => boolean;
  readonly #waiting: (() => void)[] = [];

  /** `writable`: the stream takes more. It is to be true as well where there will be none any more. */
  constructor(writable: () => boolean) {
    this.#writable = writable;
  }

  /** Does the work, which writes, in its turn: at once where nothing waits and the stream takes more. Rejects as it throws. */
  write(work: () => void): Promise<void> {
    if (this.#waiting.length === 0 && this.#writable()) return Promise.try(work);
    return new Promise((resolve) => this.#waiting.push(() => resolve(Promise.try(work))));
  }

  /** The stream takes more again, or has ended for good. */
  relieve(): void {
    while (this.#waiting.length > 0 && this.#writable()) this.#waiting.shift()?.();
  }
}

// Waiting for something to become true, looked at whenever something happened, never by sleeping.

const WAIT_MS = 10_000;

export class Watch {
  readonly #looks = new Set<() => void>();

  /** Something happened. */
  notify(): void {
    for (const look of [...this.#looks]) look();
  }

  /** Resolves with the first value of `probe` that is neither undefined nor false; rejects, naming `what`, in the end. */
  until<T>(what: string, probe: () => T | undefined | false, ms = WAIT_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const value = probe();
        if (value === undefined || value === false) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(value);
      };
      const timer = setTimeout(() => {
        this.#looks.delete(look);
        reject(new Error(`waited ${ms} ms in vain for ${what}`));
      }, ms);
      this.#looks.add(look);
      look();
    });
  }
}

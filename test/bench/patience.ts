// Waits within a run of a bench, each broken off by what fails the run.

/** How long something may take that ought to happen at once, in milliseconds. */
export const PATIENCE_MS = 30_000;

/** The waits of one run, one at a time. */
export class Waits {
  /** Fails the run: the wait that is under way rejects. */
  fail: (error: Error) => void = () => undefined;

  /** Resolves once it is so; rejects with the words otherwise. */
  async until(reached: () => boolean, otherwise: string): Promise<void> {
    for (const end = performance.now() + PATIENCE_MS; !reached();) {
      if (performance.now() > end) throw new Error(otherwise);
      await this.unbroken(20);
    }
  }

  /** Resolves after `ms`; rejects if something that fails the run happens before. */
  unbroken(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      this.fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }
}

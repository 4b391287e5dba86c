// The steps of one 'out' lane. They land in the order of the calls, so the lane need not wait for the last one of an entry: it
// goes on to the next while that is on its way to the disk.
import type { Seq, Step } from '../store/api.ts';
import { Succession } from './land.ts';
import type { OutContext } from './out-context.ts';

/** Entries whose ends are on their way to the disk; with more of them the lane waits. */
const MOST_ENDING = 64;

export class Steps {
  readonly #context: OutContext;
  readonly #succession: Succession;
  readonly #ending = new Map<Seq, Promise<void>>();
  readonly #whenEnded: () => void;

  /** `whenEnded` is called when the end of an entry is on disk. */
  constructor(context: OutContext, whenEnded: () => void) {
    const { land, clock, log, stopped } = context;
    this.#context = context;
    this.#succession = new Succession(land, clock, log, stopped);
    this.#whenEnded = whenEnded;
  }

  /** Resolves when it is on disk, however long that is in trouble. Rejects when the process ends, or where it never can be. */
  land(step: Omit<Step, 'fence'>): Promise<unknown> {
    return this.#succession.land({ ...step, fence: this.#context.fence });
  }

  /** The step that ends an entry; resolves when the lane may go on. */
  async end(seq: Seq, step: Omit<Step, 'fence'>): Promise<void> {
    const landing = this.land(step).then(() => {
      this.#ending.delete(seq);
      this.#whenEnded();
    });
    // `ended` rejects with it, too, where somebody waits for that.
    landing.catch((error: unknown) => {
      const { log, account, stopped } = this.#context;
      if (!stopped.aborted) log.error({ error, account, entry: seq }, 'the end of an entry was not kept');
    });
    this.#ending.set(seq, landing);
    if (this.#ending.size >= MOST_ENDING) await this.ended();
  }

  /** Whether the end of an entry is on its way: the disk still holds it for one that waits. */
  isEnding(seq: Seq): boolean {
    return this.#ending.has(seq);
  }

  /** Entries whose ends are on their way, in order. */
  get ending(): readonly Seq[] {
    return [...this.#ending.keys()];
  }

  /** Resolves when all ends are on disk that are on their way; rejects where one never can be. */
  async ended(): Promise<void> {
    while (this.#ending.size > 0) await Promise.all(this.#ending.values());
  }
}

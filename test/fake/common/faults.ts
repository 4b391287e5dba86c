// Arranged faults: which call meets which, how often, and who hangs on one until it is let go.

/** What happens to the calls that a fault matches; `Refusal` is how this network says no. */
export type Effect<Refusal> =
  /** Answers this error instead of doing the work. */
  | ({ kind: 'error' } & Refusal)
  /** Answers this status with a page of HTML, as a proxy in front would; no work done. */
  | { kind: 'html'; code: number }
  /** Resets the connection; no work done. */
  | { kind: 'drop-before' }
  /** Does the work, then resets the connection. */
  | { kind: 'drop-after' }
  /** Does the work, then answers a JSON text that ends in its middle. */
  | { kind: 'truncate' }
  /** Does the work, and answers `ms` milliseconds later. */
  | { kind: 'slow'; ms: number }
  /** Hangs until released; the work is done before the pause, or after it. */
  | { kind: 'hold'; work: 'before' | 'after' };

/** A fault as it is arranged; each fake adds the filters that say which calls it matches. */
export interface Arranged<Refusal> {
  /** How many calls (null: all, until cleared). Default 1. */
  times?: number | null;
  effect: Effect<Refusal>;
}

/** A fault that has been arranged. */
export interface Fault<Spec> {
  id: number;
  spec: Spec;
  left: number;
  /** Lets each call go on that hangs on this fault. */
  held: Set<() => void>;
}

const KINDS = ['error', 'html', 'drop-before', 'drop-after', 'truncate', 'slow', 'hold'];

/** All faults of one fake. */
export class Faults<Spec extends Arranged<object>> {
  readonly #faults = new Map<number, Fault<Spec>>();
  #last = 0;

  /** Arranges a fault and gives its id. */
  add(spec: Spec): number {
    if (!KINDS.includes(spec.effect?.kind)) throw new Error(`no such effect; there are ${KINDS.join(', ')}`);
    this.#last += 1;
    const left = spec.times === null ? Infinity : (spec.times ?? 1);
    this.#faults.set(this.#last, { id: this.#last, spec, left, held: new Set() });
    return this.#last;
  }

  /** The oldest fault that matches, with one of its times used up. */
  take(matches: (spec: Spec) => boolean): Fault<Spec> | undefined {
    for (const fault of this.#faults.values()) {
      if (fault.left <= 0 || !matches(fault.spec)) continue;
      fault.left -= 1;
      return fault;
    }
    return undefined;
  }

  /** Resolves when the fault is released or cleared, or the caller has hung up. */
  hang(fault: Fault<Spec>, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        fault.held.delete(go);
        resolve();
      };
      fault.held.add(go);
      gone.addEventListener('abort', go, { once: true });
      if (gone.aborted) go();
    });
  }

  /** Lets go on what hangs on a fault now; gives their number. */
  release(id: number): number {
    const fault = this.#faults.get(id);
    if (!fault) throw new Error(`no fault ${id}`);
    const held = [...fault.held];
    for (const go of held) go();
    return held.length;
  }

  /** Ends one fault, or all. */
  clear(id?: number): void {
    for (const known of id === undefined ? [...this.#faults.keys()] : [id]) {
      this.release(known);
      this.#faults.delete(known);
    }
  }
}

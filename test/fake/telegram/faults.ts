// Arranged faults: which call meets which, how often, and who hangs on one until it is let go.
import type { FaultSpec } from './control-api.ts';

/** A fault that has been arranged. */
export interface Fault {
  id: number;
  spec: FaultSpec;
  left: number;
  /** Lets each call go on that hangs on this fault. */
  held: Set<() => void>;
}

const KINDS = ['error', 'html', 'drop-before', 'drop-after', 'truncate', 'slow', 'hold'];

/** All faults of one fake. */
export class Faults {
  readonly #faults = new Map<number, Fault>();
  #last = 0;

  /** Arranges a fault and gives its id. */
  add(spec: FaultSpec): number {
    if (!KINDS.includes(spec.effect?.kind)) throw new Error(`no such effect; there are ${KINDS.join(', ')}`);
    this.#last += 1;
    const left = spec.times === null ? Infinity : (spec.times ?? 1);
    this.#faults.set(this.#last, { id: this.#last, spec, left, held: new Set() });
    return this.#last;
  }

  /** The oldest fault that matches, with one of its times used up. */
  take(method: string, bot: number | null, chat: string | undefined): Fault | undefined {
    for (const fault of this.#faults.values()) {
      const { spec } = fault;
      if (fault.left <= 0 || (spec.method !== undefined && spec.method.toLowerCase() !== method.toLowerCase()))
        continue;
      if (spec.bot !== undefined && spec.bot !== bot) continue;
      if (spec.chat !== undefined && String(spec.chat) !== chat) continue;
      fault.left -= 1;
      return fault;
    }
    return undefined;
  }

  /** Resolves when the fault is released or cleared, or the caller has hung up. */
  hang(fault: Fault, gone: AbortSignal): Promise<void> {
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

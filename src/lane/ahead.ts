// Entries behind the head of an 'out' lane that are sent before it has come to an end, where the network keeps their order.
// What came of them is looked at in their turn, so all that is written down of a lane stands in its order.
import type { Entry, Move, Seq } from '../store/api.ts';
import { mayBeTriedAgain } from './calls.ts';
import { whyItWaits, type Head } from './head.ts';
import type { Steps } from './steps.ts';

export class Ahead {
  readonly #steps: Steps;
  /** In their order. */
  readonly #heads = new Map<Seq, Head>();

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  get size(): number {
    return this.#heads.size;
  }

  add(head: Head): void {
    this.#heads.set(head.entry.seq, head);
  }

  get(seq: Seq): Head | undefined {
    return this.#heads.get(seq);
  }

  all(): Iterable<Head> {
    return this.#heads.values();
  }

  /** The entry is the head now; those before it are not waited for any more. */
  take({ seq }: Entry): Head | undefined {
    const head = this.#heads.get(seq);
    for (const earlier of this.#heads.keys()) if (earlier <= seq) this.#heads.delete(earlier);
    return head;
  }

  clear(): void {
    this.#heads.clear();
  }

  /**
   * The head was not taken and may be tried again. Resolves when all calls behind it have ended. True: the network took one
   * of them, so the head would come too late. Otherwise they wait behind the head again, but for what is refused for good.
   */
  async overtaken(): Promise<boolean> {
    const heads = [...this.#heads.values()];
    const outcomes = await Promise.all(heads.map(async ({ call }) => call?.outcome));
    if (outcomes.some((outcome) => outcome !== undefined && 'value' in outcome)) return true;
    const untaken: Move[] = [];
    for (const [index, head] of heads.entries()) {
      const outcome = outcomes[index];
      const { seq } = head.entry;
      if (head.call === undefined || (outcome !== undefined && !mayBeTriedAgain(outcome))) continue;
      const code = outcome !== undefined && 'fault' in outcome ? outcome.fault.code : 'offline';
      head.call = undefined;
      if (code === 'uncertain') {
        Object.assign(head, { unsure: true, maybe: true });
        continue;
      }
      untaken.push({ seq, to: 'later', notBefore: 0, why: whyItWaits(head, code) });
      this.#heads.delete(seq);
    }
    if (untaken.length > 0) await this.#steps.land({ move: untaken });
    return false;
  }
}

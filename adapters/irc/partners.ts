// With whom the user speaks in private, and where they went: a nick is no identity, and who has it next is somebody else.
import { AdapterError } from 'moongate/adapter';

/** Most people who are remembered. */
const MOST = 500;

/** Somebody has another nick. */
interface Gone {
  readonly now: string;
  /** When we saw it, in ms since 1970 by our clock. */
  readonly at: number;
}

/** All by nick in lower case. */
export class Partners {
  readonly #spoken = new Set<string>();
  readonly #gone = new Map<string, Gone>();

  /** Something was said in private with whoever has this nick now. */
  spoke(folded: string): void {
    this.#spoken.delete(folded);
    this.#spoken.add(folded);
    const [oldest] = this.#spoken;
    if (this.#spoken.size > MOST && oldest !== undefined) this.#spoken.delete(oldest);
  }

  /** True where the user should hear of it, since he has spoken with him. */
  renamed(before: string, folded: string, now: string, at: number): boolean {
    this.#gone.delete(folded);
    this.#gone.delete(before);
    this.#gone.set(before, { now, at });
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > MOST && oldest !== undefined) this.#gone.delete(oldest);
    return this.#spoken.delete(before);
  }

  /** Throws where somebody had this nick when the message was accepted, and has another one since: it is not for who has it next. */
  meant(folded: string, acceptedAt: number): void {
    const gone = this.#gone.get(folded);
    if (gone === undefined || acceptedAt > gone.at) return;
    const words = `Not sent: when you wrote it he took another nick, ${gone.now}. Write to him there.`;
    throw new AdapterError({ code: 'rejected', reason: 'not-found' }, words);
  }
}

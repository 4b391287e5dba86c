// Our own requests (IQ get and set) and their answers.
import type { Clock } from '../clock.ts';
import { x, type Element } from './stanza.ts';

export interface RequestsOptions {
  readonly domain: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly send: (stanza: Element) => void;
  /** Unique in the world: on some servers ids of components meet. */
  readonly newId: () => string;
}

const PATIENCE_MS = 10_000;
/** Nobody is asked more at a time; beyond it a request counts as unanswered. */
const MOST = 1_000;

interface Pending {
  readonly to: string;
  readonly end: (answer: Element | undefined) => void;
}

export class Requests {
  readonly #options: RequestsOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Resolves with the answer, result or error; with undefined where none came in time. */
  ask(type: 'get' | 'set', to: string, payload: Element): Promise<Element | undefined> {
    const { clock, domain, newId, send } = this.#options;
    if (this.#pending.size >= MOST) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const id = newId();
      const end = (answer: Element | undefined): void => {
        cancel();
        this.#pending.delete(id);
        resolve(answer);
      };
      const cancel = clock.after(PATIENCE_MS, () => end(undefined));
      this.#pending.set(id, { to, end });
      send(x('iq', { type, id, from: domain, to }, payload));
    });
  }

  /** Takes an answer; only from whom was asked. */
  answered(stanza: Element): void {
    const pending = this.#pending.get(stanza.attrs['id'] ?? '');
    if (pending?.to === stanza.attrs['from']) pending?.end(stanza);
  }

  /** No answer comes any more. */
  close(): void {
    for (const { end } of [...this.#pending.values()]) end(undefined);
  }
}

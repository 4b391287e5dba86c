// Who asked the server for something, and gets what belongs to it: in the order of asking, since most servers name no request.
import { randomBytes } from 'node:crypto';
import { AdapterError } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import type { Batch } from './batches.ts';
import { line } from './line.ts';

/** Somebody who asked. `claim` answers undefined for what is not his, 'mine' for a part, `{ is }` at the end; it throws to fail. */
export interface Talk<T> {
  readonly lines: readonly string[];
  claim?(message: Message, label: string | undefined): 'mine' | { readonly is: T } | undefined;
  batch?(batch: Batch): { readonly is: T } | undefined;
  /** With it a PING goes behind the lines, and this is asked when its PONG is back. */
  readonly fence?: () => T;
  readonly signal?: AbortSignal;
  /** How long the answer may take from the moment of writing, in ms; without it, as long as `signal` allows. */
  readonly withinMs?: number;
}

interface Open {
  readonly offer: (message: Message, label: string | undefined) => boolean;
  readonly offerBatch: (batch: Batch) => boolean;
  readonly over: () => void;
}

type Run = (write: () => void, cancelled: () => boolean) => void;

export class Talks {
  readonly #open = new Set<Open>();

  /** True where somebody had asked for it. */
  offer(message: Message, label: string | undefined): boolean {
    return this.#open.size > 0 && [...this.#open].some((talk) => talk.offer(message, label));
  }

  offerBatch(batch: Batch): boolean {
    return this.#open.size > 0 && [...this.#open].some((talk) => talk.offerBatch(batch));
  }

  /** The connection is over: nobody gets an answer any more. */
  over(): void {
    for (const talk of [...this.#open]) talk.over();
  }

  /** `run` waits for a line's turn, `send` writes it. */
  begin<T>(talk: Talk<T>, run: Run, send: (said: string) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const mark = randomBytes(9).toString('base64url');
    let [written, done] = [0, false];
    let timer: NodeJS.Timeout | undefined;
    const end = (settle: () => void): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      this.#open.delete(open);
      talk.signal?.removeEventListener('abort', given);
      settle();
    };
    const lost = (why: string): void => end(() => reject(written === 0 ? away(why) : doubt(why)));
    const given = (): void => lost('nobody waits any more');
    const settle = (outcome: () => { readonly is: T } | 'mine' | undefined): boolean => {
      try {
        const found = outcome();
        if (typeof found === 'object') end(() => resolve(found.is));
        return found !== undefined;
      } catch (error) {
        end(() => reject(error));
        return true;
      }
    };
    const { fence } = talk;
    const open: Open = {
      offer: (message, label) => {
        const fenced = fence !== undefined && message.command === 'PONG' && message.params[1] === mark;
        return settle(() => (fenced ? { is: fence() } : talk.claim?.(message, label)));
      },
      offerBatch: (batch) => settle(() => talk.batch?.(batch)),
      over: () => lost('the connection broke'),
    };
    this.#open.add(open);
    talk.signal?.addEventListener('abort', given, { once: true });
    if (talk.signal?.aborted) given();
    const late = (): void => {
      if (talk.withinMs !== undefined && !done)
        timer = setTimeout(() => lost('the server did not answer'), talk.withinMs);
    };
    const lines = [...talk.lines, ...(fence === undefined ? [] : [line('PING', [mark])])];
    for (const said of lines)
      run(
        () => {
          send(said);
          written += 1;
          if (written === lines.length) late();
        },
        () => done,
      );
    if (lines.length === 0) late();
    return promise;
  }
}

/** Certainly not done. */
export const away = (why: string): AdapterError =>
  new AdapterError({ code: 'temporary' }, `The IRC server cannot be reached: ${why}.`);

/** Perhaps done. */
export const doubt = (why: string): AdapterError =>
  new AdapterError({ code: 'uncertain' }, `It is not known whether the IRC server has it: ${why}.`);

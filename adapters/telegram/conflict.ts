// Two pollers of one bot take messages from each other, and Telegram tells either only by 409: who hears of it, and when.

export const POLLER_TEXT =
  'Another program is fetching the messages of your bot, so some may not arrive here. Stop the other program, or make ' +
  'a bot of its own for each.';
export const WEBHOOK_TEXT =
  'A webhook is set for your bot, so its messages go there and do not arrive here. Log in again: you are asked then ' +
  'whether to remove it.';

const SOON_MS = 3_000;
const SLOW_MS = 30_000;

/**
 * One run of conflicts. A poll that works does not end it, as both pollers get turns: it is over when there was none for
 * longer than a pause and two long polls of `heldMs` take.
 */
export class ConflictWatch {
  readonly #patienceMs: number;
  readonly #calmMs: number;
  #first = 0;
  #last = -Infinity;
  #told = false;

  constructor(patienceMs: number, heldMs: number) {
    this.#patienceMs = patienceMs;
    this.#calmMs = SLOW_MS + 2 * heldMs;
  }

  /** Notes a 409 (monotonic ms): how long to pause, and what to tell the user, which happens once a run. */
  note(now: number, description: string): { readonly pauseMs: number; readonly tell?: string } {
    if (now - this.#last > this.#calmMs) {
      this.#first = now;
      this.#told = false;
    }
    this.#last = now;
    const webhook = /webhook/i.test(description);
    // Our own last poll may still be held after a restart; a webhook stays until somebody removes it.
    if (!webhook && now - this.#first < this.#patienceMs) return { pauseMs: Math.min(SOON_MS, this.#patienceMs) };
    if (this.#told) return { pauseMs: SLOW_MS };
    this.#told = true;
    return { pauseMs: SLOW_MS, tell: webhook ? WEBHOOK_TEXT : POLLER_TEXT };
  }
}

// The contact that writes by itself. Its schedule is the account's cursor, moved in the transaction that stores each line,
// so a restart goes on where it stopped; what was due while the gateway was down is left out, not poured out at once.
import type { Host, LogEvent, UserId } from 'moongate/adapter';

/** Since `token` ordered it, a line every `everyMs`: number `beat` at `next` (milliseconds since 1970). */
export interface Schedule {
  readonly token: string;
  readonly everyMs: number;
  readonly next: number;
  readonly beat: number;
}
interface Timing {
  now(this: void): number;
  setTimer(this: void, run: () => void, ms: number): () => void;
}
type Say = (id: UserId, key: string, text: string) => LogEvent;

const help = 'I understand "every 5" (seconds, 1 to 86400) and "stop".';
const dayMs = 86_400_000;

/** How often "every N" asks for a line, in milliseconds; undefined where it is no such order. */
export function everyMs(text: string): number | undefined {
  const seconds = Number(/^every (\d{1,5}) ?(?:s|sec|seconds?)?$/i.exec(text.trim())?.[1]);
  return seconds >= 1 && seconds * 1000 <= dayMs ? seconds * 1000 : undefined;
}

export class Clock {
  readonly #host: Host<unknown, unknown, Schedule | null>;
  readonly #timing: Timing;
  readonly #say: Say;
  #schedule: Schedule | null;
  #cancel: () => void = () => undefined;
  #ticking: Promise<void> = Promise.resolve();

  constructor(host: Host<unknown, unknown, Schedule | null>, timing: Timing, say: Say) {
    this.#host = host;
    this.#timing = timing;
    this.#say = say;
    this.#schedule = host.cursor ?? null;
  }

  /** Goes on with the schedule that the account had. */
  start(): void {
    this.#schedule = this.#schedule && this.#after(this.#schedule, this.#timing.now() - 1);
    this.#arm();
  }

  /** Obeys a message. The same token again changes nothing but may complete what a crash interrupted. */
  async order(text: string, token: string): Promise<void> {
    const every = everyMs(text);
    const stop = text.trim().toLowerCase() === 'stop';
    const answer = (words: string): readonly LogEvent[] => [this.#say('clock', `answer/${token}`, words)];
    if (every === undefined && !stop) return this.#host.commit({ events: answer(help) });
    if (stop) this.#schedule = null;
    else if (every !== undefined && this.#schedule?.token !== token) {
      this.#schedule = { token, everyMs: every, next: this.#timing.now() + every, beat: 1 };
    }
    this.#cancel();
    const words = this.#schedule
      ? `I will write every ${this.#schedule.everyMs / 1000} s, until "stop".`
      : 'I am silent.';
    await this.#host.commit({ events: answer(words), cursor: this.#schedule });
    this.#arm();
  }

  /** Nothing is written after it resolves. */
  async close(): Promise<void> {
    this.#cancel();
    await this.#ticking;
  }

  #arm(): void {
    this.#cancel();
    const schedule = this.#schedule;
    if (!schedule || this.#host.signal.aborted) return;
    // A clock that was set back must not silence it for longer than it was asked to be silent.
    const ms = Math.min(Math.max(schedule.next - this.#timing.now(), 0), schedule.everyMs);
    this.#cancel = this.#timing.setTimer(() => {
      this.#ticking = this.#tick(schedule).catch((error: unknown) => {
        if (!this.#host.signal.aborted) this.#host.down(error);
      });
    }, ms);
  }

  async #tick(due: Schedule): Promise<void> {
    const now = this.#timing.now();
    const following = this.#after({ ...due, next: Math.min(due.next, now) + due.everyMs, beat: due.beat + 1 }, now);
    this.#schedule = following;
    const time = new Date(now).toISOString().slice(11, 19);
    const line = this.#say('clock', `tick/${due.token}/${due.beat}`, `It is ${time} UTC.`);
    await this.#host.commit({ events: [line], cursor: following });
    if (this.#schedule === following) this.#arm(); // else an order came meanwhile and armed what it wanted
  }

  /** The schedule with its first beat later than `then`. */
  #after(schedule: Schedule, then: number): Schedule {
    if (schedule.next > then) return schedule;
    const beats = Math.floor((then - schedule.next) / schedule.everyMs) + 1;
    return { ...schedule, next: schedule.next + beats * schedule.everyMs };
  }
}

// Numbered messages through rooms in one direction: so many under way, or one at a time at a pace. Whatever carries them says
// what arrived; a message that is missing, doubled or out of order fails the run.
import { performance } from 'node:perf_hooks';
import type { Span } from './users.ts';
import { Waits } from './patience.ts';

/** What each message carries besides its numbers. */
const WORDS = 'the quick brown fox jumps over the lazy dog, and does so once more';

/** How one direction is written to. */
export interface Way {
  /** Rooms, numbered from 0. */
  readonly rooms: number;
  readonly say: (room: number, text: string) => void;
}

interface Under {
  readonly mark: string;
  readonly said: Uint32Array;
  readonly arrived: Uint32Array;
  readonly onArrival: (room: number) => void;
}

export class Flow {
  #runs = 0;
  #now: Under | undefined;
  readonly #waits = new Waits();

  /** Something was read; what is not of this flow is no concern of it, an earlier run's message is. */
  read(body: string): void {
    const now = this.#now;
    if (now === undefined || !body.startsWith(now.mark)) return;
    const [, room = 0, turn = 0] = body.split(' ', 3).map(Number);
    const expected = (now.arrived[room] ?? 0) + 1;
    if (turn !== expected) return this.fail(new Error(`room ${room} got message ${turn} in the place of ${expected}`));
    now.arrived[room] = turn;
    now.onArrival(room);
  }

  /** Ends the run with this error. */
  fail(error: Error): void {
    this.#waits.fail(error);
  }

  /** Keeps `window` messages under way, the rooms in turn; says how many arrived a second within the span. */
  async flood(way: Way, window: number, span: Span): Promise<{ readonly arrived: number; readonly seconds: number }> {
    let [arrived, next, writing] = [0, 0, true];
    const under = this.#begin(way.rooms, () => {
      arrived += 1;
      if (writing) say();
    });
    const say = (): void => this.#say(way, under, next++ % way.rooms);
    for (let turn = 0; turn < window; turn++) say();
    await this.#waits.unbroken(span.warmMs);
    // The first message of a room costs more than the others.
    await this.#waits.until(() => under.arrived.every((count) => count > 0), 'a room has not begun');
    span.begin?.();
    const [before, began] = [arrived, performance.now()];
    await this.#waits.unbroken(span.ms);
    const [after, ended] = [arrived, performance.now()];
    span.end?.();
    writing = false;
    await this.#drained(under);
    return { arrived: after - before, seconds: (ended - began) / 1_000 };
  }

  /** One message every `everyMs`, the rooms in turn; says how long each was on its way, in milliseconds. */
  async paced(way: Way, everyMs: number, span: Span): Promise<readonly number[]> {
    const sent: number[][] = Array.from({ length: way.rooms }, () => []);
    const took: number[] = [];
    let warm = false;
    const under = this.#begin(way.rooms, (room) => {
      const began = sent[room]?.shift() ?? 0;
      if (warm) took.push(performance.now() - began);
    });
    const start = performance.now();
    for (let turn = 0; turn * everyMs < span.warmMs + span.ms; turn++) {
      await this.#waits.unbroken(Math.max(0, start + turn * everyMs - performance.now()));
      warm ||= turn * everyMs >= span.warmMs;
      sent[turn % way.rooms]?.push(performance.now());
      this.#say(way, under, turn % way.rooms);
    }
    await this.#drained(under);
    return took;
  }

  #begin(rooms: number, onArrival: (room: number) => void): Under {
    const [said, arrived] = [new Uint32Array(rooms), new Uint32Array(rooms)];
    return (this.#now = { mark: `${++this.#runs} `, said, arrived, onArrival });
  }

  #say(way: Way, { mark, said }: Under, room: number): void {
    const turn = (said[room] ?? 0) + 1;
    said[room] = turn;
    way.say(room, `${mark}${room} ${turn} ${WORDS}`);
  }

  async #drained({ said, arrived }: Under): Promise<void> {
    await this.#waits.until(() => said.every((count, room) => count === arrived[room]), 'messages never arrived');
    this.#now = undefined;
  }
}

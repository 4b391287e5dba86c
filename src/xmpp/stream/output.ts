// What is waiting to be written: one write for each turn of the event loop, and a count of what the server has not taken.
import type { Socket } from 'node:net';
import type { StreamClock, StreamLimits } from './api.ts';

/** How long what was read may go without anything written, in milliseconds. */
const ANSWER_MS = 3;

export class Output {
  readonly #socket: Socket;
  readonly #limits: Pick<StreamLimits, 'highWater' | 'backlog'>;
  readonly #clock: StreamClock;
  readonly #onWritable: () => void;
  #waiting = '';
  /** Something was read since the last write. */
  #unanswered = false;
  #cancelAnswer: (() => void) | undefined;
  #scheduled = false;
  #stopped = false;
  /** What had to wait for the server was taken, since that was asked last. */
  #drained = false;
  /** Somebody was told that there is no room, and waits to hear that there is. */
  #starved = false;

  /** `onWritable` is called when there is room again after `writable` was false or `push` refused. */
  constructor(
    socket: Socket,
    limits: Pick<StreamLimits, 'highWater' | 'backlog'>,
    clock: StreamClock,
    onWritable: () => void,
  ) {
    this.#socket = socket;
    this.#limits = limits;
    this.#clock = clock;
    this.#onWritable = onWritable;
  }

  /** Bytes (of what is not encoded yet: characters) that the system has not taken. */
  get backlog(): number {
    return this.#waiting.length + this.#socket.writableLength;
  }

  /** Whether the server has read, since this was asked last, though it may have said nothing: what had to wait for it was taken. */
  drained(): boolean {
    const drained = this.#drained;
    this.#drained = false;
    return drained;
  }

  get writable(): boolean {
    if (!this.#stopped && this.backlog < this.#limits.highWater) return true;
    this.#starved = true;
    return false;
  }

  /** Takes the text, unless the backlog is full. */
  push(xml: string): boolean {
    if (this.#stopped) return false;
    if (this.backlog + xml.length > this.#limits.backlog) {
      this.#starved = true;
      return false;
    }
    this.write(xml);
    return true;
  }

  /** Takes the text whatever the backlog is: for the stream's own needs. */
  write(xml: string): void {
    this.#waiting += xml;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /**
   * Something was read. If nothing else is written soon, white space is: a server that leaves Nagle's algorithm on, as Prosody
   * does, holds the next stanza back until the last is acknowledged, and the system puts that off by 40 ms where nothing is
   * written that it could go with.
   */
  heard(): void {
    this.#unanswered = true;
    this.#cancelAnswer ??= this.#clock.after(ANSWER_MS, () => {
      this.#cancelAnswer = undefined;
      if (this.#unanswered && this.#waiting === '' && !this.#stopped) this.#socket.write(' ');
      this.#unanswered = false;
    });
  }

  /** Writes what is waiting, now. */
  flush(): void {
    this.#scheduled = false;
    this.#unanswered = false;
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.#stopped) return;
    // What the system takes at once tells nothing of the server, whose own buffer may lie before that.
    let waits = false;
    this.#socket.write(text, () => {
      this.#drained ||= waits;
      this.#relieve();
    });
    waits = this.#socket.writableLength > 0;
  }

  #relieve(): void {
    if (!this.#starved || this.#stopped || this.backlog >= this.#limits.highWater) return;
    this.#starved = false;
    this.#onWritable();
  }

  /** Forgets what is waiting. */
  stop(): void {
    this.#stopped = true;
    this.#cancelAnswer?.();
    this.#waiting = '';
  }
}

// What is waiting to be written: one write for each turn of the event loop, and a count of what the server has not taken.
import type { Socket } from 'node:net';
import type { StreamLimits } from './api.ts';

export class Output {
  readonly #socket: Socket;
  readonly #limits: Pick<StreamLimits, 'highWater' | 'backlog'>;
  readonly #onWritable: () => void;
  #waiting = '';
  #scheduled = false;
  #stopped = false;
  /** Somebody was told that there is no room, and waits to hear that there is. */
  #starved = false;

  /** `onWritable` is called when there is room again after `writable` was false or `push` refused. */
  constructor(socket: Socket, limits: Pick<StreamLimits, 'highWater' | 'backlog'>, onWritable: () => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#onWritable = onWritable;
  }

  /** Bytes (of what is not encoded yet: characters) that the system has not taken. */
  get backlog(): number {
    return this.#waiting.length + this.#socket.writableLength;
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

  /** Writes what is waiting, now. */
  flush(): void {
    this.#scheduled = false;
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.#stopped) return;
    this.#socket.write(text, () => this.#relieve());
  }

  #relieve(): void {
    if (!this.#starved || this.#stopped || this.backlog >= this.#limits.highWater) return;
    this.#starved = false;
    this.#onWritable();
  }

  /** Forgets what is waiting. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = '';
  }
}

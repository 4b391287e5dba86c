// What of one stream was written and is not fenced, and what was fenced so lately that a server which dies may lose it.
import type { Entry } from '../store/api.ts';
import { DOUBT_MS } from './doubt.ts';

/** Most stanzas and bytes that are written and not fenced. */
const MOST_STANZAS = 128;
const MOST_BYTES = 256 * 1_024;

/** An entry in flight. */
export interface Written<Lane> {
  readonly lane: Lane;
  readonly entry: Entry;
  readonly stanzas: number;
  readonly bytes: number;
  /** It bounced before its fence came back: it is not settled. */
  bounced: boolean;
}

export class Window<Lane> {
  /** In the order of writing. */
  #written: Written<Lane>[] = [];
  #stanzas = 0;
  #bytes = 0;
  /** The length of #written when the fence that is under way was sent. */
  #fenced = 0;
  #lately: { readonly at: number; readonly written: readonly Written<Lane>[] }[] = [];

  /** Something more may be written. */
  get open(): boolean {
    return this.#stanzas < MOST_STANZAS && this.#bytes < MOST_BYTES;
  }

  /** So much fits. What is larger than the whole window goes alone. */
  fits(stanzas: number, bytes: number): boolean {
    if (this.#stanzas === 0) return true;
    return this.#stanzas + stanzas <= MOST_STANZAS && this.#bytes + bytes <= MOST_BYTES;
  }

  add(written: Written<Lane>): void {
    this.#written.push(written);
    this.#stanzas += written.stanzas;
    this.#bytes += written.bytes;
  }

  find(seq: number): Written<Lane> | undefined {
    return this.#written.find(({ entry }) => entry.seq === seq);
  }

  /** A fence is to be sent now: there is something to settle, and none is under way. */
  fence(): boolean {
    if (this.#fenced > 0 || this.#written.length === 0) return false;
    this.#fenced = this.#written.length;
    return true;
  }

  /** The fence came back: takes out what was written before it. `now` is monotonic. */
  fenced(now: number): readonly Written<Lane>[] {
    const done = this.#written.splice(0, this.#fenced);
    this.#fenced = 0;
    for (const { stanzas, bytes } of done) {
      this.#stanzas -= stanzas;
      this.#bytes -= bytes;
    }
    const doubtful = this.#lately.findIndex(({ at }) => now - at < DOUBT_MS);
    this.#lately.splice(0, doubtful < 0 ? this.#lately.length : doubtful);
    this.#lately.push({ at: now, written: done });
    return done;
  }

  /**
   * The stream ended: takes out what was not fenced, and what was fenced in the last seconds before `alive`, when the
   * server was last heard (monotonic).
   */
  ended(alive: number): { readonly unfenced: readonly Written<Lane>[]; readonly lately: readonly Written<Lane>[] } {
    const unfenced = this.#written;
    const lately = this.#lately
      .filter(({ at }) => alive - at < DOUBT_MS)
      .flatMap(({ written }) => written.filter(({ bounced, stanzas }) => !bounced && stanzas > 0));
    this.#written = [];
    this.#lately = [];
    this.#stanzas = this.#bytes = this.#fenced = 0;
    return { unfenced, lately };
  }
}

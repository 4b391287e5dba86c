// A PING behind what was written, one for several lines: at its PONG the server has read them all, and has said what it refuses.
import { randomBytes } from 'node:crypto';
import { line } from './line.ts';

/** How lines are written. */
export interface Pen {
  /** In its turn. */
  run(write: () => void, cancelled: () => boolean): void;
  /** Before anything else that waits. */
  next(write: () => void): void;
  /** When nothing else waits. */
  atLeisure(write: () => void, cancelled: () => boolean): void;
  /** At once, as part of what was run. */
  send(said: string): void;
  /** True while something waits. */
  readonly waits: boolean;
}

/** PINGs under way at once; lines that are written meanwhile wait for the next. */
const MOST_FENCES = 2;
/** While more waits to be written, a PING goes behind so many lines. */
const FENCED_TOGETHER = 4;

export class Fences<Line> {
  readonly #pen: Pen;
  readonly #underWay: { readonly mark: string; readonly lines: readonly Line[] }[] = [];
  #unfenced: Line[] = [];
  #isDue = false;
  #isOver = false;

  constructor(pen: Pen) {
    this.#pen = pen;
  }

  /** Writes a line. `alone`: the PING behind it is for nothing else. */
  write(said: string, written: Line, alone: boolean): void {
    const pen = this.#pen;
    this.#unfenced.push(written);
    // Before the line, so that the PING is in the same write.
    if (!alone) this.#soon();
    pen.send(said);
    if (alone || (pen.waits && this.#unfenced.length >= FENCED_TOGETHER)) pen.next(() => this.#fence());
  }

  /** The lines before a PING, now that its PONG is here; undefined where it is none of these. */
  answered(mark: string): readonly Line[] | undefined {
    if (this.#underWay[0]?.mark !== mark) return undefined;
    return this.#underWay.shift()?.lines;
  }

  /** Room for another PING. */
  goOn(): void {
    if (this.#unfenced.length > 0) this.#soon();
  }

  over(): void {
    this.#isOver = true;
  }

  /** One PING behind all that is written until it has its turn. */
  #soon(): void {
    if (this.#isDue || this.#underWay.length >= MOST_FENCES) return;
    this.#isDue = true;
    const nothing = (): boolean => {
      if (!this.#isOver && this.#unfenced.length > 0) return false;
      this.#isDue = false;
      return true;
    };
    const fence = (): void => {
      if (!nothing()) this.#fence();
      this.#isDue = false;
    };
    setImmediate(() => this.#pen.atLeisure(fence, nothing));
  }

  #fence(): void {
    if (this.#unfenced.length === 0) return;
    const mark = randomBytes(9).toString('base64url');
    this.#underWay.push({ mark, lines: this.#unfenced });
    this.#unfenced = [];
    this.#pen.send(line('PING', [mark]));
  }
}

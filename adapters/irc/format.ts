// mIRC's codes <-> the contract's spans. Colours have no span and go; black on black, as one hides a spoiler, is a spoiler.
import type { Markup, Span } from 'moongate/adapter';

/** What IRC clients can show. */
export const MARKUP: readonly Markup[] = ['bold', 'italic', 'underline', 'strike', 'code', 'spoiler'];

const BOLD = '\x02';
const COLOUR = '\x03';
const HEX_COLOUR = '\x04';
const RESET = '\x0f';
const CODE = '\x11';
const REVERSE = '\x16';
const ITALIC = '\x1d';
const STRIKE = '\x1e';
const UNDERLINE = '\x1f';

const TOGGLES: Readonly<Record<string, Markup>> = {
  [BOLD]: 'bold',
  [ITALIC]: 'italic',
  [UNDERLINE]: 'underline',
  [STRIKE]: 'strike',
  [CODE]: 'code',
};
const CODES = new Map<Markup, string>(Object.entries(TOGGLES).map(([code, kind]) => [kind, code]));
const HIDDEN = `${COLOUR}01,01`;

const ANY = /[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]/;
const UNSAYABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/g;

export interface Marked {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** What a line says, without its codes, and where they applied. Control characters that mean nothing are left out. */
export function parseFormat(line: string): Marked {
  if (!ANY.test(line)) return { text: line.replace(UNSAYABLE, ''), spans: [] };
  const reader = new Reader();
  for (let at = 0; at < line.length;) at += reader.take(line, at);
  return reader.end();
}

class Reader {
  #text = '';
  readonly #spans: Span[] = [];
  readonly #open = new Map<Markup, number>();

  /** Reads what stands at `at`; says how long it was. */
  take(line: string, at: number): number {
    const char = line.charAt(at);
    const toggled = Object.hasOwn(TOGGLES, char) ? TOGGLES[char] : undefined;
    if (toggled !== undefined) this.#set(toggled, !this.#open.has(toggled));
    else if (char === RESET) this.#reset();
    else if (char === COLOUR) return 1 + this.#colour(line, at + 1);
    else if (char === HEX_COLOUR)
      return 1 + (/^[0-9a-f]{6}(,[0-9a-f]{6})?/i.exec(line.slice(at + 1, at + 14))?.[0].length ?? 0);
    else if (char !== REVERSE) this.#text += char.replace(UNSAYABLE, '');
    return 1;
  }

  end(): Marked {
    this.#reset();
    const spans = this.#spans.toSorted((one, two) => one.start - two.start || two.end - one.end);
    return { text: this.#text, spans };
  }

  #colour(line: string, at: number): number {
    const [all = '', front, back] = /^(\d{1,2})?(?:,(\d{1,2}))?/.exec(line.slice(at, at + 5)) ?? [];
    if (front === undefined) {
      this.#set('spoiler', false);
      return 0;
    }
    if (back !== undefined) this.#set('spoiler', Number(front) === Number(back) && Number(front) < 99);
    return all.length;
  }

  #set(kind: Markup, on: boolean): void {
    const start = this.#open.get(kind);
    if (on && start === undefined) this.#open.set(kind, this.#text.length);
    if (on || start === undefined) return;
    this.#open.delete(kind);
    if (start < this.#text.length) this.#spans.push({ kind, start, end: this.#text.length });
  }

  #reset(): void {
    for (const kind of [...this.#open.keys()]) this.#set(kind, false);
  }
}

/** One line with codes for the spans that IRC can show; what stands in the text as a code already is taken out. */
export function writeFormat({ text, spans }: Marked): string {
  const known = spans.filter(({ kind, start, end }) => MARKUP.includes(kind) && start < end && start < text.length);
  if (known.length === 0) return text.replace(UNSAYABLE, '');
  const places = new Set(known.flatMap(({ start, end }) => [start, Math.min(end, text.length)]));
  const cuts = [...places, 0, text.length].sort((one, two) => one - two);
  let line = '';
  let before = new Set<Markup>();
  for (const [index, start] of cuts.entries()) {
    const end = cuts[index + 1] ?? text.length;
    const kinds = new Set(known.filter((span) => span.start <= start && span.end > start).map(({ kind }) => kind));
    if (start < end) {
      const piece = text.slice(start, end).replace(UNSAYABLE, '');
      line += between(before, kinds, piece) + piece;
      before = kinds;
    }
  }
  return line + between(before, new Set(), '');
}

function between(before: ReadonlySet<Markup>, after: ReadonlySet<Markup>, next: string): string {
  let codes = '';
  for (const kind of MARKUP) {
    if (before.has(kind) === after.has(kind)) continue;
    if (kind !== 'spoiler') codes += CODES.get(kind) ?? '';
    // A digit right behind the code that ends a colour would begin one.
    else codes += after.has(kind) ? HIDDEN : COLOUR + (/^[\d,]/.test(next) ? BOLD + BOLD : '');
  }
  return codes;
}

/** The line without any code. */
export function plain(line: string): string {
  return parseFormat(line).text;
}

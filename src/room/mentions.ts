// Whom a text names: by a nick at its beginning, as people have addressed each other in rooms for decades, or by a client's own mark
// (XEP-0372). Pure.
import type { Span, UserId } from '../adapter/api.ts';

/** Who bears a nick; undefined: nobody of the network. */
export type WhoIs = (nick: string) => UserId | undefined;

/** Somebody whom a client marked, as he stands in the text. */
export interface Marked {
  /** Undefined: nobody of the network. */
  readonly user: UserId | undefined;
  /** The words that stand for him. */
  readonly words: string;
}

/** Longest nick that is looked for. */
const LONGEST = 128;

/** The places where a text names somebody, in order and apart from each other. */
export function mentions(text: string, whoIs: WhoIs, marked: readonly Marked[] = []): readonly Span[] {
  const spans: Span[] = [];
  const first = addressee(text, whoIs);
  if (first) spans.push(first);
  for (const { user: value, words } of marked) {
    if (value === undefined || words === '') continue;
    const start = text.indexOf(words);
    const end = start + words.length;
    if (start >= 0 && spans.every((span) => span.end <= start || span.start >= end))
      spans.push({ kind: 'mention', start, end, value });
  }
  return spans.sort((one, two) => one.start - two.start);
}

/** "nick: ..." and "nick, ..." at the beginning, also with an @ before it. Nicks may hold spaces, colons and commas. */
function addressee(text: string, whoIs: WhoIs): Span | undefined {
  const start = text.startsWith('@') ? 1 : 0;
  for (const { index: end } of text.slice(0, LONGEST + 2).matchAll(/[:,](?=\s|$)/g)) {
    const value = whoIs(text.slice(start, end));
    if (value !== undefined) return { kind: 'mention', start, end, value };
  }
  return undefined;
}

// Cuts a message into as many as a network's limits ask for, at the most sensible place: a paragraph, a line, a sentence,
// a word, and only then between two characters as a reader sees them. What is lost is white space at the cuts.
import type { Content, Limits, Span } from '../adapter/api.ts';

/** A piece of a text, `start` to `end` in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}
/** The limits that cutting looks at. */
export type TextLimits = Pick<Limits, 'text' | 'textUnit' | 'oneLine'>;

/** The length of a text as a network counts it. */
export function textLength(text: string, unit: TextLimits['textUnit'] = 'utf16'): number {
  if (unit === 'bytes') return Buffer.byteLength(text);
  return unit === 'points' ? [...text].length : text.length;
}

/**
 * The content as one or more contents within the limits, spans carried along. What belongs to the whole message stands
 * with one part: a reply's target with the first; files, place and buttons with the last. Content that is nothing but
 * white space has no parts.
 */
export function splitContent(content: Content, limits: TextLimits): readonly Content[] {
  const { text, spans, replyTo, files, location, buttons, ...rest } = content;
  const ranges = text === undefined ? [] : splitText(text, limits);
  const whole = ranges.length === 1 && ranges[0]?.start === 0 && ranges[0].end === text?.length;
  const tail = {
    ...(files && { files }),
    ...(location && { location }),
    ...(buttons && { buttons }),
  };
  if (whole) return [content];
  if (text === undefined || ranges.length === 0)
    return Object.keys(tail).length === 0 ? [] : [{ ...rest, ...(replyTo && { replyTo }), ...tail }];
  return ranges.map((range, index) => {
    const within = spans && clip(spans, range);
    return {
      ...rest,
      text: text.slice(range.start, range.end),
      ...(within && within.length > 0 && { spans: within }),
      ...(index === 0 && replyTo && { replyTo }),
      ...(index === ranges.length - 1 && tail),
    };
  });
}

/** The spans as they lie in a piece of the text, counted from its start. */
export function clip(spans: readonly Span[], range: Range): readonly Span[] {
  return spans
    .map((span) => ({
      ...span,
      start: Math.max(span.start, range.start) - range.start,
      end: Math.min(span.end, range.end) - range.start,
    }))
    .filter(({ start, end }) => start < end);
}

/**
 * Where to cut a text. Each piece is within the limit (but a single code point is never cut, however small the limit),
 * none is empty or blank, none begins or ends inside a grapheme that would fit whole.
 */
export function splitText(text: string, limits: TextLimits): readonly Range[] {
  const pieces: Range[] = [];
  for (const line of limits.oneLine ? lines(text) : [{ start: 0, end: text.length }]) {
    const content = text.slice(line.start, line.end);
    if (content.trim() === '') continue;
    if (textLength(content, limits.textUnit) <= limits.text) pieces.push(line);
    else
      for (const { start, end } of cut(content, limits))
        pieces.push({ start: line.start + start, end: line.start + end });
  }
  return pieces;
}

function* lines(text: string): Generator<Range> {
  let start = 0;
  for (const { index, 0: found } of text.matchAll(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/g)) {
    yield { start, end: index };
    start = index + found.length;
  }
  yield { start, end: text.length };
}

/** One thing that is never cut: a grapheme, or a code point of a grapheme that is over the limit by itself. */
interface Unit {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly text: string;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function units(text: string, limits: TextLimits): readonly Unit[] {
  const found: Unit[] = [];
  const add = (part: string, start: number, size: number): void => {
    found.push({ start, end: start + part.length, size, text: part });
  };
  for (const { segment, index } of segmenter.segment(text)) {
    const size = textLength(segment, limits.textUnit);
    if (size <= limits.text) {
      add(segment, index, size);
      continue;
    }
    let start = index;
    for (const point of segment) {
      add(point, start, textLength(point, limits.textUnit));
      start += point.length;
    }
  }
  return found;
}

function cut(text: string, limits: TextLimits): readonly Range[] {
  const all = units(text, limits);
  const pieces: Range[] = [];
  for (let first = 0; first < all.length;) {
    const after = nextCut(all, first, limits.text);
    let last = after;
    while (last > first && isBlank(all[last - 1])) last -= 1;
    const [from, to] = [all[first], all[last - 1]];
    if (from && to && last > first) pieces.push({ start: from.start, end: to.end });
    first = after === all.length ? after : skipBlank(all, after);
  }
  return pieces;
}

const isBlank = (unit: Unit | undefined): boolean => unit !== undefined && /^\s+$/.test(unit.text);
const isBreak = (unit: Unit | undefined): boolean => isBlank(unit) && /[\n\r\u2028\u2029]/.test(unit?.text ?? '');
const endsSentence = (unit: Unit | undefined): boolean => /^[.!?…]/.test(unit?.text ?? '');
const endsSentenceAlone = (unit: Unit | undefined): boolean => /^[。！？｡]/.test(unit?.text ?? '');
const closes = (unit: Unit | undefined): boolean => /^["'’”»)\]]/.test(unit?.text ?? '');

/** The index of the first unit that no longer belongs to the piece that starts at `first`. */
function nextCut(all: readonly Unit[], first: number, limit: number): number {
  const best = { paragraph: 0, line: 0, sentence: 0, word: 0 };
  let size = 0;
  let index = first;
  for (; index < all.length; index += 1) {
    const unit = all[index];
    if (unit === undefined) break;
    // A cut that leaves a small piece behind is worse than a cut of a lower rank further on.
    const late = size * 2 >= limit;
    if (isBlank(unit) && index > first) {
      best.word = index;
      if (late && isBreak(unit))
        best[isBreak(all[index + 1]) || isBreak(all[index - 1]) ? 'paragraph' : 'line'] = index;
      if (late && (endsSentence(all[index - 1]) || (closes(all[index - 1]) && endsSentence(all[index - 2]))))
        best.sentence = index;
    } else if (late && endsSentenceAlone(all[index - 1]) && index > first) best.sentence = index;
    if (size + unit.size > limit && index > first) break;
    size += unit.size;
  }
  return index === all.length ? index : best.paragraph || best.line || best.sentence || best.word || index;
}

/** Skips white space behind a cut; after a line break the next line keeps its indentation. */
function skipBlank(all: readonly Unit[], index: number): number {
  let end = index;
  let kept = index;
  for (; isBlank(all[end]); end += 1) if (isBreak(all[end])) kept = end + 1;
  return kept > index && end < all.length ? kept : end;
}

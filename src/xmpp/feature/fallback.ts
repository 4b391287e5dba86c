// XEP-0428 0.2.1: Fallback Indication: which part of a body is there only for clients that do not know better.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0428. */
export const NS_FALLBACK = 'urn:xmpp:fallback:0';

/** A range of a body, in UTF-16 units. */
export interface FallbackRange {
  readonly start: number;
  readonly end: number;
}

/** The parts of a body that are a fallback for an extension. On the wire characters are code points (XEP-0426). */
export function readFallback(message: Element, what: string, body: string): readonly FallbackRange[] {
  const marks = message.getChildren('fallback', NS_FALLBACK).filter(({ attrs }) => attrs['for'] === what);
  if (marks.length === 0) return [];
  const units = offsets(body);
  const last = units.length - 1;
  return marks
    .flatMap((mark) => mark.getChildren('body'))
    .flatMap(({ attrs }) => {
      const [start, end] = [number(attrs['start'], 0), number(attrs['end'], last)];
      const [from, to] = [units[start], units[Math.min(end, last)]];
      return from === undefined || to === undefined || from >= to ? [] : [{ start: from, end: to }];
    });
}

/** Where each code point begins, and where the last one ends. */
function offsets(body: string): readonly number[] {
  const units = [0];
  for (const point of body) units.push((units.at(-1) ?? 0) + point.length);
  return units;
}

const number = (written: string | undefined, otherwise: number): number =>
  written === undefined ? otherwise : /^\d{1,9}$/.test(written) ? Number(written) : -1;

/** Says that the body up to `end` (UTF-16 units) is a fallback; without it, that the whole body is. */
export function fallback(what: string, body: string, end?: number): Element {
  const range = end === undefined ? {} : { start: '0', end: String([...body.slice(0, end)].length) };
  return x('fallback', { xmlns: NS_FALLBACK, for: what }, x('body', range));
}

// What a user typed, in the mark-up that his network knows: the rest stays as he typed it, to the character.
import type { Content, Markup, Span } from '../adapter/api.ts';
import { readStyling } from './styling.ts';

/**
 * Content as it stands in an 'out' entry: `styled` says that its text bears Message Styling (XEP-0393), which is read when
 * the network's limits are known. Spans that it has by itself then are mentions, and spoilers that begin a line and reach to
 * the end.
 */
export type Typed = Content & { readonly styled?: true };

/** The content with spans of those kinds alone. */
export function readTyped({ styled, ...content }: Typed, markup: readonly Markup[] = []): Content {
  const { text, spans = [], ...rest } = content;
  if (!styled && spans.length === 0) return content;
  const keeps = (kind: Markup): boolean => markup.includes(kind);
  const own = spans.filter(({ kind }) => keeps(kind));
  if (!styled || text === undefined) return withSpans({ ...rest, ...(text === undefined ? {} : { text }) }, own);
  const hidden = spans.filter(({ kind }) => kind !== 'mention');
  const from = Math.min(...hidden.map(({ start }) => start), text.length);
  const head = readStyling(text.slice(0, from), keeps);
  const tail = readStyling(text.slice(from), keeps);
  const shift = head.text.length;
  const end = shift + tail.text.length;
  const moved = tail.spans.map((span) => ({ ...span, start: span.start + shift, end: span.end + shift }));
  const over = hidden.filter(({ kind }) => keeps(kind)).map((span) => ({ ...span, start: shift, end }));
  const said = head.text + tail.text;
  const named = own.filter(({ kind }) => kind === 'mention').flatMap((span) => again(span, text, said));
  return withSpans({ ...rest, text: said }, [...named, ...head.spans, ...over, ...moved]);
}

/** A mention in the text that is left without its mark-up, which may have been in front of it. */
function again(span: Span, typed: string, said: string): readonly Span[] {
  const words = typed.slice(span.start, span.end);
  const start = said.lastIndexOf(words, span.start);
  return start < 0 ? [] : [{ ...span, start, end: start + words.length }];
}

const withSpans = (content: Content, spans: readonly Span[]): Content =>
  spans.length === 0 ? content : { ...content, spans };

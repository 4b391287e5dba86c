// Text with spans <-> Message Styling (XEP-0393). Styling has no way to escape, so what is written is read back: only spans
// that come out as they went in are written, and a text that would be read as styled without being so is marked as plain.
import type { Markup, Span } from '../adapter/api.ts';

/** A text as a client shows it: `unstyled` says that what looks like mark-up is none (XEP-0393, 6). */
export interface Styled {
  readonly body: string;
  readonly unstyled: boolean;
}
/** A text and what is set off in it; offsets in UTF-16 units. */
export interface Marked {
  readonly text: string;
  readonly spans: readonly Span[];
}

type Inline = 'bold' | 'italic' | 'strike' | 'code';
const DIRECTIVES: Readonly<Record<Inline, string>> = { bold: '*', italic: '_', strike: '~', code: '`' };
const KINDS: Readonly<Record<string, Inline>> = { '*': 'bold', _: 'italic', '~': 'strike', '`': 'code' };
const FENCE = '```';
/** More spans than this are not worth the looking: the rest lose their styling. */
const MOST_SPANS = 100;
/** Quotes within quotes deeper than this are text. */
const DEEPEST = 8;

// ---- reading

/** Whatever styles begins with one of these. */
const STYLED = /[*_~`>]/;

interface Writer {
  text: string;
  readonly spans: Span[];
  readonly keeps: (kind: Markup) => boolean;
}

/** What a body says. Spans of a kind that `keeps` refuses stay as they were typed. */
export function readStyling(body: string, keeps: (kind: Markup) => boolean = () => true): Marked {
  if (!STYLED.test(body)) return { text: body, spans: [] };
  const writer: Writer = { text: '', spans: [], keeps };
  readBlocks(body.split('\n'), writer, 0);
  return { text: writer.text, spans: writer.spans.toSorted(inOrder) };
}

const inOrder = (one: Span, two: Span): number => one.start - two.start || two.end - one.end;

function readBlocks(lines: readonly string[], writer: Writer, depth: number): void {
  for (let at = 0; at < lines.length;) {
    if (at > 0) writer.text += '\n';
    const line = lines[at] ?? '';
    if (line.startsWith(FENCE) && writer.keeps('pre')) at = readPre(lines, at, writer);
    else if (line.startsWith('>') && depth < DEEPEST && writer.keeps('quote')) at = readQuote(lines, at, writer, depth);
    else {
      readSpans(line, writer);
      at += 1;
    }
  }
}

/** From the fence to the next one or to the end of what it stands in. */
function readPre(lines: readonly string[], at: number, writer: Writer): number {
  const found = lines.indexOf(FENCE, at + 1);
  const end = found < 0 ? lines.length : found;
  const start = writer.text.length;
  const after = found < 0 ? end : end + 1;
  const inner = lines.slice(at + 1, end).join('\n');
  // Of what would set off nothing, nothing would be left.
  if (inner.trim() === '') {
    writer.text += lines.slice(at, after).join('\n');
    return after;
  }
  writer.text += inner;
  const value = (lines[at] ?? '').slice(FENCE.length).trim();
  writer.spans.push({ kind: 'pre', start, end: writer.text.length, ...(value === '' ? {} : { value }) });
  return after;
}

function readQuote(lines: readonly string[], at: number, writer: Writer, depth: number): number {
  let end = at;
  while (lines[end]?.startsWith('>')) end += 1;
  const start = writer.text.length;
  const inner = lines.slice(at, end).map((line) => line.slice(/^>\s/.test(line) ? 2 : 1));
  if (inner.join('').replace(/[>\s]/g, '') === '') {
    writer.text += lines.slice(at, end).join('\n');
    return end;
  }
  enclose(writer, start, 'quote', () => readBlocks(inner, writer, depth + 1));
  return end;
}

/** Spans are read from the left, lazily, and do not leave their line. */
function readSpans(line: string, writer: Writer): void {
  for (let at = 0; at < line.length;) {
    const close = opens(line, at) ? closing(line, at) : -1;
    const kind = KINDS[line[at] ?? ''];
    if (kind === undefined || close < 0) {
      writer.text += line[at];
      at += 1;
      continue;
    }
    const inner = line.slice(at + 1, close);
    const kept = writer.keeps(kind);
    if (!kept) writer.text += line[at];
    const start = writer.text.length;
    const read = (): void => {
      if (kind === 'code') writer.text += inner;
      else readSpans(inner, writer);
    };
    if (kept) enclose(writer, start, kind, read);
    else {
      read();
      writer.text += line[close];
    }
    at = close + 1;
  }
}

/** At the beginning, after white space, or after another opening directive, which is where `line` begins then. */
const opens = (line: string, at: number): boolean => at === 0 || /\s/.test(line[at - 1] ?? '');

/** The nearest end of a span that begins here; -1 where there is none. */
function closing(line: string, at: number): number {
  const directive = line[at] ?? '';
  if (/\s/.test(line[at + 1] ?? ' ')) return -1;
  for (let end = line.indexOf(directive, at + 1); end >= 0; end = line.indexOf(directive, end + 1))
    if (end > at + 1 && !/\s/.test(line[end - 1] ?? '')) return end;
  return -1;
}

/** A span around whatever `read` reads; it stands before the spans in it. */
function enclose(writer: Writer, start: number, kind: Markup, read: () => void): void {
  const place = writer.spans.length;
  read();
  writer.spans.splice(place, 0, { kind, start, end: writer.text.length });
}

// ---- writing

/** A text with spans as a body. Spans that styling cannot say lose their look, never a character; a link shows its address. */
export function writeStyling(text: string, spans: readonly Span[] = []): Styled {
  const shown = withAddresses(text, spans);
  const plain = { body: shown.text, unstyled: looksStyled(shown.text) };
  if (plain.unstyled) return plain;
  let chosen: readonly Span[] = [];
  let { body } = plain;
  for (const span of sayable(shown)) {
    const tried = [...chosen, span].toSorted(inOrder);
    const written = write(shown.text, tried);
    if (written === undefined || !comesBack(written, shown.text, tried)) continue;
    chosen = tried;
    body = written;
  }
  return { body, unstyled: false };
}

/** A client would show something of it in another way than as it stands. */
const looksStyled = (text: string): boolean => readStyling(text).spans.length > 0;

function comesBack(body: string, text: string, spans: readonly Span[]): boolean {
  const read = readStyling(body);
  return read.text === text && JSON.stringify(read.spans) === JSON.stringify(spans.map(bare));
}

const bare = ({ kind, start, end, value }: Span): Span =>
  kind === 'pre' && value !== undefined ? { kind, start, end, value } : { kind, start, end };

/** `text <address>`, and all spans where they are then. */
function withAddresses(text: string, spans: readonly Span[]): Marked {
  const links = spans
    .filter(({ kind, start, end, value }) => kind === 'link' && value && !sameAddress(text.slice(start, end), value))
    .map(({ end, value = '' }) => ({ at: end, address: ` <${value}>` }))
    .toSorted((one, two) => one.at - two.at);
  const shift = (at: number, isEnd: boolean): number =>
    links.reduce((sum, link) => (link.at < at || (link.at === at && !isEnd) ? sum + link.address.length : sum), at);
  const moved = spans.map((span) => ({ ...span, start: shift(span.start, false), end: shift(span.end, true) }));
  const out = links.reduceRight((all, { at, address }) => all.slice(0, at) + address + all.slice(at), text);
  return { text: out, spans: moved };
}

const sameAddress = (shown: string, address: string): boolean => {
  const short = (url: string): string => url.replace(/^(https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '');
  return short(shown.trim()).toLowerCase() === short(address).toLowerCase();
};

/** The spans that styling has a word for, outer ones first: within one line, without white space at their ends. */
function sayable({ text, spans }: Marked): readonly Span[] {
  const blocks = spans.filter(({ kind }) => kind === 'quote' || kind === 'pre');
  const inline = spans.flatMap((span) => (span.kind in DIRECTIVES ? perLine(text, span) : []));
  const short = blocks.filter((span) => !wholeLines(text, span) && !text.slice(span.start, span.end).includes('\n'));
  const asCode = short.flatMap((span) => (span.kind === 'pre' ? perLine(text, { ...span, kind: 'code' }) : []));
  const whole = blocks.filter((span) => wholeLines(text, span)).map(bare);
  const order = ['quote', 'pre'] as const;
  const rank = ({ kind }: Span): number => (order as readonly string[]).indexOf(kind) + 1 || order.length + 1;
  return [...whole, ...inline, ...asCode].toSorted((a, b) => rank(a) - rank(b) || inOrder(a, b)).slice(0, MOST_SPANS);
}

const wholeLines = (text: string, { start, end }: Span): boolean =>
  (start === 0 || text[start - 1] === '\n') && (end === text.length || text[end] === '\n');

/** The pieces of a span in each line, cut to what is no white space. */
function perLine(text: string, { kind, start, end }: Span): readonly Span[] {
  const pieces: Span[] = [];
  for (const { index, 0: found } of text.slice(start, end).matchAll(/[^\n]+/g)) {
    const lead = found.length - found.trimStart().length;
    const length = found.trim().length;
    if (length > 0) pieces.push({ kind, start: start + index + lead, end: start + index + lead + length });
  }
  return pieces;
}

/** The body; undefined where spans cross each other. */
function write(text: string, spans: readonly Span[]): string | undefined {
  const crossing = spans.some((one) =>
    spans.some((two) => one.start < two.start && two.start < one.end && one.end < two.end),
  );
  if (crossing) return undefined;
  return writeBlocks(text, 0, text.length, spans);
}

/** The lines of a range, with the outermost quotes and code blocks in it. */
function writeBlocks(text: string, from: number, to: number, spans: readonly Span[]): string {
  const lines: string[] = [];
  for (let at = from; at <= to;) {
    const within = spans.filter(({ start, end }) => start >= from && end <= to);
    const block = within.find(({ kind, start }) => (kind === 'quote' || kind === 'pre') && start === at);
    if (block !== undefined) {
      const inner = spans.filter((span) => span !== block);
      if (block.kind === 'pre') lines.push(FENCE + (block.value ?? ''), text.slice(at, block.end), FENCE);
      else lines.push(writeBlocks(text, at, block.end, inner).replace(/^/gm, '> '));
      at = block.end + 1;
      continue;
    }
    const found = text.indexOf('\n', at);
    const end = found < 0 || found > to ? to : found;
    lines.push(writeSpans(text, at, end, within));
    at = end + 1;
  }
  return lines.join('\n');
}

/** A line with the directives of its spans. */
function writeSpans(text: string, from: number, to: number, spans: readonly Span[]): string {
  const here = spans.filter(({ kind, start, end }) => kind in DIRECTIVES && start >= from && end <= to);
  let out = '';
  for (let at = from; at <= to; at += 1) {
    for (const { kind, end } of here.toReversed()) if (end === at) out += DIRECTIVES[kind as Inline];
    for (const { kind, start } of here) if (start === at) out += DIRECTIVES[kind as Inline];
    if (at < to) out += text[at];
  }
  return out;
}

// Telegram's entities <-> the spans of the contract. Both count UTF-16 units, so a place in the text needs no conversion.
import type { Markup, Span } from 'moongate/adapter';
import type { MessageEntity } from 'telegraf/types';
import { fields, list, whole, words } from './shape.ts';

const KINDS: Readonly<Record<string, Markup>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  spoiler: 'spoiler',
  code: 'code',
  pre: 'pre',
  blockquote: 'quote',
  expandable_blockquote: 'quote',
  text_link: 'link',
  text_mention: 'mention',
  mention: 'mention',
};

/** All that Telegram can say. */
export const MARKUP: readonly Markup[] = [...new Set(Object.values(KINDS))];

/** Most entities that Telegram keeps of one message; it drops the rest, so that is done here, from the end. */
const MOST_ENTITIES = 100;

/** The id of whoever has a username. */
type IdOf = (username: string) => string | undefined;

/**
 * The spans of entities that came with this text. What shows by itself (addresses, #tags, @names that `idOf` does not
 * know) and what is not known or lies outside of the text is left out.
 */
export function spansOf(entities: unknown, text: string, idOf: IdOf = () => undefined): readonly Span[] {
  const spans: Span[] = [];
  for (const entity of list(entities)) {
    const { type, offset, length, ...more } = fields(entity) ?? {};
    const [name, start, size] = [words(type), whole(offset) ?? -1, whole(length) ?? 0];
    const kind = name !== undefined && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    if (kind === undefined || start < 0 || size <= 0 || start + size > text.length) continue;
    const value = name === 'mention' ? idOf(text.slice(start + 1, start + size)) : valueOf(kind, more);
    if (value === undefined && (kind === 'link' || kind === 'mention')) continue;
    spans.push({ kind, start, end: start + size, ...(value === undefined ? {} : { value }) });
  }
  return spans;
}

function valueOf(kind: Markup, { url, user, language }: Readonly<Record<string, unknown>>): string | undefined {
  if (kind === 'link') return words(url);
  if (kind === 'mention') return whole(fields(user)?.id)?.toString();
  return kind === 'pre' ? words(language) : undefined;
}

/** The spans as entities of this text, outer ones first. A span that Telegram would refuse loses its look. */
export function entitiesOf(spans: readonly Span[], text: string): MessageEntity[] {
  return spans
    .toSorted((one, two) => one.start - two.start || two.end - one.end)
    .flatMap((span) => {
      const { start, end } = span;
      if (start < 0 || start >= end || end > text.length || cuts(text, start) || cuts(text, end)) return [];
      return entityOf(span);
    })
    .slice(0, MOST_ENTITIES);
}

function entityOf({ kind, start, end, value }: Span): MessageEntity[] {
  const place = { offset: start, length: end - start };
  switch (kind) {
    case 'bold':
    case 'italic':
    case 'underline':
    case 'spoiler':
    case 'code':
      return [{ type: kind, ...place }];
    case 'strike':
      return [{ type: 'strikethrough', ...place }];
    case 'quote':
      return [{ type: 'blockquote', ...place }];
    case 'pre':
      return [{ type: 'pre', ...place, ...(value === undefined ? {} : { language: value }) }];
    case 'link':
      return value === undefined || !isAddress(value) ? [] : [{ type: 'text_link', ...place, url: value }];
    case 'mention': {
      const id = Number(value);
      // Telegram looks at the id alone.
      const user = { id, is_bot: false, first_name: String(id) };
      return Number.isSafeInteger(id) && id > 0 ? [{ type: 'text_mention', ...place, user }] : [];
    }
  }
}

/** What lies behind words must be an address that Telegram opens. */
const isAddress = (value: string): boolean => /^(https?|tg|mailto|tel):/i.test(value) && URL.canParse(value);

/** Inside of a character of two units, where Telegram refuses the whole message. */
const cuts = (text: string, at: number): boolean =>
  /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));

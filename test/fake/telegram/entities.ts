// What Telegram makes of a text: what it finds in it by itself (links, commands, mentions), and parse_mode HTML.
import type { ApiEntity } from './control-api.ts';

/** A text with its entities. */
export interface FormattedText {
  text: string;
  entities: ApiEntity[];
}

/** A text that Telegram refuses; `message` is the description without its `Bad Request: `. */
export class TextError extends Error {}

const PATTERNS: readonly [type: string, pattern: RegExp][] = [
  ['url', /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g],
  ['email', /(?<![\w.+-])[\w.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]*[a-zA-Z]{2}/g],
  ['bot_command', /(?<![\w/<>.])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/])/g],
  ['mention', /(?<![\w@.])@[a-zA-Z][a-zA-Z0-9_]{2,31}\b/g],
  ['hashtag', /(?<![\p{L}\p{N}_#&])#[\p{L}\p{N}_]*[\p{L}_][\p{L}\p{N}_]*/gu],
];

/** Adds what Telegram finds by itself to the given entities, sorted by their place; never inside code or links. */
export function detectEntities(text: string, given: readonly ApiEntity[] = []): ApiEntity[] {
  const found = [...given];
  const closed = given.filter(({ type }) => ['code', 'pre', 'text_link', 'text_mention', 'url'].includes(type));
  for (const [type, pattern] of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length };
      if (closed.some((other) => overlap(entity, other))) continue;
      closed.push(entity);
      found.push(entity);
    }
  }
  return found.sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function overlap(a: ApiEntity, b: ApiEntity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

/** Drops what Telegram drops from a text: control characters, and white space at both ends. Entities move along. */
export function cleanText({ text, entities }: FormattedText): FormattedText {
  const printable = text.replace(/[\u0000-\u0008\u000b-\u001f]/g, ' ');
  const cut = printable.length - printable.trimStart().length;
  const trimmed = printable.trim();
  const moved = entities.flatMap((entity) => {
    const start = Math.max(entity.offset - cut, 0);
    const end = Math.min(entity.offset - cut + entity.length, trimmed.length);
    return end > start ? [{ ...entity, offset: start, length: end - start }] : [];
  });
  return { text: trimmed, entities: moved };
}

const TAGS: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  span: 'spoiler',
  'tg-spoiler': 'spoiler',
  'tg-emoji': 'custom_emoji',
  blockquote: 'blockquote',
};
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  name: string;
  offset: number;
  attributes: Map<string, string>;
}

/** Reads parse_mode HTML. Throws `TextError` with Telegram's words for what it cannot read. */
export function parseHtml(source: string): FormattedText {
  const token = /<(\/?)([^\s<>/]*)([^<>]*)>|&(#x?[0-9a-fA-F]+|[a-z]+);|</g;
  const open: OpenTag[] = [];
  const entities: ApiEntity[] = [];
  let text = '';
  let at = 0;
  for (const match of source.matchAll(token)) {
    text += source.slice(at, match.index);
    at = match.index + match[0].length;
    const byte = Buffer.byteLength(source.slice(0, match.index));
    const [whole, slash, rawName = '', attributes = '', reference] = match;
    const name = rawName.toLowerCase();
    if (reference !== undefined) text += decodeReference(reference) ?? whole;
    else if (whole === '<') throw cannotParse(`Unclosed start tag at byte offset ${byte}`);
    else if (slash === '/') entities.push(...closeTag(open.pop(), name, text, byte));
    else open.push(openTag(name, attributes, text.length, byte));
  }
  const left = open.at(-1);
  if (left) throw cannotParse(`Can't find end tag corresponding to start tag "${left.name}"`);
  return { text: text + source.slice(at), entities };
}

function cannotParse(why: string): TextError {
  return new TextError(`can't parse entities: ${why}`);
}

function openTag(name: string, source: string, offset: number, byte: number): OpenTag {
  if (!Object.hasOwn(TAGS, name)) throw cannotParse(`Unsupported start tag "${name}" at byte offset ${byte}`);
  const attributes = new Map<string, string>();
  for (const [, key = '', a, b, c] of source.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g)) {
    attributes.set(
      key.toLowerCase(),
      (a ?? b ?? c ?? '').replace(/&([a-z]+);/g, (all, n: string) => NAMED[n] ?? all),
    );
  }
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
    throw cannotParse(`Tag "span" must have class "tg-spoiler" at byte offset ${byte}`);
  }
  return { name, offset, attributes };
}

function closeTag(tag: OpenTag | undefined, name: string, text: string, byte: number): ApiEntity[] {
  if (!tag) throw cannotParse(`Unexpected end tag at byte offset ${byte}`);
  if (name !== '' && name !== tag.name) {
    throw cannotParse(`Unmatched end tag at byte offset ${byte}, expected "</${tag.name}>", found "</${name}>"`);
  }
  const { offset, attributes } = tag;
  const entity: ApiEntity = { type: TAGS[tag.name] ?? '', offset, length: text.length - offset };
  if (entity.length === 0) return [];
  const language = attributes.get('class')?.match(/^language-(.+)$/)?.[1];
  if (tag.name === 'a') {
    const url = attributes.get('href') ?? text.slice(offset);
    return /^(https?|tg|mailto|tel):|^[\w-]+(\.[\w-]+)+/.test(url) ? [{ ...entity, url }] : [];
  }
  if (tag.name === 'tg-emoji') return [{ ...entity, custom_emoji_id: attributes.get('emoji-id') ?? '' }];
  if (tag.name === 'blockquote' && attributes.has('expandable')) return [{ ...entity, type: 'expandable_blockquote' }];
  return [language === undefined ? entity : { ...entity, language }];
}

function decodeReference(reference: string): string | undefined {
  if (!reference.startsWith('#')) return NAMED[reference];
  const hex = reference[1] === 'x';
  const code = Number.parseInt(reference.slice(hex ? 2 : 1), hex ? 16 : 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

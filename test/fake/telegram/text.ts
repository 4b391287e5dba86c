// The text of a message that a bot sends: parse mode, entities and length, checked in Telegram's order.
import { type Answer, badRequest } from './answers.ts';
import type { ApiEntity } from './control-api.ts';
import { cleanText, detectEntities, type FormattedText, parseHtml, TextError } from './entities.ts';
import { jsonArgument, type Parameters } from './parameters.ts';

const TEXT_LIMIT = 4096;
const BYTE_LIMIT = 1 << 15;
/** Entities that only the server finds; a bot that names them is not contradicted, they are simply found anew. */
const AUTOMATIC = new Set([
  'mention',
  'hashtag',
  'cashtag',
  'bot_command',
  'url',
  'email',
  'phone_number',
  'bank_card_number',
]);
const CHOSEN = new Set(
  (
    'bold italic underline strikethrough spoiler blockquote expandable_blockquote code pre text_link text_mention ' +
    'custom_emoji'
  ).split(' '),
);

/** Reads `text`, `parse_mode` and `entities`; gives the text as it is kept, or the refusal. */
export function readText(parameters: Parameters): FormattedText | { refusal: Answer } {
  const source = parameters['text'] ?? '';
  if (source === '') return { refusal: badRequest('message text is empty') };
  if (Buffer.byteLength(source) > BYTE_LIMIT) return { refusal: badRequest('text is too long') };
  try {
    const clean = cleanText(formatted(source, parameters));
    if (clean.text === '') return { refusal: badRequest('text must be non-empty') };
    if (clean.text.length > TEXT_LIMIT) return { refusal: badRequest('message is too long') };
    return { text: clean.text, entities: detectEntities(clean.text, clean.entities) };
  } catch (error) {
    if (error instanceof TextError) return { refusal: badRequest(error.message) };
    throw error;
  }
}

function formatted(source: string, parameters: Parameters): FormattedText {
  const mode = (parameters['parse_mode'] ?? '').toLowerCase();
  if (mode === 'html') return parseHtml(source);
  if (mode !== '' && mode !== 'none') throw new TextError('unsupported parse_mode');
  return { text: source, entities: givenEntities(source, jsonArgument(parameters['entities'])) };
}

function givenEntities(text: string, list: unknown): ApiEntity[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const entity = checkedEntity(item);
    if (AUTOMATIC.has(entity.type)) return [];
    const end = entity.offset + entity.length;
    if (entity.offset < 0 || entity.length <= 0 || end > text.length) return [];
    if (splitsCharacter(text, entity.offset) || splitsCharacter(text, end)) {
      throw new TextError('entity beginning or end lies in the middle of a UTF-16 symbol');
    }
    return [entity];
  });
}

function checkedEntity(item: unknown): ApiEntity {
  if (typeof item !== 'object' || item === null) throw new TextError("can't parse MessageEntity: expected an Object");
  const { type, offset, length } = item as Partial<Record<string, unknown>>;
  for (const [name, value] of [
    ['offset', offset],
    ['length', length],
  ] as const) {
    if (value === undefined) throw new TextError(`can't parse MessageEntity: Can't find field "${name}"`);
    if (!Number.isInteger(Number(value))) {
      throw new TextError(`can't parse MessageEntity: Field "${name}" must be a valid Number`);
    }
  }
  if (typeof type !== 'string' || !(CHOSEN.has(type) || AUTOMATIC.has(type))) {
    throw new TextError("can't parse MessageEntity: Unsupported type specified");
  }
  return { ...(item as ApiEntity), offset: Number(offset), length: Number(length) };
}

function splitsCharacter(text: string, at: number): boolean {
  return /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));
}

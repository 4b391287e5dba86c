// Lines of the protocol: written safely, measured in bytes, cut between characters.
import { AdapterError } from 'moongate/adapter';

/** A line's longest, with CR and LF (RFC 2812, 2.3); tags come on top. */
export const LINE_BYTES = 512;

/** Tags of a message to be sent; `true` has no value. */
export type Tags = Readonly<Record<string, string>>;

const ESCAPES: Readonly<Record<string, string>> = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };

/**
 * One line without its end. Throws 'invalid' where a parameter but the last would be read as two: a name with a space, an
 * empty one. Line ends and NUL, which would begin another command, become spaces.
 */
export function line(command: string, params: readonly string[], tags: Tags = {}): string {
  const last = params.length - 1;
  const said = params.map((param, index) => {
    const safe = param.replace(/[\r\n\0]/g, ' ');
    if (index < last) return middle(safe);
    return safe === '' || safe.startsWith(':') || safe.includes(' ') ? `:${safe}` : safe;
  });
  const named = Object.entries(tags).map(([name, value]) => `${name}${value === '' ? '' : `=${escaped(value)}`}`);
  return [...(named.length > 0 ? [`@${named.join(';')}`] : []), command, ...said].join(' ');
}

function middle(param: string): string {
  if (param !== '' && !param.includes(' ') && !param.startsWith(':')) return param;
  throw new AdapterError({ code: 'rejected', reason: 'invalid' }, `"${param}" is no name on IRC.`);
}

const escaped = (value: string): string => value.replace(/[; \\\r\n]/g, (char) => ESCAPES[char] ?? '');

export const bytes = (text: string): number => Buffer.byteLength(text);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text in pieces of at most `most` bytes: between words where it can, never within a character. */
export function split(text: string, most: number): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (bytes(rest) > most) {
    const end = cut(rest, most);
    pieces.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === '' && pieces.length > 0 ? pieces : [...pieces, rest];
}

/** Where the longest beginning of at most `most` bytes ends. */
function cut(text: string, most: number): number {
  let size = 0;
  let fits = 0;
  let space = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    size += bytes(segment);
    if (size > most) break;
    fits = index + segment.length;
    if (segment === ' ') space = fits;
  }
  if (fits > 0) return space > fits / 2 ? space : fits;
  return withinCluster(text, most);
}

/** A cluster that is longer than a line is cut between code points. */
function withinCluster(text: string, most: number): number {
  let size = 0;
  let fits = 0;
  for (const point of text) {
    size += bytes(point);
    if (size > most && fits > 0) break;
    fits += point.length;
  }
  return fits;
}

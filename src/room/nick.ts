// Names of the network as nicks: what both servers leave unchanged as a resource (RFC 6122, appendix B; RFC 7622), and rules that make
// equal ones different. Pure.

import { isOld } from './unicode32.ts';

/** Longer ones are cut, in bytes of UTF-8. */
const LONGEST = 128;
/** What resourceprep maps to nothing (RFC 3454, B.1): joiners, selectors, soft hyphens. */
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
/** What it forbids (C.1.2 to C.9), and what has no character. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u0340\u0341\ufff9-\ufffd]/gu;
const SPACES = /[\s\p{Z}]+/gu;
/** Letters that are written from right to left: with one of them, all letters must be, and one at either end (RFC 3454, 6). */
const RTL = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LTR_LETTERS =
  /(?![\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}])[\p{L}\p{So}]/gu;
const FIRST_HEBREW = 0x05d0;

/** The nick for a display name; of the user's id where the name leaves nothing to show. Normalising it again changes nothing. */
export function nickOf(name: string, id: string): string {
  return normal(name) || normal(id) || '?';
}

/** Two nicks with one key would be taken for one another. */
export const nickKey = (nick: string): string => nick.normalize('NFKC').toLowerCase();

/** The nick with a suffix from the occupant-id, for when somebody else has it already. `length` characters of it. */
export function distinct(nick: string, occupantId: string, length = 4): string {
  const part = occupantId.slice(0, length);
  if (!RTL.test(nick)) return `${cut(nick, LONGEST - length - 3)} (${part})`;
  const letters = Array.from(part, (char) => String.fromCodePoint(FIRST_HEBREW + (char.charCodeAt(0) % 26)));
  return `${cut(nick, LONGEST - 2 * length - 1)} ${letters.join('')}`;
}

function normal(name: string): string {
  const known = Array.from(name.replace(SPACES, ' ').normalize('NFKC').replace(NOTHING, '')).filter(isOld).join('');
  const clean = known.replace(FORBIDDEN, '').normalize('NFKC').replace(/\s+/gu, ' ').trim();
  if (!RTL.test(clean)) return cut(clean, LONGEST);
  const letters = clean.replace(LTR_LETTERS, '');
  const chars = Array.from(letters);
  const first = chars.findIndex((char) => RTL.test(char));
  const last = chars.findLastIndex((char) => RTL.test(char));
  return cut(chars.slice(first, last + 1).join(''), LONGEST);
}

/** As many whole characters as fit. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let kept = '';
  let size = 0;
  for (const char of text) {
    size += Buffer.byteLength(char);
    if (size > bytes) break;
    kept += char;
  }
  return kept.trim();
}

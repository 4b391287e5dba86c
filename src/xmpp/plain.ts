// Content of the network as one readable text, for clients that know nothing more: nothing that was said is left out.
import type { Content, FileRef, Span } from '../adapter/api.ts';
import { pick, text as words } from '../text/index.ts';

/** Content as a text in the language of a BCP 47 tag. Empty only where the content holds nothing at all. */
export function plainText(content: Content, lang: string | undefined): string {
  const { text, spans = [], files = [], location, replyTo, buttons = [] } = content;
  const lines = [
    ...(replyTo?.text ? [quote(replyTo.text)] : []),
    ...(text ? [withLinks(text, spans)] : []),
    ...files.map((file) => fileLine(file, lang)),
    ...(location ? [words(lang, 'message.location', { geo: `geo:${location.lat},${location.lon}` })] : []),
    ...buttons.map(({ label, url }) => (url === undefined ? `[${label}]` : `[${label}] ${url}`)),
  ];
  return lines.join('\n');
}

const quote = (text: string): string => text.replace(/^/gm, '> ');

/** A link whose address is not its text would lose the address: it follows in brackets. */
function withLinks(text: string, spans: readonly Span[]): string {
  const links = spans
    .filter(({ kind, start, end, value }) => kind === 'link' && value && !sameLink(text.slice(start, end), value))
    .toSorted((one, two) => two.end - one.end);
  return links.reduce((out, { end, value }) => `${out.slice(0, end)} (${value})${out.slice(end)}`, text);
}

const sameLink = (shown: string, address: string): boolean => {
  const bare = (url: string): string => url.replace(/^(https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '');
  return bare(shown.trim()).toLowerCase() === bare(address).toLowerCase();
};

function fileLine(file: FileRef, lang: string | undefined): string {
  const { kind = 'file', name, mime, bytes, seconds, url } = file;
  const facts = [
    name ?? mime,
    bytes === undefined ? undefined : size(bytes, lang),
    seconds === undefined
      ? undefined
      : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`,
  ].filter((fact) => fact !== undefined && fact !== '');
  return `[${words(lang, `message.file.${kind}`)}: ${facts.join(', ')}]${url === undefined ? '' : ` ${url}`}`;
}

/** Bytes as people read them. */
function size(bytes: number, lang: string | undefined): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const format = new Intl.NumberFormat(pick(lang), {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  });
  return format.format(bytes / 1000 ** power);
}

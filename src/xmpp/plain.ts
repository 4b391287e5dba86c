// Content of the network as one readable body, styled as far as Message Styling goes: nothing that was said is left out.
import type { Content, FileRef } from '../adapter/api.ts';
import { writeStyling, type Styled } from '../message/styling.ts';
import { pick, text as words } from '../text/index.ts';
import { readGeo, writeGeo } from './feature/geo.ts';

/** Content as a body in the language of a BCP 47 tag, without what it answers. Empty only where it holds nothing at all. */
export function bodyOf(content: Content, lang: string | undefined): Styled {
  const { text = '', spans = [], files = [], location, buttons = [] } = content;
  const lines = [
    ...(text ? [text] : []),
    ...files.map((file) => fileLine(file, lang)),
    ...buttons.map(({ label, url }) => (url === undefined ? `[${label}]` : `[${label}] ${url}`)),
  ];
  const isSaid = readGeo(text) !== undefined;
  // Clients know a place by a URI that stands alone.
  if (location && lines.length === 0) return { body: writeGeo(location), unstyled: false };
  if (location && !isSaid) lines.push(words(lang, 'message.location', { geo: writeGeo(location) }));
  return writeStyling(lines.join('\n'), spans);
}

/** The same without styling; a link keeps its address. */
export function plainBodyOf(content: Content, lang: string | undefined): Styled {
  const links = content.spans?.filter(({ kind }) => kind === 'link') ?? [];
  return { body: bodyOf({ ...content, spans: links }, lang).body, unstyled: true };
}

/** The words that a message answers, as a quote before what it says; empty where they are not known. */
export function quoteOf({ replyTo }: Content): string {
  return replyTo?.text ? `${replyTo.text.replace(/^/gm, '> ')}\n` : '';
}

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

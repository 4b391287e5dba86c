// What a message of the network says, as the children of a stanza: the same in a chat and in a room.
import type { Content } from '../adapter/api.ts';
import type { Styled } from '../message/styling.ts';
import { text } from '../text/index.ts';
import { replace } from './feature/correct.ts';
import { fallback } from './feature/fallback.ts';
import { markable } from './feature/markers.ts';
import { NS_REPLY, reply } from './feature/reply.ts';
import { spoiler } from './feature/spoiler.ts';
import { unstyled } from './feature/styling.ts';
import { thread } from './feature/thread.ts';
import { bodyOf, plainBodyOf, quoteOf } from './plain.ts';
import type { Child } from './stanza.ts';

/** What content does not say by itself. */
export interface Circumstance {
  readonly lang: string | undefined;
  /** What is put around its words; what it quotes stays in front of them. */
  readonly frame?: (words: string) => string;
  /** The message that it answers, and who wrote that, where it is known. */
  readonly answered?: { readonly id: string; readonly to: string } | undefined;
  /** The stanza that it replaces; null: it is an edit of something that cannot be named. */
  readonly replaced?: string | null | undefined;
  /** Whoever reads it may say so. */
  readonly readable?: boolean | undefined;
  /** A longer body, in bytes, will be cut, and a span must not be: it goes without styling. */
  readonly longest?: number;
}

/** A body and what stands beside it. */
export interface Saying {
  readonly body: string;
  /** What stands in the first stanza, should there be more than one. */
  readonly first: readonly Child[];
  /** What stands in each. */
  readonly each: () => readonly Child[];
}

/** A message, or its new version. Its body is never empty. */
export function saying(said: Content, around: Circumstance): Saying {
  const { lang, frame = (words) => words, answered, replaced, readable, longest = Infinity } = around;
  const quote = quoteOf(said);
  const shown = (styled: Styled): Styled => {
    const words = styled.body === '' && quote === '' ? text(lang, 'message.nothing') : styled.body;
    const marked = replaced === null ? text(lang, 'message.edited', { text: words }) : words;
    return { body: quote + frame(marked), unstyled: styled.unstyled };
  };
  const styled = shown(bodyOf(said, lang));
  const { body, unstyled: plain } = Buffer.byteLength(styled.body) > longest ? shown(plainBodyOf(said, lang)) : styled;
  const isSpoiler = said.spans?.some(({ kind }) => kind === 'spoiler');
  return {
    body,
    first: [
      typeof replaced === 'string' && replace(replaced),
      answered && reply(answered.id, answered.to),
      answered && quote !== '' && fallback(NS_REPLY, body, quote.length),
      readable && markable(),
    ],
    each: () => [said.thread !== undefined && thread(said.thread), plain && unstyled(), isSpoiler && spoiler()],
  };
}

// What a user sees: one entry of an 'in' lane as the stanzas that say it. Pure, and the same on every attempt, so that a
// stanza that goes again is recognised. What XML forbids is replaced when a stanza is written (stanza.ts).
import type { Chat, LogEvent } from '../adapter/api.ts';
import type { InBody, Notice } from '../message/entry.ts';
import { splitText } from '../message/split.ts';
import { duration, text } from '../text/index.ts';
import { chatJid } from './address.ts';
import { errorTo, failureText } from './error.ts';
import { delay } from './feature/delay.ts';
import { store } from './feature/hint.ts';
import { nick } from './feature/nick.ts';
import { originId } from './feature/origin-id.ts';
import { received } from './feature/receipt.ts';
import { plainText } from './plain.ts';
import { type Element, x } from './stanza.ts';

/** What an entry does not say by itself. */
export interface View {
  /** The transport's domain, which is the gateway's own JID. */
  readonly domain: string;
  /** The user's bare JID. */
  readonly user: string;
  /** Base id of the entry's stanzas (NewEntry.stanza). */
  readonly id: string;
  /** When the entry was accepted, in milliseconds since 1970. */
  readonly at: number;
  /** The user's language, a BCP 47 tag. */
  readonly lang?: string | undefined;
  /** The entry's chat, for events that name none (a deletion). */
  readonly chat?: Chat | undefined;
  /** The contact's name, where the event bears none. */
  readonly name?: string | undefined;
  /** It waited, or goes again after a pause: it bears its time. */
  readonly late?: boolean | undefined;
}

/** A body of more bytes than this becomes several stanzas: servers limit a stanza's size. */
const maxBodyBytes = 60_000;

/**
 * The stanzas of an entry, in order; none where there is nothing to show. In this version an edit is a message marked as
 * edited, a deletion and a reaction are a line, and what was written on another device is marked as the user's own.
 */
export function render(body: InBody, view: View): readonly Element[] {
  switch (body.type) {
    case 'event':
      return renderEvent(body.event, view);
    case 'receipt':
      return renderReceipt(body.chat, body.to, view);
    case 'error':
      return [errorTo(body.to, chatJid(body.chat, view.domain), body.failure)];
    case 'notice':
      return renderNotice(body.notice, body.chat, view);
  }
}

/** The base id of one of our message ids: a bounce names a stanza, the store knows its entry by the base. */
export const baseOf = (id: string): string => id.replace(/\.[0-9]+$/, '');

function renderEvent(event: LogEvent, view: View): readonly Element[] {
  if (event.type === 'notice') return messages(event.text, { from: view.domain, at: event.at }, view);
  const chat = event.chat ?? view.chat;
  const words = eventText(event, view.lang);
  if (chat === undefined || words === undefined) return [];
  const own = event.from === null && event.type !== 'failed';
  return messages(
    own ? text(view.lang, 'message.own', { text: words }) : words,
    {
      from: chatJid(chat, view.domain),
      at: event.at,
      old: event.old,
      // A contact's own name, never the user's behind the contact's address.
      name: own ? undefined : (event.name ?? view.name),
    },
    view,
  );
}

/** What an event says in words; undefined: nothing that is shown. */
function eventText(event: Exclude<LogEvent, { type: 'notice' }>, lang: string | undefined): string | undefined {
  switch (event.type) {
    case 'message':
      return plainText(event.content, lang) || text(lang, 'message.nothing');
    case 'edit':
      return text(lang, 'message.edited', { text: plainText(event.content, lang) || text(lang, 'message.nothing') });
    case 'retract':
      return text(lang, 'message.retracted');
    case 'react':
      return event.emojis.length === 0
        ? text(lang, 'message.reaction-removed')
        : text(lang, 'message.reaction', { emojis: event.emojis.join(' ') });
    case 'read':
      return undefined;
    case 'failed': {
      const failure = { code: event.reason, ...(event.text === undefined ? {} : { detail: event.text }) };
      return text(lang, 'message.failed', { reason: failureText(failure, lang) });
    }
  }
}

interface Origin {
  readonly from: string;
  readonly at: number;
  readonly old?: true | undefined;
  readonly name?: string | undefined;
}

function messages(words: string, origin: Origin, view: View): readonly Element[] {
  const ranges = splitText(words, { text: maxBodyBytes, textUnit: 'bytes' });
  const bodies =
    ranges.length === 0
      ? [text(view.lang, 'message.nothing')]
      : ranges.map(({ start, end }) => words.slice(start, end));
  return bodies.map((body, part) => {
    const id = part === 0 ? view.id : `${view.id}.${part}`;
    return x(
      'message',
      { from: origin.from, to: view.user, type: 'chat', id },
      x('body', {}, body),
      originId(id),
      origin.name ? nick(origin.name) : undefined,
      origin.old || view.late ? delay(view.domain, origin.at) : undefined,
      store(),
    );
  });
}

function renderReceipt(chat: Chat, to: Extract<InBody, { type: 'receipt' }>['to'], view: View): readonly Element[] {
  if (to.id === undefined || !to.receipt) return [];
  const from = chatJid(chat, view.domain);
  return [x('message', { from, to: to.jid, type: 'chat', id: view.id }, received(to.id), store())];
}

function renderNotice(notice: Notice, chat: Chat | undefined, view: View): readonly Element[] {
  const from = chat === undefined ? view.domain : chatJid(chat, view.domain);
  return messages(noticeText(notice, view.lang), { from, at: view.at }, view);
}

/** The words of a notice. Its values: `text` (the words of the adapter or the network), `seconds` (waiting). */
export function noticeText({ about, values }: Notice, lang: string | undefined): string {
  const theirs = values.text ?? '';
  const behind = theirs === '' ? '' : ` (${theirs})`;
  switch (about) {
    case 'auth-lost':
    case 'conflict':
      return text(lang, `notice.${about}`) + behind;
    case 'waiting':
      return values.seconds === undefined
        ? text(lang, 'notice.waiting')
        : text(lang, 'notice.waiting-for', { time: duration(lang, Number(values.seconds)) });
    case 'adapter':
      return theirs === '' ? text(lang, 'notice.trouble') : theirs;
  }
}

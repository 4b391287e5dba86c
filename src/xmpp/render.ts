// What a user sees: one entry of an 'in' lane as the stanzas that say it. Pure, and the same on every attempt, so that a
// stanza that goes again is recognised. What XML forbids is replaced when a stanza is written (stanza.ts).
import type { Author, Chat, Content, LogEvent } from '../adapter/api.ts';
import type { SessionStatus } from '../link.ts';
import type { InBody, Notice, Reference } from '../message/entry.ts';
import { splitText } from '../message/split.ts';
import { duration, text } from '../text/index.ts';
import { chatJid, voiceOf } from './address.ts';
import { errorTo, failureText } from './error.ts';
import { delay } from './feature/delay.ts';
import { fallback } from './feature/fallback.ts';
import { store } from './feature/hint.ts';
import { displayed } from './feature/markers.ts';
import { nick } from './feature/nick.ts';
import { originId } from './feature/origin-id.ts';
import { reactions } from './feature/reactions.ts';
import { received } from './feature/receipt.ts';
import { NS_RETRACT, retract } from './feature/retract.ts';
import { saying } from './saying.ts';
import { type Child, type Element, x } from './stanza.ts';

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
  /** What the session can do for the user. */
  readonly can?: SessionStatus['can'] | undefined;
  /** It waited, or goes again after a pause: it bears its time. */
  readonly late?: boolean | undefined;
}

/** A body of more bytes than this becomes several stanzas: servers limit a stanza's size. */
const maxBodyBytes = 60_000;

/**
 * The stanzas of an entry, in order; none where there is nothing to show. What changes a message that the user does not know,
 * or that the one who changes it has not written as far as XMPP can see, is a line; what was written on another device is
 * marked as the user's own.
 */
export function render(body: InBody, view: View): readonly Element[] {
  switch (body.type) {
    case 'event':
      return renderEvent(body, view);
    case 'own':
      return []; // only rooms show it, and they render for themselves
    case 'receipt':
      return renderReceipt(body.chat, body.to, view);
    case 'error':
      return [errorTo(body.to, body.to.to ?? chatJid(body.chat, view.domain), body.failure)];
    case 'notice':
      return renderNotice(body.notice, body.chat, view);
  }
}

/** The base id of one of our message ids: a bounce names a stanza, the store knows its entry by the base. */
export const baseOf = (id: string): string => id.replace(/\.[0-9]+$/, '');

type InEvent = Extract<InBody, { type: 'event' }>;
type Said = Exclude<LogEvent, { type: 'notice' }>;

function renderEvent({ event, target, reply: answered }: InEvent, view: View): readonly Element[] {
  if (event.type === 'notice') return lines(event.text, { from: voiceOf(view.domain), at: event.at }, view);
  const chat = event.chat ?? view.chat;
  if (chat === undefined) return [];
  const own = event.from === null && event.type !== 'failed';
  const origin: Origin = {
    from: chatJid(chat, view.domain),
    at: event.at,
    old: event.old,
    // A contact's own name, never the user's behind the contact's address.
    name: own ? undefined : (event.name ?? view.name),
  };
  // To a client a message can be changed by the address that it came from alone.
  const changed = target && (!target.mine || own) ? target.stanza : undefined;
  switch (event.type) {
    case 'message':
      return content(event.content, { origin, own, answered, readable: !own && view.can?.includes('read') }, view);
    case 'edit':
      return content(event.content, { origin, own, answered, replaced: changed ?? null }, view);
    case 'retract':
      return changed === undefined ? lines(line(event, view), origin, view) : [retracted(changed, event, origin, view)];
    case 'react':
      if (target === undefined || own) return lines(line(event, view), origin, view);
      return [act(reactions(target.stanza, event.emojis), origin, view)];
    case 'read':
      if (own || event.level !== 'read' || !target?.mine) return [];
      return [act(displayed(target.stanza), origin, view)];
    case 'failed':
      return lines(line(event, view), origin, view);
  }
}

/** What is not said by the stanza itself, in words. */
function line(event: Said, { lang }: View): string {
  const words = ((): string => {
    switch (event.type) {
      case 'retract':
        return text(lang, 'message.retracted');
      case 'react':
        return event.emojis.length === 0
          ? text(lang, 'message.reaction-removed')
          : text(lang, 'message.reaction', { emojis: event.emojis.join(' ') });
      case 'failed': {
        const failure = { code: event.reason, ...(event.text === undefined ? {} : { detail: event.text }) };
        return text(lang, 'message.failed', { reason: failureText(failure, lang) });
      }
      default:
        return text(lang, 'message.nothing');
    }
  })();
  return byMe(event.from, event.type) ? text(lang, 'message.own', { text: words }) : words;
}

const byMe = (from: Author | undefined, type: Said['type']): boolean => from === null && type !== 'failed';

interface Origin {
  readonly from: string;
  readonly at: number;
  readonly old?: true | undefined;
  readonly name?: string | undefined;
}

interface Circumstances {
  readonly origin: Origin;
  /** The user wrote it on another device. */
  readonly own: boolean;
  /** What it answers, where that is known. */
  readonly answered: Reference | undefined;
  /** The stanza that it replaces; null: it is an edit of something that cannot be named. */
  readonly replaced?: string | null;
  readonly readable?: boolean | undefined;
}

/** A message, or its new version. */
function content(said: Content, around: Circumstances, view: View): readonly Element[] {
  const { origin, own, answered, replaced, readable } = around;
  const { lang } = view;
  const { body, first, each } = saying(said, {
    ...{ lang, replaced, readable },
    frame: (words) => (own ? text(lang, 'message.own', { text: words }) : words),
    answered: answered && { id: answered.stanza, to: answered.mine ? view.user : origin.from },
    longest: maxBodyBytes,
  });
  return messages(body, origin, view, first, each);
}

/** A line of ours, which is never styled. */
const lines = (words: string, origin: Origin, view: View): readonly Element[] => messages(words, origin, view);

function retracted(id: string, event: Said, origin: Origin, view: View): Element {
  const words = line(event, view);
  return act([x('body', {}, words), retract(id), fallback(NS_RETRACT, words)], origin, view);
}

/** What has no words of its own. */
function act(what: Element | readonly Element[], origin: Origin, view: View): Element {
  const { id } = view;
  const children = what instanceof Array ? what : [what];
  const stamp = origin.old || view.late ? delay(view.domain, origin.at) : undefined;
  return x(
    'message',
    { from: origin.from, to: view.user, type: 'chat', id },
    ...children,
    originId(id),
    stamp,
    store(),
  );
}

/** The stanzas of a text: as many as servers' limits ask for. `first` stands in the first of them, `each` in all. */
function messages(
  words: string,
  origin: Origin,
  view: View,
  first: readonly Child[] = [],
  each: () => readonly Child[] = () => [],
): readonly Element[] {
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
      ...(part === 0 ? first : []),
      ...each(),
      originId(id),
      origin.name ? nick(origin.name) : undefined,
      origin.old || view.late ? delay(view.domain, origin.at) : undefined,
      store(),
    );
  });
}

function renderReceipt(chat: Chat, to: Extract<InBody, { type: 'receipt' }>['to'], view: View): readonly Element[] {
  if (to.id === undefined || !to.receipt) return [];
  const from = to.to ?? chatJid(chat, view.domain);
  return [x('message', { from, to: to.jid, type: 'chat', id: view.id }, received(to.id), store())];
}

function renderNotice(notice: Notice, chat: Chat | undefined, view: View): readonly Element[] {
  const from = chat === undefined ? voiceOf(view.domain) : chatJid(chat, view.domain);
  return lines(noticeText(notice, view.lang), { from, at: view.at }, view);
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

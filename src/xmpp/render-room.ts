// What was said in a group as the message that its room tells: live, as history of a join, and from the archive. Pure, and the same
// on every attempt.
import type { Author, Content, LogEvent } from '../adapter/api.ts';
import type { SessionStatus } from '../link.ts';
import type { ArchivedBody, InBody, Reference } from '../message/entry.ts';
import { readStyling } from '../message/styling.ts';
import type { Typed } from '../message/typed.ts';
import { text } from '../text/index.ts';
import { failureText } from './error.ts';
import { replace } from './feature/correct.ts';
import { delay } from './feature/delay.ts';
import { fallback } from './feature/fallback.ts';
import { displayed } from './feature/markers.ts';
import { moderated } from './feature/moderated.ts';
import { occupantId } from './feature/occupant-id.ts';
import { originId, stanzaIdBy } from './feature/origin-id.ts';
import { reactions } from './feature/reactions.ts';
import { NS_REPLY, reply } from './feature/reply.ts';
import { NS_RETRACT, retract } from './feature/retract.ts';
import { unstyled } from './feature/styling.ts';
import { thread } from './feature/thread.ts';
import { quoteOf } from './plain.ts';
import { saying } from './saying.ts';
import { type Child, type Element, x } from './stanza.ts';

/** Who is who in the room. A Room of src/room is one. */
export interface RoomNames {
  /** The nick of somebody, also of one who has left; `name` is what he was called when he said it. */
  nickOf(user: Author, name?: string): string;
  /** His occupant-id. */
  idOf(user: Author): string;
}

/** What a row does not say by itself. */
export interface RoomView {
  /** The room's bare JID. */
  readonly room: string;
  readonly names: RoomNames;
  /** The id of its archive row; without one it is not archived and has no stanza-id. */
  readonly archived: string | undefined;
  /** The user's language, a BCP 47 tag. */
  readonly lang?: string | undefined;
  /** What the session can do for the user. */
  readonly can?: SessionStatus['can'] | undefined;
  /** It comes later than it was said: it bears the time of that. */
  readonly late?: boolean | undefined;
  /** When it was said, in milliseconds since 1970, where the body does not say it (what the user said himself). */
  readonly at: number;
  /** The id of the stanza, of what has no id of its own. */
  readonly id?: string | undefined;
}

/** The message that tells it to the room, addressed to nobody yet; undefined where there is nothing to tell. */
export function renderRoom(body: ArchivedBody, view: RoomView): Element | undefined {
  return body.type === 'own' ? renderOwn(body.body, view) : renderEvent(body, view);
}

/** What the user did, as his own client said it: same id, same words. */
function renderOwn(body: Extract<InBody, { type: 'own' }>['body'], view: RoomView): Element {
  const { sender } = body;
  const from: Origin = { user: null, id: sender.id ?? view.archived, at: view.at, origin: sender.origin ?? sender.id };
  switch (body.type) {
    case 'message':
      return act(typed(body.content, view), from, view);
    case 'edit':
      return act([...typed(body.content, view), replace(body.target)], from, view);
    case 'retract':
      return body.moderated
        ? takenAway(body.target, null, body.moderated.reason, from, view)
        : act(retraction(body.target, view), from, view);
    case 'react':
      return act([reactions(body.target, body.emojis)], from, view);
  }
}

/** What a client typed is shown as it was typed. */
function typed(content: Typed, view: RoomView): readonly Child[] {
  const { text: words = '', styled, replyTo, thread: of } = content;
  const quote = quoteOf(content);
  const body = quote + words;
  return [
    x('body', {}, body),
    replyTo && reply(replyTo.id, view.room),
    replyTo && quote !== '' && fallback(NS_REPLY, body, quote.length),
    of !== undefined && thread(of),
    styled !== true && readStyling(words).spans.length > 0 && unstyled(),
  ];
}

function renderEvent({ event, target, reply: answered }: InEvent, view: RoomView): Element | undefined {
  if (event.type === 'notice') return undefined;
  const { from: user = null, name, at, old } = event;
  const id = view.id ?? view.archived;
  const from: Origin = { user, name, id, origin: id, at, old };
  const named = target && (target.archived ?? target.stanza);
  switch (event.type) {
    case 'message':
      return act(said(event.content, { answered }, view), from, view);
    case 'edit':
      return act(said(event.content, { answered, replaced: target?.stanza ?? null }, view), from, view);
    case 'retract': {
      if (named === undefined) return undefined;
      // Only its author takes a message back; anybody else who does it is a moderator.
      if (isAuthor(event.from, target)) return act(retraction(named, view), from, view);
      return takenAway(named, event.from, undefined, from, view);
    }
    case 'react':
      return named === undefined ? undefined : act([reactions(named, event.emojis)], from, view);
    case 'read':
      if (event.level !== 'read' || named === undefined || event.from === null) return undefined;
      return act([displayed(named)], from, view);
    case 'failed':
      return byRoom([x('body', {}, failed(event, view))], from, view);
  }
}

type InEvent = Extract<InBody, { type: 'event' }>;

const isAuthor = (user: Author | undefined, target: Reference | undefined): boolean =>
  user !== undefined && (target?.author === undefined ? target?.mine === (user === null) : target.author === user);

function failed(event: LogEvent & { readonly type: 'failed' }, { lang }: RoomView): string {
  const failure = { code: event.reason, ...(event.text === undefined ? {} : { detail: event.text }) };
  return text(lang, 'message.failed', { reason: failureText(failure, lang) });
}

interface Refers {
  readonly answered: Reference | undefined;
  readonly replaced?: string | null;
}

function said(content: Content, { answered, replaced }: Refers, view: RoomView): readonly Child[] {
  const { lang, can, room, names } = view;
  const author = answered?.mine === true ? null : answered?.author;
  const { body, first, each } = saying(content, {
    ...{ lang, replaced, readable: can?.includes('read') },
    answered: answered && {
      id: answered.archived ?? answered.stanza,
      to: author === undefined ? room : `${room}/${names.nickOf(author)}`,
    },
  });
  return [x('body', {}, body), ...first, ...each()];
}

function retraction(id: string, { lang }: RoomView): readonly Child[] {
  const words = text(lang, 'message.retracted');
  return [x('body', {}, words), retract(id), fallback(NS_RETRACT, words)];
}

interface Origin {
  readonly user: Author;
  readonly name?: string | undefined;
  readonly id: string | undefined;
  readonly origin?: string | undefined;
  readonly at: number;
  readonly old?: true | undefined;
}

/** What somebody in the room did. */
function act(children: readonly Child[], { user, name, id, origin, at, old }: Origin, view: RoomView): Element {
  const { names, room, archived } = view;
  return x(
    'message',
    { from: `${room}/${names.nickOf(user, name)}`, type: 'groupchat', id },
    ...children,
    origin === undefined ? undefined : originId(origin),
    archived === undefined ? undefined : stanzaIdBy(room, archived),
    occupantId(names.idOf(user)),
    view.late || old ? delay(room, at) : undefined,
  );
}

/** What the room itself tells. */
function byRoom(children: readonly Child[], { id, at, old }: Origin, { room, archived, late }: RoomView): Element {
  return x(
    'message',
    { from: room, type: 'groupchat', id },
    ...children,
    archived === undefined ? undefined : stanzaIdBy(room, archived),
    late || old ? delay(room, at) : undefined,
  );
}

function takenAway(
  id: string,
  by: Author | undefined,
  reason: string | undefined,
  from: Origin,
  view: RoomView,
): Element {
  const { names, room, lang } = view;
  const moderator =
    by === undefined ? undefined : { jid: `${room}/${names.nickOf(by, from.name)}`, id: names.idOf(by) };
  return byRoom(moderated(id, text(lang, 'message.retracted'), moderator, reason), from, view);
}

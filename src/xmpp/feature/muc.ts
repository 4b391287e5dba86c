// XEP-0045 1.35.5: Multi-User Chat, as far as single elements go.
import type { Affiliation, MucRole } from '../../room/roles.ts';
import type { HistoryWish } from '../../room/history.ts';
import { readForm } from './form.ts';
import { type Child, type Element, x } from '../stanza.ts';

/** Namespace of what a client sends to join. */
export const NS_MUC = 'http://jabber.org/protocol/muc';
/** Namespace of what a room tells its occupants. */
export const NS_MUC_USER = `${NS_MUC}#user`;
/** Namespace of XEP-0249: an invitation from one person to another. */
export const NS_CONFERENCE = 'jabber:x:conference';

/** Status codes (15.6.2) that this service gives. */
export type Status =
  '100' | '104' | '110' | '170' | '172' | '173' | '210' | '301' | '303' | '307' | '321' | '332' | '333';

/** What a client asks for that wants to join. */
export interface Join {
  readonly password?: string;
  readonly history: HistoryWish;
}

/** The wish to join that a presence bears; undefined where it is none. What is malformed in it is not asked for. */
export function readJoin(presence: Element): Join | undefined {
  const wish = presence.getChild('x', NS_MUC);
  if (wish === undefined) return undefined;
  const password = wish.getChildText('password') ?? '';
  const asked = wish.getChild('history')?.attrs ?? {};
  const since = Date.parse(asked['since'] ?? '');
  const history: HistoryWish = {
    ...number('maxstanzas', asked['maxstanzas']),
    ...number('maxchars', asked['maxchars']),
    ...number('seconds', asked['seconds']),
    ...(Number.isNaN(since) ? {} : { since }),
  };
  return { history, ...(password === '' ? {} : { password }) };
}

const number = (name: string, value: string | undefined): HistoryWish =>
  value !== undefined && /^\d{1,9}$/.test(value) ? { [name]: Number(value) } : {};

/** One occupant, as a presence or a change of it tells him. */
export interface Item {
  readonly affiliation: Affiliation;
  readonly role: MucRole;
  readonly jid?: string | undefined;
  /** His new nick (303). */
  readonly nick?: string | undefined;
  /** Who did it to him, by nick. */
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** The element of an occupant's presence. */
export function mucUser(item: Item, statuses: readonly Status[] = [], ...more: readonly Child[]): Element {
  const { affiliation, role, jid, nick, actor, reason } = item;
  return x(
    'x',
    { xmlns: NS_MUC_USER },
    x(
      'item',
      { affiliation, role, jid, nick },
      actor !== undefined && x('actor', { nick: actor }),
      reason !== undefined && x('reason', {}, reason),
    ),
    ...statuses.map((code) => x('status', { code })),
    ...more,
  );
}

/** Why a room was destroyed, and the one that has taken its place. */
export interface Ending {
  readonly jid: string | undefined;
  readonly reason?: string | undefined;
}

/** The room was destroyed (10.9). */
export const destroyed = ({ jid, reason }: Ending): Element =>
  x('destroy', { jid }, reason !== undefined && x('reason', {}, reason));

/** Something about the room has changed (10.2.1). */
export const configured = (...codes: readonly Status[]): Element =>
  x('x', { xmlns: NS_MUC_USER }, ...codes.map((code) => x('status', { code })));

/** Who is invited by a message to a room, and why (7.8.2). */
export interface Invitation {
  readonly jid: string;
  readonly reason?: string;
}

/** The invitations that a message asks its room to pass on. */
export function readInvitations(message: Element): readonly Invitation[] {
  const invites = message.getChild('x', NS_MUC_USER)?.getChildren('invite') ?? [];
  return invites.map((invite) => {
    const reason = invite.getChildText('reason') ?? '';
    return { jid: invite.attrs['to'] ?? '', ...(reason === '' ? {} : { reason }) };
  });
}

/** The message asks to be let speak (7.13). */
export const isVoiceRequest = (message: Element): boolean => readForm(message)?.formType === `${NS_MUC}#request`;

/** An invitation that a room passes on, and the same for clients that know only the direct kind. */
export const invitation = (room: string, from: string, reason?: string): readonly Element[] => [
  x('x', { xmlns: NS_MUC_USER }, x('invite', { from }, reason !== undefined && x('reason', {}, reason))),
  x('x', { xmlns: NS_CONFERENCE, jid: room, reason }),
];

/** The room to which a message invites its receiver (XEP-0249); undefined without one. */
export const readConference = (message: Element): string | undefined =>
  message.getChild('x', NS_CONFERENCE)?.attrs['jid'] || undefined;

/** Errors that say that nobody is there any more (XEP-0045, 7.14; XEP-0410). */
const GONE = new Set(
  (
    'gone item-not-found jid-malformed recipient-unavailable redirect remote-server-not-found ' +
    'remote-server-timeout service-unavailable'
  ).split(' '),
);

/** The condition of an error says that nobody is there any more. */
export const isGone = (condition: string): boolean => GONE.has(condition);

// What a client of rooms writes and reads, by the rules of the XEPs and by none of the gateway's code.
import { x, type Element } from '../../src/xmpp/stanza.ts';

const NS_MUC = 'http://jabber.org/protocol/muc';
const NS_USER = `${NS_MUC}#user`;
const NS_SID = 'urn:xmpp:sid:0';
/** Namespace of XEP-0313. */
export const NS_MAM = 'urn:xmpp:mam:2';
/** Rows that he asks for at once. */
const PAGE = 100;

/** A room's bare JID and the nick that is asked for. */
export interface Entrance {
  readonly jid: string;
  readonly nick: string;
}

/** Asks to come in, without history: the archive is asked for that. */
export const joining = ({ jid, nick }: Entrance): Element =>
  x('presence', { to: `${jid}/${nick}` }, x('x', { xmlns: NS_MUC }, x('history', { maxstanzas: '0' })));

/** Asks the archive for what is newer than a row; undefined: for all. */
export const query = ({ jid }: Entrance, id: string, after: string | undefined): Element =>
  x(
    'iq',
    { type: 'set', to: jid, id },
    x(
      'query',
      { xmlns: NS_MAM, queryid: id },
      x(
        'set',
        { xmlns: 'http://jabber.org/protocol/rsm' },
        x('max', {}, String(PAGE)),
        after === undefined ? undefined : x('after', {}, after),
      ),
    ),
  );

/** The bare JID that it comes from. */
export const roomOf = ({ attrs }: Element): string => attrs['from']?.split('/')[0] ?? '';
/** The nick that it comes from; empty: the room itself. */
export const nickOf = ({ attrs }: Element): string => attrs['from']?.split('/').slice(1).join('/') ?? '';

/** The status codes of a presence (XEP-0045, 15.6). */
export const codesOf = (stanza: Element): readonly string[] =>
  (stanza.getChild('x', NS_USER)?.getChildren('status') ?? []).map(({ attrs }) => attrs['code'] ?? '');

/** Affiliation and role of an occupant. */
export function standingOf(stanza: Element): string {
  const { affiliation = '', role = '' } = stanza.getChild('x', NS_USER)?.getChild('item')?.attrs ?? {};
  return `${affiliation}/${role}`;
}

/** The id of the row of the archive that it is. */
export const archived = (stanza: Element): string | undefined =>
  stanza.getChildren('stanza-id', NS_SID).find(({ attrs }) => attrs['by'] === roomOf(stanza))?.attrs['id'];

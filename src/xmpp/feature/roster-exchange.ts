// XEP-0144 1.1.1: Roster Item Exchange: contacts that are offered to a client, many in one question to its user.
import { x, type Element } from '../stanza.ts';

/** Namespace of XEP-0144. */
export const NS_ROSTER_EXCHANGE = 'http://jabber.org/protocol/rosterx';

/** A contact that is offered. */
export interface Offered {
  readonly jid: string;
  readonly name: string | undefined;
}

/** Offers contacts for a group of the roster. */
export const exchange = (contacts: readonly Offered[], group: string): Element =>
  x(
    'x',
    { xmlns: NS_ROSTER_EXCHANGE },
    ...contacts.map(({ jid, name }) => x('item', { action: 'add', jid, name }, x('group', {}, group))),
  );

// XEP-0356: Privileged Entity, in both versions that servers speak: what a server lets us do to its users' rosters.
import { x, type Element } from '../stanza.ts';

const namespaces = ['urn:xmpp:privilege:2', 'urn:xmpp:privilege:1'] as const;
/** Namespace of rosters (RFC 6121). */
export const NS_ROSTER = 'jabber:iq:roster';

/** Whether a server's message lets us write rosters; undefined where it says nothing of privileges. */
export function readRosterPrivilege(message: Element): boolean | undefined {
  const privilege = namespaces.map((ns) => message.getChild('privilege', ns)).find((found) => found !== undefined);
  if (privilege === undefined) return undefined;
  return privilege
    .getChildren('perm')
    .some(({ attrs }) => attrs['access'] === 'roster' && (attrs['type'] === 'both' || attrs['type'] === 'set'));
}

/** A roster with one item: both see each other. */
export const rosterItem = (jid: string, name: string | undefined, group: string): Element =>
  x('query', { xmlns: NS_ROSTER }, x('item', { jid, name, subscription: 'both' }, x('group', {}, group)));

/** Takes an item out of a roster. */
export const rosterRemoval = (jid: string): Element =>
  x('query', { xmlns: NS_ROSTER }, x('item', { jid, subscription: 'remove' }));

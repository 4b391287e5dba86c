// XEP-0172 1.1: user nickname, the name that a contact bears on the network.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0172. */
export const NS_NICK = 'http://jabber.org/protocol/nick';

/** The name that somebody gives himself. */
export const nick = (name: string): Element => x('nick', { xmlns: NS_NICK }, name);

/** The nickname that a stanza bears; undefined without one. */
export function readNick(stanza: Element): string | undefined {
  return stanza.getChildText('nick', NS_NICK)?.trim() || undefined;
}

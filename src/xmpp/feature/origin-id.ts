// XEP-0359 0.7: the id that a message keeps whatever a server on the way does to it.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0359. */
export const NS_SID = 'urn:xmpp:sid:0';

/** The id that the sending client gave. */
export const originId = (id: string): Element => x('origin-id', { xmlns: NS_SID, id });

/** The id that a room gives (its archive's); `by` is the room's bare JID. */
export const stanzaIdBy = (by: string, id: string): Element => x('stanza-id', { xmlns: NS_SID, by, id });

/** The origin-id of a message; undefined without one. */
export function readOriginId(message: Element): string | undefined {
  return message.getChild('origin-id', NS_SID)?.attrs.id || undefined;
}

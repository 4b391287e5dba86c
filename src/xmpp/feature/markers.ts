// XEP-0333 1.0: Displayed Markers.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0333. */
export const NS_MARKERS = 'urn:xmpp:chat-markers:0';

/** The id of the message up to which its reader has read; undefined where the message says nothing of that. */
export function readDisplayed(message: Element): string | undefined {
  // 'acknowledged' is of older versions, and says more.
  const marker = message.getChild('displayed', NS_MARKERS) ?? message.getChild('acknowledged', NS_MARKERS);
  return marker?.attrs.id || undefined;
}

/** Whoever reads this message may say so. */
export const markable = (): Element => x('markable', { xmlns: NS_MARKERS });
/** Everything up to the message with that id has been read. */
export const displayed = (id: string): Element => x('displayed', { xmlns: NS_MARKERS, id });

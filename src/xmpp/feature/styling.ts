// XEP-0393 1.1.1: Message Styling: when a body is to be taken as it stands. The styling itself is in message/styling.ts.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0393. */
export const NS_STYLING = 'urn:xmpp:styling:0';

/** What looks like mark-up in the body is none. */
export const isUnstyled = (message: Element): boolean => message.getChild('unstyled', NS_STYLING) !== undefined;

/** Says so. */
export const unstyled = (): Element => x('unstyled', { xmlns: NS_STYLING });

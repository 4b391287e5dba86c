// XEP-0334 0.4: what servers should do with a message that they would not keep by themselves, or would.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0334. */
export const NS_HINTS = 'urn:xmpp:hints';

/** Keep it: archive, and offline storage for a user without a client. */
export const store = (): Element => x('store', { xmlns: NS_HINTS });
/** Do not keep it: typing. */
export const noStore = (): Element => x('no-store', { xmlns: NS_HINTS });

// XEP-0421 1.0: Anonymous unique occupant identifiers for MUCs.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0421. */
export const NS_OCCUPANT_ID = 'urn:xmpp:occupant-id:0';

/** Who an occupant is, whatever his nick. */
export const occupantId = (id: string): Element => x('occupant-id', { xmlns: NS_OCCUPANT_ID, id });

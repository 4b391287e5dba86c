// XEP-0224 1.0: Attention.
import type { Element } from '../stanza.ts';

/** Namespace of XEP-0224. */
export const NS_ATTENTION = 'urn:xmpp:attention:0';

/** The message wants its reader's attention. */
export const wantsAttention = (message: Element): boolean => message.getChild('attention', NS_ATTENTION) !== undefined;

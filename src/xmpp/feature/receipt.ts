// XEP-0184 1.4: message delivery receipts.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0184. */
export const NS_RECEIPT = 'urn:xmpp:receipts';

/** True when a message asks for a receipt. Without an id there is nothing that a receipt could name. */
export function asksReceipt(message: Element): boolean {
  return message.attrs.id !== undefined && message.getChild('request', NS_RECEIPT) !== undefined;
}

/** The id of the message that a receipt confirms. */
export function readReceipt(message: Element): string | undefined {
  return message.getChild('received', NS_RECEIPT)?.attrs.id;
}

/** Confirms the message with that id. */
export const received = (id: string): Element => x('received', { xmlns: NS_RECEIPT, id });

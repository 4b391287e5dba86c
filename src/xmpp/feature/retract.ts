// XEP-0424 0.4.2: Message Retraction, and its first version with XEP-0422, which older clients speak.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0424. */
export const NS_RETRACT = 'urn:xmpp:message-retract:1';
/** Its first version. */
export const NS_RETRACT_0 = 'urn:xmpp:message-retract:0';
const NS_FASTEN = 'urn:xmpp:fasten:0';

/** The id of the message that is taken back; empty where it names none. Undefined: nothing is taken back. */
export function readRetract(message: Element): string | undefined {
  const retracted = message.getChild('retract', NS_RETRACT) ?? message.getChild('retract', NS_RETRACT_0);
  const fastened = message.getChild('apply-to', NS_FASTEN);
  const named = retracted ?? (fastened?.getChild('retract', NS_RETRACT_0) && fastened);
  return named && (named.attrs.id ?? '');
}

/** It fastens something else to another message (XEP-0422): we know of nothing that it might be. */
export const isFastened = (message: Element): boolean => message.getChild('apply-to', NS_FASTEN) !== undefined;

/** Takes the message with that id back. */
export const retract = (id: string): Element => x('retract', { xmlns: NS_RETRACT, id });

// XEP-0308 1.2: Last Message Correction. The id is that of the message as it was sent first.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0308. */
export const NS_CORRECT = 'urn:xmpp:message-correct:0';

/** The id of the message that this one replaces; empty where it names none. Undefined: it replaces nothing. */
export function readReplace(message: Element): string | undefined {
  const replace = message.getChild('replace', NS_CORRECT);
  return replace && (replace.attrs.id ?? '');
}

/** Replaces the message with that id. */
export const replace = (id: string): Element => x('replace', { xmlns: NS_CORRECT, id });

// End-to-end encryption, to tell what must never be forwarded: the body of an encrypted message is not what the user wrote.
import type { Element } from '../stanza.ts';

/** XEP-0384 in the version that clients speak, and in the current one. */
const omemo = ['eu.siacs.conversations.axolotl', 'urn:xmpp:omemo:2', 'urn:xmpp:omemo:1'] as const;
/** Elements that hold encrypted content: XEP-0373/0374 (OX) and XEP-0027 (old PGP). */
const containers = [
  ['openpgp', 'urn:xmpp:openpgp:0'],
  ['x', 'jabber:x:encrypted'],
] as const;
const NS_EME = 'urn:xmpp:eme:0';
// OTR speaks in the body: data, fragments, queries and errors. A line that only mentions "?OTR" is a plain text.
const otr = /^\?OTR(?:[:,|]|\??v[0-9x]*\?|\?| ?Error:)/;

/**
 * 'content': the message is encrypted. 'keys': it only moves keys (OMEMO without payload) and says nothing to anybody.
 * Undefined: it is plain.
 */
export function readEncryption(message: Element): 'content' | 'keys' | undefined {
  for (const [name, ns] of containers) if (message.getChild(name, ns)) return 'content';
  const encrypted = omemo.map((ns) => message.getChild('encrypted', ns)).find((found) => found !== undefined);
  if (encrypted) return encrypted.getChild('payload') || message.getChild('body') ? 'content' : 'keys';
  if (message.getChild('encryption', NS_EME)) return 'content';
  return message.getChildren('body').some((body) => otr.test(body.getText().trimStart())) ? 'content' : undefined;
}

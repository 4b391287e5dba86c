// XEP-0372 0.7: References, as far as they mention somebody in a room.
import { parseJid, type Jid } from '../jid.ts';
import type { Element } from '../stanza.ts';

/** Namespace of XEP-0372. */
export const NS_REFERENCE = 'urn:xmpp:reference:0';

/** Somebody who is mentioned: by his address in the room, or by his own, and the words that stand for him. */
export interface Mentioned {
  readonly jid: Jid;
  readonly words: string;
}

/** Whom a message mentions. On the wire characters are code points. */
export function readMentions(message: Element, body: string): readonly Mentioned[] {
  const points = Array.from(body);
  return message.getChildren('reference', NS_REFERENCE).flatMap(({ attrs }) => {
    const { type, uri = '', begin = '', end = '' } = attrs;
    if (type !== 'mention' || !/^\d{1,6}$/.test(begin) || !/^\d{1,6}$/.test(end)) return [];
    const jid = parseJid(decode(uri.replace(/^xmpp:/, '').replace(/\?.*$/s, '')));
    return jid === undefined ? [] : [{ jid, words: points.slice(Number(begin), Number(end)).join('') }];
  });
}

function decode(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

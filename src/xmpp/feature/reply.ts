// XEP-0461 0.2: Message Replies, the quote in the body marked as a fallback (XEP-0428).
import { type Element, x } from '../stanza.ts';
import { readFallback } from './fallback.ts';

/** Namespace of XEP-0461. */
export const NS_REPLY = 'urn:xmpp:reply:0';

/** A reply: what it answers, and its text without the quote. */
export interface Reply {
  /** The id of the message that is answered. */
  readonly id: string;
  /** The quote's words, without the signs of quoting. */
  readonly quote?: string;
  readonly text: string;
}

/** What a message with this body answers; undefined where it is no reply. */
export function readReply(message: Element, body: string): Reply | undefined {
  const id = message.getChild('reply', NS_REPLY)?.attrs.id ?? '';
  if (id === '') return undefined;
  const [range, ...others] = readFallback(message, NS_REPLY, body);
  if (range === undefined || others.length > 0) return { id, text: body };
  const text = body.slice(0, range.start) + body.slice(range.end);
  // A quote alone is what its writer wanted to say.
  if (text.trim() === '') return { id, text: body };
  const quote = body.slice(range.start, range.end).replace(/^> ?/gm, '').trimEnd();
  return quote === '' ? { id, text } : { id, quote, text };
}

/** Answers the message with that id, which `to` wrote. */
export const reply = (id: string, to: string): Element => x('reply', { xmlns: NS_REPLY, to, id });

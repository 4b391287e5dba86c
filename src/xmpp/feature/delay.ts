// XEP-0203 2.0: when something was said that arrives later.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0203. */
export const NS_DELAY = 'urn:xmpp:delay';
// The years that XEP-0082 can write and clients can read.
const earliest = Date.UTC(1970, 0, 1);
const latest = Date.UTC(9999, 11, 31);

/** The time of what arrives later. `from` is who held it up, `at` milliseconds since 1970. */
export function delay(from: string, at: number): Element | undefined {
  if (!Number.isFinite(at)) return undefined;
  const stamp = new Date(Math.min(Math.max(at, earliest), latest)).toISOString();
  return x('delay', { xmlns: NS_DELAY, from, stamp });
}

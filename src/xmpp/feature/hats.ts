// XEP-0317 0.3.1: Hats: what people in a room are called beside their roles.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0317. */
export const NS_HATS = 'urn:xmpp:hats:0';
/** Ours: a network's title says all that there is to know of it, so equal titles are one hat. */
const HAT = 'urn:moongate:hat:1#';

/** The hats that somebody wears, as his presence shows them; undefined where there are none. */
export function hats(titles: readonly string[] = []): Element | undefined {
  if (titles.length === 0) return undefined;
  return x(
    'hats',
    { xmlns: NS_HATS },
    ...titles.map((title) => x('hat', { title, uri: `${HAT}${encodeURIComponent(title)}` })),
  );
}

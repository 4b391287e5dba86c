// XEP-0382 0.2: Spoiler Messages: a body that is hidden until its reader asks for it.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0382. */
export const NS_SPOILER = 'urn:xmpp:spoiler:0';

/** The hint of a spoiler, empty where it has none; undefined where the body is no spoiler. */
export function readSpoiler(message: Element): string | undefined {
  const all = message.getChildren('spoiler', NS_SPOILER);
  const lang = message.attrs['xml:lang'];
  const own = all.find(({ attrs }) => attrs['xml:lang'] === undefined || attrs['xml:lang'] === lang) ?? all[0];
  return own?.getText().trim();
}

/** The body is a spoiler. */
export const spoiler = (): Element => x('spoiler', { xmlns: NS_SPOILER });

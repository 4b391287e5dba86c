// XEP-0444 0.2: Message Reactions. What is sent is always the full set.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0444. */
export const NS_REACTIONS = 'urn:xmpp:reactions:0';

/** Reactions to a message. */
export interface Reactions {
  /** The message's id; empty where none is named. */
  readonly id: string;
  /** Each once. */
  readonly emojis: readonly string[];
}

/** The reactions that a message brings; undefined where it is none. */
export function readReactions(message: Element): Reactions | undefined {
  const reactions = message.getChild('reactions', NS_REACTIONS);
  if (reactions === undefined) return undefined;
  const emojis = reactions.getChildren('reaction').map((each) => each.getText().trim());
  return { id: reactions.attrs.id ?? '', emojis: [...new Set(emojis)].filter((emoji) => emoji !== '') };
}

/** All reactions of one author to the message with that id. */
export const reactions = (id: string, emojis: readonly string[]): Element =>
  x('reactions', { xmlns: NS_REACTIONS, id }, ...emojis.map((emoji) => x('reaction', {}, emoji)));

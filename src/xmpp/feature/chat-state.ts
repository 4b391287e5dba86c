// XEP-0085 2.1: typing.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0085. */
export const NS_CHAT_STATES = 'http://jabber.org/protocol/chatstates';
const states = ['active', 'composing', 'paused', 'inactive', 'gone'] as const;
/** Where the other side is with its message. */
export type ChatState = (typeof states)[number];

/** The chat state that a message tells; undefined without one. */
export function readChatState(message: Element): ChatState | undefined {
  return states.find((state) => message.getChild(state, NS_CHAT_STATES) !== undefined);
}

/** Tells a chat state. */
export const chatState = (state: ChatState): Element => x(state, { xmlns: NS_CHAT_STATES });

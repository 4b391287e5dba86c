// RFC 6121, 5.2.5: the thread of a conversation that a message belongs to.
import { type Element, x } from '../stanza.ts';

/** A longer one, in UTF-16 units, is no name of a thread. */
const LONGEST = 256;

/** It belongs to this thread. */
export const thread = (id: string): Element => x('thread', {}, id);

/** The thread that a message belongs to; undefined without one. */
export function readThread(message: Element): string | undefined {
  const id = message.getChildText('thread') ?? '';
  return id === '' || id.length > LONGEST ? undefined : id;
}

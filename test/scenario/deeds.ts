// What is done to a message besides writing it, as stanzas: said by users, and looked for in what comes back.
import { x, type Child, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';

export const URN = {
  correct: 'urn:xmpp:message-correct:0',
  retract: 'urn:xmpp:message-retract:1',
  reactions: 'urn:xmpp:reactions:0',
  reply: 'urn:xmpp:reply:0',
  fallback: 'urn:xmpp:fallback:0',
  styling: 'urn:xmpp:styling:0',
  spoiler: 'urn:xmpp:spoiler:0',
  attention: 'urn:xmpp:attention:0',
  markers: 'urn:xmpp:chat-markers:0',
  states: 'http://jabber.org/protocol/chatstates',
} as const;

/** Sends a message that has no words, or more than words; its id. */
export async function act(user: TestClient, to: string, ...children: readonly Child[]): Promise<string> {
  const id = `act-${Math.random()}`;
  await user.send(x('message', { type: 'chat', to, id }, ...children));
  return id;
}

/** Says that a message was meant to say something else. */
export const replacing = (id: string): Element => x('replace', { xmlns: URN.correct, id });

/** Takes a message back. */
export const retracting = (id: string): Element => x('retract', { xmlns: URN.retract, id });

/** Leaves these reactions on a message, and no other. */
export const reacting = (id: string, ...emojis: readonly string[]): Element =>
  x('reactions', { xmlns: URN.reactions, id }, ...emojis.map((emoji) => x('reaction', {}, emoji)));

/** The emojis of a stanza that sets reactions; undefined if it is none. */
export const reactions = (stanza: Element): readonly string[] | undefined =>
  stanza
    .getChild('reactions', URN.reactions)
    ?.getChildren('reaction')
    .map((each) => each.getText());

/** The next message from somebody that holds such an element. */
export const holding = (user: TestClient, from: string, name: string, xmlns: string, id?: string): Promise<Element> =>
  user.waitFor(
    (stanza) =>
      stanza.is('message') &&
      stanza.attrs['type'] !== 'error' &&
      stanza.attrs['from'] === from &&
      stanza.getChild(name, xmlns) !== undefined &&
      (id === undefined || stanza.getChild(name, xmlns)?.attrs['id'] === id),
  );

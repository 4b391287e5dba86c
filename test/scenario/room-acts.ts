// What users do in rooms, and what the director of the puppets makes happen there.
import type { NetworkEvent } from '../../src/adapter/api.ts';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import { PUPPET } from './acts.ts';

export const NS_MUC = 'http://jabber.org/protocol/muc';
export const NS_USER = `${NS_MUC}#user`;
export const NS_SID = 'urn:xmpp:sid:0';
export const garden = `#garden@${PUPPET}`;
export const chat = { kind: 'group', id: 'garden' } as const;

/** What arrived from a room since, in order; from `after` on. */
export const fromRoom = (user: TestClient, room = garden, after = 0): readonly Element[] =>
  user.stanzas.slice(after).filter((stanza) => stanza.attrs['from']?.split('/')[0] === room && !isChange(stanza));

/** That the room's settings are others (XEP-0045, 10.2.1): it comes when it comes. */
const isChange = (stanza: Element): boolean => stanza.is('message') && codesOf(stanza).includes('104');

export const codesOf = (stanza: Element): readonly string[] =>
  stanza
    .getChild('x', NS_USER)
    ?.getChildren('status')
    .map(({ attrs }) => attrs['code'] ?? '') ?? [];
export const nick = (stanza: Element): string => stanza.attrs['from']?.split('/').slice(1).join('/') ?? '';

/** In short: who is available, who is not, what was said. */
export function short(stanza: Element): string {
  if (stanza.is('presence')) return `${stanza.attrs['type'] === 'unavailable' ? '-' : '+'}${nick(stanza)}`;
  const subject = stanza.getChild('subject');
  return subject ? `subject ${subject.getText()}` : `${nick(stanza)}: ${stanza.getChildText('body') ?? ''}`;
}

/** The condition of an error. */
export const refusal = (stanza: Element): string | undefined =>
  stanza
    .getChild('error')
    ?.getChildElements()
    .find((child) => child.getName() !== 'text')
    ?.getName();

/** Asks to come in, and resolves with all that came until the subject, or with the one error. */
export async function join(
  user: TestClient,
  { room = garden, as = 'Juliet', inside = [] as readonly Element[] } = {},
): Promise<readonly Element[]> {
  const after = user.stanzas.length;
  await user.send(x('presence', { to: `${room}/${as}` }, x('x', { xmlns: NS_MUC }, ...inside)));
  const end = await user.waitFor(
    (stanza) =>
      stanza.attrs['from']?.split('/')[0] === room &&
      (stanza.attrs['type'] === 'error' || stanza.getChild('subject') !== undefined),
    { after },
  );
  const came = fromRoom(user, room, after);
  return came.slice(0, came.indexOf(end) + 1);
}

/** Says something in a room; resolves with the reflection. */
export async function say(user: TestClient, body: string, id: string, ...more: readonly Element[]): Promise<Element> {
  const after = user.stanzas.length;
  await user.send(x('message', { to: garden, type: 'groupchat', id }, x('body', {}, body), ...more));
  return user.waitFor((stanza) => stanza.is('message') && stanza.attrs['id'] === id, { after });
}

/** The network does so. */
export async function direct(user: TestClient, ...events: readonly NetworkEvent[]): Promise<void> {
  // In ASCII: what XML forbids gets there too.
  const words = JSON.stringify(events).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  await user.message(`director@${PUPPET}`, `commit all ${words}`);
}

let said = 0;
/** Somebody says something in the group. */
export function speaks(from: string | null, text: string, id = `${Date.now()}-${++said}`): NetworkEvent {
  return { type: 'message', key: `said/${id}`, chat, from, at: Date.now(), id, content: { text } };
}

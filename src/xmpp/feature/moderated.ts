// XEP-0425 0.3 and 0.2: a message that a moderator has taken away, as its room tells it; in both versions at once.
import { fallback } from './fallback.ts';
import { occupantId } from './occupant-id.ts';
import { NS_RETRACT, NS_RETRACT_0 } from './retract.ts';
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0425. */
export const NS_MODERATE = 'urn:xmpp:message-moderate:1';
/** Its earlier version, with XEP-0422. */
export const NS_MODERATE_0 = 'urn:xmpp:message-moderate:0';
/** Namespace of XEP-0422, which the earlier version of XEP-0425 stands in. */
export const NS_FASTEN = 'urn:xmpp:fasten:0';

/** A moderator: his address in the room and his occupant-id. */
export interface Moderator {
  readonly jid: string;
  readonly id: string;
}

/** The children of the message that tells it. `id` is the stanza-id of what was taken away, `words` say so to other clients. */
export function moderated(id: string, words: string, by?: Moderator, reason?: string): readonly Element[] {
  const who = by && occupantId(by.id);
  const why = (): Element | undefined => (reason === undefined ? undefined : x('reason', {}, reason));
  const now = x('moderated', { xmlns: NS_MODERATE, by: by?.jid }, who);
  const once = x('moderated', { xmlns: NS_MODERATE_0, by: by?.jid }, x('retract', { xmlns: NS_RETRACT_0 }), why());
  return [
    x('body', {}, words),
    x('retract', { xmlns: NS_RETRACT, id }, now, why()),
    x('apply-to', { xmlns: NS_FASTEN, id }, once),
    fallback(NS_RETRACT, words),
  ];
}

// XEP-0425 0.3 and 0.2: a moderator takes a message away. It goes the way of all that is done in a group: by its lane.
import type { Outbox } from '../../account/outbox.ts';
import { isModerator } from '../../room/roles.ts';
import type { Store } from '../../store/api.ts';
import type { RoomLook } from '../room-look.ts';
import type { Element } from '../stanza.ts';
import { IqError, type Feature, type Request } from './feature.ts';
import { NS_FASTEN, NS_MODERATE, NS_MODERATE_0 } from './moderated.ts';
import { NS_RETRACT, NS_RETRACT_0 } from './retract.ts';

export interface ModerateOptions {
  readonly look: RoomLook;
  readonly outbox: Pick<Outbox, 'accept'>;
  readonly store: Pick<Store, 'archive'>;
}

/** What is to be taken away, and why. */
export interface Moderation {
  /** The stanza-id. */
  readonly id: string;
  readonly reason?: string;
}

/** Reads either version; undefined where nothing is to be taken away. */
export function readModeration(payload: Element): Moderation | undefined {
  const moderate = payload.is('moderate', NS_MODERATE) ? payload : payload.getChild('moderate', NS_MODERATE_0);
  const id = payload.attrs['id'] ?? '';
  if (!moderate || id === '') return undefined;
  if (!moderate.getChild('retract', moderate === payload ? NS_RETRACT : NS_RETRACT_0)) return undefined;
  const reason = moderate.getChildText('reason') ?? '';
  return reason === '' ? { id } : { id, reason };
}

/** Answers moderators. */
export function moderate({ look, outbox, store }: ModerateOptions): Feature {
  const handle = async (request: Request): Promise<undefined> => {
    const wish = readModeration(request.payload);
    if (wish === undefined) throw new IqError('bad-request');
    const { account, room } = await look.find(request);
    if (!isModerator(room.members.of(null)?.role ?? 'none')) throw new IqError({ code: 'forbidden' });
    if (account.status?.can.includes('retract') !== true) throw new IqError({ code: 'unsupported' });
    const page = await store.archive({ account: account.id, chat: room.number, ids: [wish.id], limit: 0 });
    if (page === undefined) throw new IqError({ code: 'not-found' });
    const { from, lang } = request;
    const failure = await outbox.accept(account, {
      ...{ type: 'retract', target: wish.id, chat: { kind: 'group', id: room.chat }, ids: [] },
      moderated: wish.reason === undefined ? {} : { reason: wish.reason },
      sender: lang === undefined ? { jid: from } : { jid: from, lang },
    });
    if (failure) throw new IqError(failure);
  };
  return {
    iq: [
      { on: ['room'], type: 'set', name: 'moderate', ns: NS_MODERATE, handle },
      { on: ['room'], type: 'set', name: 'apply-to', ns: NS_FASTEN, handle },
    ],
  };
}

// All that is asked of rooms and answered at once: what they are, who is in them, what was said, and who may do what.
import type { Author } from '../adapter/api.ts';
import type { Outbox } from '../account/outbox.ts';
import type { Back } from '../link.ts';
import type { ArchivedBody } from '../message/entry.ts';
import type { Store } from '../store/api.ts';
import type { Bulk } from './bulk.ts';
import type { Feature, Request } from './feature/feature.ts';
import { mam, type ArchivedRoom } from './feature/mam.ts';
import { moderate } from './feature/moderate.ts';
import { mucAdmin } from './feature/muc-admin.ts';
import { mucInfo } from './feature/muc-info.ts';
import { mucOwner } from './feature/muc-owner.ts';
import { renderRoom } from './render-room.ts';
import { RoomLook, type Asked } from './room-look.ts';
import type { Rooms } from './rooms.ts';
import type { Element } from './stanza.ts';

export interface RoomRequestsOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'doc' | 'archive' | 'archiveEnds'>;
  readonly back: Pick<Back, 'banned' | 'describe' | 'history' | 'leave' | 'setRole'>;
  readonly rooms: Pick<Rooms, 'registry' | 'settings' | 'destroy'>;
  readonly outbox: Pick<Outbox, 'accept'>;
  readonly features: () => readonly Feature[];
  readonly bulk: Bulk;
  readonly send: (stanza: Element) => void;
  readonly newId: () => string;
}

/** The features of rooms that are requests. */
export function roomRequests(options: RoomRequestsOptions): readonly Feature[] {
  const { domain, store, back, rooms, outbox, features, bulk, send, newId } = options;
  const look = new RoomLook({ domain, store, registry: rooms.registry });
  const room = async (request: Request): Promise<ArchivedRoom> => archived(look, await look.find(request));
  return [
    mucInfo({ look, features }),
    mucAdmin({ domain, look, back }),
    mucOwner({ ...{ look, back, settings: rooms.settings }, destroy: (...end) => rooms.destroy(...end) }),
    moderate({ look, outbox, store }),
    mam({ store, back, room, bulk, send, newId }),
  ];
}

function archived(look: RoomLook, asked: Asked): ArchivedRoom {
  const { account, room, jid, self } = asked;
  return {
    ...{ account, jid, chat: room.chat, number: room.number },
    async who(address): Promise<readonly Author[] | undefined> {
      if (address.toLowerCase() === jid) return undefined;
      const who = await look.who(asked, address);
      return who === undefined ? [] : who === null ? self : [who];
    },
    render: ({ body, id, at }) =>
      renderRoom(body as unknown as ArchivedBody, {
        ...{ room: jid, names: room, archived: id, at, lang: account.lang, can: account.status?.can },
      }),
  };
}

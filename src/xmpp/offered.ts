// Which commands of the network's own there are at an address, for whoever asks there.
import type { Command } from '../account/command.ts';
import { commandsOfChat } from '../account/network-commands.ts';
import type { Back } from '../link.ts';
import type { Store } from '../store/api.ts';
import { resolveLocal } from './address.ts';
import { IqError, needAccount, type Request } from './feature/feature.ts';
import { RoomLook } from './room-look.ts';
import type { Rooms } from './rooms.ts';

export interface OfferedOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'doc'>;
  readonly back: Pick<Back, 'commands' | 'run'>;
  readonly rooms: Pick<Rooms, 'registry'>;
  /** Those of the gateway itself, for a user. */
  readonly gateway: (jid: string) => Promise<readonly Command[]>;
}

/** Finds them for the asker's own account; without one an IqError says so. Rejects with a LinkError where it is offline. */
export function offered(options: OfferedOptions): (request: Request) => Promise<readonly Command[]> {
  const { domain, store, back, rooms, gateway } = options;
  const look = new RoomLook({ domain, store, registry: rooms.registry });
  return async (request) => {
    if (request.place === 'gateway') return gateway(request.user);
    if (request.place === 'room') {
      const { account, room } = await look.find(request);
      return commandsOfChat(back, account, { kind: 'group', id: room.chat });
    }
    const account = needAccount(request);
    const chat = await resolveLocal(store, account.id, request.to.local ?? '');
    if (chat?.kind !== 'direct') throw new IqError({ code: 'not-found' });
    return commandsOfChat(back, account, chat);
  };
}

// Which room a request concerns: a room is that of one account, and nobody else learns anything of it.
import type { ChatId } from '../adapter/api.ts';
import { chatName } from '../lane/chats.ts';
import type { Registered } from '../account/directory.ts';
import type { Registry } from '../room/registry.ts';
import { Room } from '../room/room.ts';
import type { Store } from '../store/api.ts';
import { resolveLocal } from './address.ts';
import { IqError, type Request } from './feature/feature.ts';
import { bareJid, parseJid } from './jid.ts';
import { roomJid } from './room-presence.ts';

export interface LookOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'doc'>;
  readonly registry: Pick<Registry, 'get' | 'open'>;
}

/** A room of which nothing is known but its name: whoever asks leaves no trace. */
const unknown = ({ id: account }: Registered, chat: ChatId): Room =>
  new Room({ ...{ account, chat, number: 0, document: {}, wish: '' }, self: () => [], id: () => '' });

/** A room that somebody asks, who may ask it. */
export interface Asked {
  readonly account: Registered;
  readonly room: Room;
  /** The room's bare JID. */
  readonly jid: string;
  /** The ids that the account itself goes by. */
  readonly self: readonly (string | null)[];
}

export class RoomLook {
  readonly #options: LookOptions;

  constructor(options: LookOptions) {
    this.#options = options;
  }

  /**
   * The asker's own room. Throws the IqError for an asker who has none: `forbidden` without an account, `not-found` for what
   * is no group that the account knows. `joinable`: also one that it could join.
   */
  async find({ account, to }: Request, joinable = false): Promise<Asked> {
    const { domain, registry, store } = this.#options;
    if (account === undefined) throw new IqError({ code: 'forbidden' });
    if (account.state === 'closing') throw new IqError({ code: 'closing' });
    const chat = await resolveLocal(store, account.id, to.local ?? '');
    if (chat?.kind !== 'group') throw new IqError({ code: 'not-found' });
    const can = joinable && account.status?.can.includes('join') === true;
    const known = registry.get(account.id, chat.id) ?? (await store.doc(account.id, 'chat', chatName(chat)));
    if (!known && !can) throw new IqError({ code: 'not-found' });
    const room = known ? await registry.open(account.id, chat.id) : unknown(account, chat.id);
    const self = [null, account.remote, account.status?.self].filter((id) => id !== undefined);
    return { account, room, jid: roomJid(room, domain), self };
  }

  /** Whom an address means in a room: an occupant's, a contact's, the user's own. Undefined: nobody. */
  async who({ account, room, jid }: Asked, address: string): Promise<string | null | undefined> {
    const { domain, store } = this.#options;
    const parsed = parseJid(address);
    if (parsed === undefined) return undefined;
    const bare = bareJid(parsed);
    if (bare === account.jid) return null;
    if (bare === jid) return parsed.resource === undefined ? undefined : room.byNick(parsed.resource)?.user;
    if (parsed.domain !== domain || parsed.local === undefined) return undefined;
    const chat = await resolveLocal(store, account.id, parsed.local);
    return chat?.kind === 'direct' ? room.author(chat.id) : undefined;
  }
}

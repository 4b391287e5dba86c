// Rooms that the network has put a user into, or would let him into: he is invited, once (XEP-0045, 7.8.2).
import type { ChatId } from '../adapter/api.ts';
import type { Directory, Registered } from '../account/directory.ts';
import type { ChatDocument } from '../message/entry.ts';
import type { Room } from '../room/room.ts';
import type { AllSettings } from '../room/settings.ts';
import type { Store } from '../store/api.ts';
import { text } from '../text/index.ts';
import { chatJid } from './address.ts';
import { invitation } from './feature/muc.ts';
import type { Pacer } from './pacer.ts';
import { roomJid } from './room-presence.ts';
import { x, type Element } from './stanza.ts';

export interface InvitationsOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'docs'>;
  readonly directory: Pick<Directory, 'get'>;
  readonly settings: AllSettings;
  readonly pacer: Pacer;
  readonly send: (stanza: Element) => void;
  readonly newId: () => string;
}

export class Invitations {
  readonly #options: InvitationsOptions;

  constructor(options: InvitationsOptions) {
    this.#options = options;
  }

  /** Invites the user to a room that he is in, or may enter, and does not know of. In the room's chain. */
  async invite(room: Room): Promise<void> {
    const { directory, domain, pacer, send, newId, settings } = this.#options;
    const account = directory.get(room.account);
    const { invitedBy, name } = room.document;
    if (account === undefined || !concernsHim(room.document)) return;
    if ((await settings.of(room.account, room.chat)).told === true) return;
    if (room.sessions.size > 0) return settings.set(room.account, room.chat, { told: true });
    if (!(await pacer.turn())) return;
    const jid = roomJid(room, domain);
    const from = invitedBy === undefined ? domain : chatJid({ kind: 'direct', id: invitedBy }, domain);
    const words = text(account.lang, 'room.invitation', { name: name ?? room.chat, jid });
    send(x('message', { from: jid, to: account.jid, id: newId() }, x('body', {}, words), ...invitation(jid, from)));
    await settings.set(room.account, room.chat, { told: true });
  }

  /** Rooms that the network told while nobody listened. */
  async *untold(account: Registered): AsyncIterable<ChatId> {
    const { settings, store } = this.#options;
    if (account.state === 'closing') return;
    for await (const { key, value } of store.docs(account.id, 'chat', 'group/')) {
      if (!concernsHim((value ?? {}) as ChatDocument)) continue;
      const chat = key.slice('group/'.length);
      if ((await settings.of(account.id, chat)).told !== true) yield chat;
    }
  }
}

const concernsHim = ({ joined, invitedBy }: ChatDocument): boolean => joined === true || invitedBy !== undefined;

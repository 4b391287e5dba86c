// What the entries of a group's 'in' lane are to the devices in its room, when their turn comes. With nobody in the room they are
// nothing: the archive has them.
import type { Author, Chat } from '../adapter/api.ts';
import type { Registered } from '../account/directory.ts';
import type { InBody } from '../message/entry.ts';
import type { Registry } from '../room/registry.ts';
import type { Room } from '../room/room.ts';
import type { Shown } from '../room/session.ts';
import type { Audience } from './audience.ts';
import { noticeText, render } from './render.ts';
import { renderRoom } from './render-room.ts';
import { roomJid } from './room-presence.ts';
import { addressed, x, type Element } from './stanza.ts';

/** What an entry does not say by its body. */
export interface RoomEntry {
  /** The base id of its stanzas. */
  readonly id: string;
  /** When it was accepted, in milliseconds since 1970. */
  readonly at: number;
  /** It waited, or goes again. */
  readonly late: boolean;
}

export interface RoomLanesOptions {
  readonly domain: string;
  readonly registry: Registry;
  readonly audience: Audience;
  readonly send: (stanza: Element) => void;
}

type Told = Extract<InBody, { type: 'event' | 'own' }>;

export class RoomLanes {
  readonly #options: RoomLanesOptions;

  constructor(options: RoomLanesOptions) {
    this.#options = options;
  }

  /** The stanzas for all devices in the room; undefined where the entry is no affair of a room. */
  render(account: Registered, body: InBody, entry: RoomEntry): readonly Element[] | undefined {
    const chat = chatOf(body);
    if (chat?.kind !== 'group') return undefined;
    const room = this.#options.registry.get(account.id, chat.id);
    switch (body.type) {
      case 'receipt':
      case 'error':
        return undefined;
      case 'notice':
        return this.#notice(account, body, room, entry);
      case 'event':
      case 'own':
        return room === undefined || room.sessions.size === 0 ? [] : this.#said(account, room, body, entry);
    }
  }

  /** What the gateway tells in the room; with nobody there, in its own chat. */
  #notice(
    { lang, jid }: Registered,
    { notice }: InBody & { readonly type: 'notice' },
    room: Room | undefined,
    { id, at }: RoomEntry,
  ): readonly Element[] {
    const { domain } = this.#options;
    const live = [...(room?.sessions.values() ?? [])].filter((session) => session.live);
    if (room === undefined || live.length === 0)
      return render({ type: 'notice', notice }, { domain, user: jid, id, at, lang });
    const words = x('body', {}, noticeText(notice, lang));
    const message = x('message', { from: roomJid(room, domain), type: 'groupchat', id }, words);
    return live.map((session) => addressed(message, session.jid));
  }

  #said(account: Registered, room: Room, body: Told, { id, at, late }: RoomEntry): readonly Element[] {
    const { audience, domain, send } = this.#options;
    const { archived } = body;
    const user = body.type === 'own' ? null : body.event.type === 'notice' ? undefined : body.event.from;
    const name = body.type === 'event' && body.event.type !== 'notice' ? body.event.name : undefined;
    const speaks = user === undefined ? undefined : room.author(user);
    const visit = speaks === undefined ? undefined : this.#present(room, speaks, name);
    const message = renderRoom(body, {
      ...{ room: roomJid(room, domain), names: room, archived, id, at, late },
      ...{ lang: account.lang, can: account.status?.can },
    });
    if (message === undefined) return [];
    const shown = new Map(
      speaks === undefined ? [] : room.talks(speaks).map(({ session, shown: first }) => [session, first] as const),
    );
    return [...room.sessions.values()].flatMap((session) => {
      const say = (): readonly Element[] => [
        ...audience.presences(room, session, visit?.before ?? shown.get(session) ?? []),
        addressed(message, session.jid),
        ...audience.presences(room, session, visit?.after ?? []),
      ];
      if (session.knows(archived)) return [];
      if (session.live) return say();
      session.later(archived, () => say().forEach(send));
      return [];
    });
  }

  /**
   * Whoever speaks is in the room. One of whom the network has not told is taken in, where it does not tell all; one who has
   * left since comes back for these words alone.
   */
  #present(
    room: Room,
    user: Author,
    name: string | undefined,
  ): { readonly before: readonly Shown[]; readonly after: readonly Shown[] } | undefined {
    const { registry } = this.#options;
    const known = room.of(user);
    if (user === null) return undefined;
    if (known === undefined && (room.members.complete || room.members.gone(user) !== undefined)) {
      const occupant = room.stranger(user, name);
      return {
        before: [{ type: 'available', occupant: { ...occupant, role: 'member' } }],
        after: [{ type: 'unavailable', occupant, gone: undefined }],
      };
    }
    if (known !== undefined && (name === undefined || known.name !== undefined)) return undefined;
    room.update([{ user: user, role: known?.role ?? 'member', ...(name === undefined ? {} : { name }) }], false);
    registry.changed(room);
    return undefined;
  }
}

/** The chat that an entry belongs to. */
function chatOf(body: InBody): Chat | undefined {
  if (body.type === 'own') return body.body.chat;
  if (body.type === 'event') return body.event.type === 'notice' ? undefined : body.event.chat;
  return body.chat;
}

// Presences of a room: of its occupants, as each device is to see them (XEP-0045, 7.2 to 9). Pure.
import type { Room } from '../room/room.ts';
import type { Gone, Occupant } from '../room/members.ts';
import { standing } from '../room/roles.ts';
import type { Shown } from '../room/session.ts';
import { chatJid } from './address.ts';
import { destroyed, mucUser, type Ending, type Status } from './feature/muc.ts';
import { hats } from './feature/hats.ts';
import { nick } from './feature/nick.ts';
import { occupantId } from './feature/occupant-id.ts';
import { x, type Child, type Element } from './stanza.ts';

/** To whom it goes. */
export interface ForDevice {
  readonly room: Room;
  readonly domain: string;
  /** The device's full JID. */
  readonly to: string;
  /** What its user says of his being there (show, status), which all his devices see. */
  readonly mood?: (() => readonly Element[]) | undefined;
}

/** The bare JID of a room. */
export const roomJid = ({ chat }: Pick<Room, 'chat'>, domain: string): string =>
  chatJid({ kind: 'group', id: chat }, domain);

/** One presence, as it is due to a device. `statuses`: what the device's own one says besides. */
export function presence(shown: Shown, device: ForDevice, statuses: readonly Status[] = []): Element {
  switch (shown.type) {
    case 'available':
      return available(shown.occupant, device, statuses);
    case 'unavailable':
      return unavailable(shown.occupant, shown.gone, device);
    case 'renamed':
      return away(shown.occupant, device, [own(shown.occupant, '110'), '303'], {
        ...standing(shown.occupant.role, device.room.isPrivate),
        nick: shown.nick,
      });
  }
}

function available(occupant: Occupant, { room, domain, to, mood }: ForDevice, statuses: readonly Status[]): Element {
  const codes: readonly (Status | undefined)[] = occupant.user === null ? ['110', ...statuses] : [];
  return x(
    'presence',
    { from: `${roomJid(room, domain)}/${occupant.nick}`, to },
    ...((occupant.user === null && mood?.()) || []),
    ...noTime(occupant),
    mucUser(
      { ...standing(occupant.role, room.isPrivate), jid: addressOf(occupant, { room, domain, to }) },
      given(codes),
    ),
    occupantId(occupant.id),
    hats(occupant.titles),
    // What a nick cannot hold.
    occupant.name !== undefined && occupant.name !== occupant.nick && nick(occupant.name),
  );
}

const SHOWS = { away: 'away', busy: 'dnd' } as const;

function noTime({ availability }: Occupant): readonly Child[] {
  if (availability === undefined) return [];
  const { show, text } = availability;
  return [x('show', {}, SHOWS[show]), text !== undefined && x('status', {}, text)];
}

function unavailable(occupant: Occupant, gone: Gone | undefined, device: ForDevice): Element {
  const { room } = device;
  const { by, reason, role = 'none' } = gone ?? {};
  const isKick = role === 'none' && by !== undefined && room.author(by) !== occupant.user;
  const codes = [own(occupant, '110'), role === 'banned' ? '301' : isKick ? '307' : undefined] as const;
  const actor = by === undefined || codes[1] === undefined ? undefined : room.nickOf(by);
  return away(occupant, device, codes, { ...standing(role, room.isPrivate), actor, reason });
}

function away(
  occupant: Occupant,
  device: ForDevice,
  codes: readonly (Status | undefined)[],
  item: Parameters<typeof mucUser>[0],
  ...more: readonly Child[]
): Element {
  const { room, domain, to } = device;
  return x(
    'presence',
    { from: `${roomJid(room, domain)}/${occupant.nick}`, to, type: 'unavailable' },
    mucUser({ ...item, jid: addressOf(occupant, device) }, given(codes), ...more),
    occupantId(occupant.id),
  );
}

/** A device is in the room no more: by its own wish, or for the reason that the codes give. */
export function farewell(
  { nick }: Pick<Occupant, 'nick'>,
  device: ForDevice,
  codes: readonly Status[],
  end?: Ending,
): Element {
  const occupant = { user: null, nick, name: undefined, role: 'none', id: device.room.idOf(null) } as const;
  const { isPrivate, members } = device.room;
  // With the room all affiliations end (10.9).
  const { affiliation } = standing((end === undefined && members.of(null)?.role) || 'none', isPrivate);
  return away(occupant, device, ['110', ...codes], { affiliation, role: 'none' }, end && destroyed(end));
}

/** Where somebody can be written to: in a private room all may know it, elsewhere it is only the device's own. */
function addressOf({ user }: Occupant, { room, domain, to }: ForDevice): string | undefined {
  if (user === null) return to;
  return room.isPrivate ? chatJid({ kind: 'direct', id: user }, domain) : undefined;
}

const own = ({ user }: Occupant, code: Status): Status | undefined => (user === null ? code : undefined);
const given = (codes: readonly (Status | undefined)[]): readonly Status[] => codes.filter((code) => code !== undefined);

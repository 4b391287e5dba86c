// What the rooms' figures are taken on: one Prosody, one ngircd, and three gateways between them that take turns.
import { ngircd } from '../server/ircd.ts';
import { prosody } from '../server/prosody.ts';
import type { XmppServer } from '../server/api.ts';
import { bigChannel } from './big-channel.ts';
import { Biboumi, provideBiboumi } from './biboumi.ts';
import { Flow, type Way } from './flow.ts';
import { Gateway, USERS } from './gateway.ts';
import { IrcWire } from './irc-wire.ts';
import { RoomUsers } from './room-users.ts';

/** Who is measured; ours writes to disk, always. */
export const contenders = ['moongate', 'biboumi on disk', 'biboumi on tmpfs'] as const;
export type Contender = (typeof contenders)[number];

export const directions = ['IRC to XMPP', 'XMPP to IRC'] as const;
export type Direction = (typeof directions)[number];

/** Users are numbered; those beyond are for the big room alone, whose server is another. */
const USERS_ON_IRC = 600;
const BIG = 'big';

/** One gateway, as the measurements see it. */
export interface Side {
  readonly name: Contender;
  readonly pid: number;
  /** Nicks and channels of its own: all meet on one server. */
  readonly letter: string;
  readonly domain: string;
  /** Where its channels of five thousand are. */
  readonly bigDomain: string;
  /** Somebody on IRC who writes and reads in its channels. */
  readonly friend: IrcWire;
}

export interface RoomsField extends AsyncDisposable {
  readonly users: RoomUsers;
  readonly sides: readonly Side[];
  readonly flow: Flow;
  readonly moongate: Gateway;
}

export const channelOf = ({ letter }: Side, name: string): string => `#${letter}${name}`;
export const roomOf = (side: Side, name: string): string => `${channelOf(side, name)}@${side.domain}`;
export const userOf = ({ letter }: Side, number: number): string => `${letter}u${number}`;
export const bigUserOf = ({ letter }: Side, number: number): string => `${letter}${BIG}${number}`;

/** Starts everything. */
export async function layOutRooms(command: string, profile = false): Promise<RoomsField> {
  provideBiboumi();
  await using stack = new AsyncDisposableStack();
  const places = [
    { name: 'moongate', letter: 'm', domain: 'irc.example.org', bigDomain: 'big.example.org' },
    { name: 'biboumi on disk', letter: 'd', domain: 'disk.example.org', bigDomain: 'disk.example.org' },
    { name: 'biboumi on tmpfs', letter: 't', domain: 'tmpfs.example.org', bigDomain: 'tmpfs.example.org' },
  ] as const;
  const domains = [USERS, ...new Set(places.flatMap(({ domain, bigDomain }) => [domain, bigDomain]))];
  const components = Object.fromEntries(domains.map((domain) => [domain, `secret of ${domain}`]));
  const server = stack.use(await prosody.start({ components, offline: 'none', privilege: false }));
  const irc = stack.use(await ngircd.start());
  const big = stack.use(await bigChannel());
  const users = await RoomUsers.open({ port: server.componentPort, domain: USERS, secret: components[USERS] ?? '' });
  stack.defer(() => users.close());
  const [moongate, ...others] = places;
  const ports = { [moongate.domain]: irc.port, [moongate.bigDomain]: big.port };
  const gateway = stack.use(await startMoongate(server, command, ports, profile));
  const sides = [await sideOf(stack, moongate, gateway.pid, irc.port)];
  for (const place of others) {
    const { domain, name } = place;
    const known = accounts(place.letter, irc.port, big.port);
    const tmpfs = name === 'biboumi on tmpfs';
    const biboumi = stack.use(await Biboumi.start({ server, domain, tmpfs, users: known }));
    sides.push(await sideOf(stack, place, biboumi.pid, irc.port));
  }
  const flow = new Flow();
  const all = stack.move();
  return { users, sides, flow, moongate: gateway, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function sideOf(
  stack: AsyncDisposableStack,
  place: Pick<Side, 'name' | 'letter' | 'domain' | 'bigDomain'>,
  pid: number,
  port: number,
): Promise<Side> {
  const friend = await IrcWire.open(port, `${place.letter}friend`);
  stack.defer(() => friend.close());
  return { ...place, pid, friend };
}

function startMoongate(
  server: XmppServer,
  command: string,
  ports: Readonly<Record<string, number>>,
  profile: boolean,
): Promise<Gateway> {
  const table = (port: number): string =>
    `server = "127.0.0.1"\nport = ${port}\ntls = false\nflood = false\nidle_minutes = false`;
  return Gateway.start({
    ...{ server, command, profile },
    transports: Object.fromEntries(Object.keys(ports).map((domain) => [domain, 'irc'])),
    tables: Object.fromEntries(Object.entries(ports).map(([domain, port]) => [domain, table(port)])),
  });
}

/** biboumi's users by JID, each with the port of his IRC server. */
function accounts(letter: string, irc: number, big: number): ReadonlyMap<string, number> {
  const numbers = Array.from({ length: USERS_ON_IRC }, (_, index) => index);
  return new Map([
    ...numbers.map((number) => [`${letter}u${number}@${USERS}`, irc] as const),
    ...numbers.slice(0, 10).map((number) => [`${letter}${BIG}${number}@${USERS}`, big] as const),
  ]);
}

/** One direction through rooms `name0`, `name1` and so on; `userIn` says which user is in a room. */
export function wayOf(
  { users, flow }: RoomsField,
  side: Side,
  direction: Direction,
  rooms: { readonly name: string; readonly count: number; readonly userIn: (room: number) => number },
): Way {
  const out = direction === 'XMPP to IRC';
  users.onFailure = side.friend.onEnd = (error?: Error) =>
    flow.fail(new Error(`${side.name}, ${direction}: ${error?.message ?? 'the friend was disconnected'}`));
  users.onBody = (body) => !out && flow.read(body);
  side.friend.onMessage = (_, text) => out && flow.read(text);
  const say = (room: number, text: string): void => {
    const name = `${rooms.name}${room}`;
    if (!out) side.friend.say(channelOf(side, name), text);
    else users.say(userOf(side, rooms.userIn(room)), roomOf(side, name), text);
  };
  return { rooms: rooms.count, say };
}

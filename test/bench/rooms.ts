// Rooms of IRC through three gateways: how many messages, how fast, what each costs, and what people and rooms cost.
import { performance } from 'node:perf_hooks';
import { LIVE } from './big-channel.ts';
import { median, percentile } from './numbers.ts';
import { bigUserOf, channelOf, directions, roomOf, userOf, wayOf } from './rooms-field.ts';
import type { Contender, Direction, RoomsField, Side } from './rooms-field.ts';
import { bodyOf } from './room-users.ts';
import { cpuOf, idle, residentOf } from './usage.ts';

/** How much of everything. */
export interface RoomsEffort {
  readonly rounds: number;
  readonly ms: number;
  readonly pacedMs: number;
  readonly crowds: readonly number[];
  readonly growth: number;
}

/** A figure for each contender. */
export type ByContender<T> = Readonly<Record<Contender, T>>;

export interface RoomLoad {
  readonly rooms: number;
  readonly direction: Direction;
  /** Messages a second and microseconds of CPU for each, medians of the rounds. */
  readonly figures: ByContender<{ readonly rate: number; readonly cpu: number }>;
  /** Ours as a multiple of each, the median of the multiples of the rounds. */
  readonly multiple: ByContender<number>;
}
export interface RoomLatency {
  readonly direction: Direction;
  /** Milliseconds. */
  readonly figures: ByContender<{ readonly p50: number; readonly p99: number }>;
}
/** Milliseconds until all have joined; bytes for each of them. */
export type Crowd = { readonly people: number; readonly figures: ByContender<{ took: number; memory: number }> };
/** Milliseconds until the first live message, and stanzas before it. */
export interface BigJoin {
  readonly occupants: number;
  readonly figures: ByContender<{ readonly live: number; readonly before: number }>;
}
export interface Growth {
  readonly rooms: number;
  /** Microseconds of CPU for each message IRC to XMPP, through one room and through all; bytes for each room. */
  readonly figures: ByContender<{ readonly one: number; readonly all: number; readonly memory: number }>;
}
export interface RoomFindings {
  readonly loads: readonly RoomLoad[];
  readonly latency: readonly RoomLatency[];
  readonly crowds: readonly Crowd[];
  readonly big: BigJoin;
  readonly growth: Growth;
}

/** Rooms that are written to at once, and messages under way in all of them together. */
const LOADS = [
  { count: 1, window: 100 },
  { count: 50, window: 200 },
] as const;
const EVERY_MS = 50;
const OCCUPANTS = 5_000;
const BIG_JOINS = 3;
/** Within which something must be heard there. */
const HEARD_MS = 30_000;
const REST_MS = 10_000;
/** Whose numbers come after those who speak. */
const CROWD_FROM = 100;
const GROWING_FROM = 500;
const ROOMS_OF_EACH = 20;

/** Measures everything. */
export async function measureRooms(
  field: RoomsField,
  effort: RoomsEffort,
  say: (text: string) => void,
): Promise<RoomFindings> {
  await enter(field, field.sides);
  const crowds: Crowd[] = [];
  let from = CROWD_FROM;
  for (const people of effort.crowds) {
    say(`rooms: ${people} people join`);
    crowds.push(await crowd(field, from, people));
    from += people;
  }
  const loads: RoomLoad[] = [];
  for (const { count, window } of LOADS)
    for (const direction of directions) {
      say(`rooms: ${count}, ${direction}`);
      loads.push(await load(field, { count, window, direction }, effort));
    }
  // What was found so far, should the rest fail.
  say(JSON.stringify({ loads, crowds }));
  say('rooms: latency');
  const latency: RoomLatency[] = [];
  for (const direction of directions)
    latency.push({ direction, figures: await each(field, (side) => paced(field, side, direction, effort.pacedMs)) });
  say(JSON.stringify({ latency }));
  say('rooms: a big one');
  const big = { occupants: OCCUPANTS, figures: await each(field, (side) => bigJoin(field, side)) };
  say(JSON.stringify({ big }));
  say('rooms: many');
  const growth = { rooms: effort.growth, figures: await each(field, (side) => grow(field, side, effort)) };
  return { loads, latency, crowds, big, growth };
}

/** A user and the friend go to each room that is spoken in. */
export async function enter({ users }: RoomsField, sides: readonly Side[]): Promise<void> {
  const rooms = Array.from({ length: Math.max(...LOADS.map(({ count }) => count)) }, (_, room) => room);
  for (const side of sides) {
    await side.friend.join(rooms.map((room) => channelOf(side, `r${room}`)));
    await users.joinAll(rooms.map((room) => [userOf(side, room), roomOf(side, `r${room}`)]));
  }
}

const speaking = (count: number): { name: string; count: number; userIn: (room: number) => number } => ({
  ...{ name: 'r', count },
  userIn: (room) => room,
});

async function each<T>({ sides }: RoomsField, take: (side: Side) => Promise<T>): Promise<ByContender<T>> {
  const figures: Partial<Record<Contender, T>> = {};
  for (const side of sides) figures[side.name] = await take(side);
  return figures as Record<Contender, T>;
}

async function load(
  field: RoomsField,
  { count, window, direction }: { readonly count: number; readonly window: number; readonly direction: Direction },
  { rounds, ms }: RoomsEffort,
): Promise<RoomLoad> {
  const all: ByContender<{ readonly rate: number; readonly cpu: number }>[] = [];
  for (let round = 0; round < rounds; round++)
    all.push(await each(field, (side) => flood(field, side, direction, speaking(count), window, ms)));
  const of = (pick: (round: (typeof all)[number]) => number): number => median(all.map(pick));
  const figures = await each(field, ({ name }) =>
    Promise.resolve({ rate: of((one) => one[name].rate), cpu: of((one) => one[name].cpu) }),
  );
  const multiple = await each(field, ({ name }) => Promise.resolve(of((one) => one.moongate.rate / one[name].rate)));
  return { rooms: count, direction, figures, multiple };
}

async function flood(
  field: RoomsField,
  side: Side,
  direction: Direction,
  rooms: ReturnType<typeof speaking>,
  window: number,
  ms: number,
): Promise<{ readonly rate: number; readonly cpu: number }> {
  let used = 0;
  const { arrived, seconds } = await field.flow.flood(wayOf(field, side, direction, rooms), window, {
    ...{ warmMs: ms / 3, ms },
    begin: () => (used = cpuOf(side.pid)),
    end: () => (used = cpuOf(side.pid) - used),
  });
  return { rate: arrived / seconds, cpu: used / arrived };
}

async function paced(
  field: RoomsField,
  side: Side,
  direction: Direction,
  ms: number,
): Promise<{ readonly p50: number; readonly p99: number }> {
  const took = await field.flow.paced(wayOf(field, side, direction, speaking(1)), EVERY_MS, { warmMs: 1_000, ms });
  return { p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

async function crowd(field: RoomsField, from: number, people: number): Promise<Crowd> {
  const figures = await each(field, async (side) => {
    await rest(side);
    const before = residentOf(side.pid);
    const room = roomOf(side, `crowd${people}`);
    const joins = Array.from({ length: people }, (_, index) => [userOf(side, from + index), room] as const);
    const took = await timed(() => field.users.joinAll(joins));
    await rest(side);
    return { took, memory: (residentOf(side.pid) - before) / people };
  });
  return { people, figures };
}

/** By somebody who is connected already. */
async function bigJoin(field: RoomsField, side: Side): Promise<{ readonly live: number; readonly before: number }> {
  const found: { readonly live: number; readonly before: number }[] = [];
  for (let turn = 0; turn < BIG_JOINS; turn++) {
    const user = bigUserOf(side, turn);
    await rest(side);
    await field.users.join(user, `#${side.letter}small@${side.bigDomain}`);
    const room = `#${side.letter}big${OCCUPANTS}@${side.bigDomain}`;
    let before = 0;
    const began = performance.now();
    const live = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error(`${side.name}: nothing was heard in the big room`)), HEARD_MS).unref();
      field.users.onStanza = ({ room: from, text }) => {
        if (from !== room) return;
        if (bodyOf(text) === LIVE) resolve(performance.now() - began);
        else before += 1;
      };
    });
    const joined = field.users.join(user, room);
    found.push({ live: await live, before });
    field.users.onStanza = undefined;
    await joined;
  }
  return { live: median(found.map(({ live }) => live)), before: median(found.map(({ before }) => before)) };
}

async function grow(
  field: RoomsField,
  side: Side,
  { growth: count, ms }: RoomsEffort,
): Promise<{ readonly one: number; readonly all: number; readonly memory: number }> {
  const rooms = { name: 'g', count, userIn: (room: number) => GROWING_FROM + Math.floor(room / ROOMS_OF_EACH) };
  const names = Array.from({ length: count }, (_, room) => `g${room}`);
  await side.friend.join(names.map((name) => channelOf(side, name)));
  const join = (from: number, to: number): Promise<void> =>
    field.users.joinAll(
      names.slice(from, to).map((name, at) => [userOf(side, rooms.userIn(from + at)), roomOf(side, name)] as const),
    );
  await join(0, 1);
  await rest(side);
  // Not after a flood: what that leaves behind goes when it pleases, and rooms would seem to give memory back.
  const before = residentOf(side.pid);
  const one = await flood(field, side, 'IRC to XMPP', { ...rooms, count: 1 }, 100, ms);
  for (let from = 1; from < count; from += ROOMS_OF_EACH) await join(from, Math.min(count, from + ROOMS_OF_EACH));
  await rest(side);
  const memory = (residentOf(side.pid) - before) / (count - 1);
  const all = await flood(field, side, 'IRC to XMPP', rooms, 200, ms);
  return { one: one.cpu, all: all.cpu, memory };
}

/** A gateway may not come to rest (biboumi uses some CPU all the time): it is waited for, but not for ever. */
async function rest({ pid }: Side): Promise<void> {
  await idle(pid, REST_MS).catch(() => undefined);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

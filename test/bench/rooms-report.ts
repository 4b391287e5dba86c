// The rooms' part of RESULTS.md: every figure with its aim beside it.
import { count, table, verdict } from './report.ts';
import { contenders, type Contender } from './rooms-field.ts';
import type { BigJoin, ByContender, Crowd, Growth, RoomFindings, RoomLatency, RoomLoad } from './rooms.ts';

/** What the part begins with. */
export const ROOMS_HEADING = '## Rooms of IRC, beside biboumi';

const [ours, disk, tmpfs] = contenders;
/** Ours as a multiple of biboumi's. */
const AIMS = [
  { rooms: 1, direction: 'IRC to XMPP', disk: 12, tmpfs: 2 },
  { rooms: 1, direction: 'XMPP to IRC', disk: 4, tmpfs: undefined },
  { rooms: 50, direction: 'IRC to XMPP', disk: 12, tmpfs: undefined },
  { rooms: 50, direction: 'XMPP to IRC', disk: 12, tmpfs: undefined },
] as const;
const MOST_LIVE_MS = 300;
const MOST_BEFORE = 200;
const KIB = 1_024;

/** All tables. */
export function roomsReport(found: RoomFindings, machine: readonly string[]): readonly string[] {
  return [
    ROOMS_HEADING,
    '',
    'One Prosody, one ngircd, and three gateways that take turns: ours on disk, Debian’s biboumi with its database on disk and',
    'on tmpfs. No throttle anywhere. Users are JIDs of one component on a raw socket, the friend on IRC is a raw socket.',
    'Every message is checked: a lost, doubled or reordered one fails the run.',
    '',
    ...machine.map((line) => `- ${line}`),
    '',
    ...loadTable(found.loads),
    ...latencyTable(found.latency),
    ...crowdTable(found.crowds),
    ...bigTable(found.big),
    ...growthTable(found.growth),
  ];
}

const half = (value: number, of: number): string => `${value.toFixed(0)}${verdict(value <= of / 2, 'half of biboumi')}`;

function loadTable(loads: readonly RoomLoad[]): readonly string[] {
  return [
    '### Messages a second',
    '',
    'One channel with 100 messages under way; 50 channels with a user each and 200 under way in all. Multiples are medians of',
    'those of the rounds. CPU is that of the whole gateway; its aim is half of biboumi’s on tmpfs.',
    '',
    table(
      ['channels', 'direction', ...contenders, 'x disk', 'x tmpfs', ...contenders.map((name) => `CPU us, ${name}`)],
      loads.map(({ rooms, direction, figures, multiple }) => {
        const aim = AIMS.find((one) => one.rooms === rooms && one.direction === direction);
        const times = (value: number, least: number | undefined): string =>
          `${value.toFixed(1)}${least === undefined ? '' : verdict(value >= least, least)}`;
        return [
          ...[count(rooms), direction, ...contenders.map((name) => count(figures[name].rate))],
          ...[times(multiple[disk], aim?.disk), times(multiple[tmpfs], aim?.tmpfs)],
          ...contenders.map((name) => cpuOf(name, figures)),
        ];
      }),
    ),
    '',
  ];
}

function cpuOf(name: Contender, figures: RoomLoad['figures']): string {
  return name === ours ? half(figures[ours].cpu, figures[tmpfs].cpu) : figures[name].cpu.toFixed(0);
}

function latencyTable(rows: readonly RoomLatency[]): readonly string[] {
  const spread = ({ p50, p99 }: { readonly p50: number; readonly p99: number }): string =>
    `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
  return [
    '### Latency at 20 messages a second',
    '',
    'One channel; p50 / p99 in milliseconds, from one raw socket to the other.',
    '',
    table(
      ['direction', ...contenders, 'p50 beside disk', 'p99 beside disk'],
      rows.map(({ direction, figures }) => [
        ...[direction, ...contenders.map((name) => spread(figures[name]))],
        ...(['p50', 'p99'] as const).map((what) => {
          const share = figures[ours][what] / figures[disk][what];
          return `${share.toFixed(2)} x${verdict(share <= 0.5, 0.5)}`;
        }),
      ]),
    ),
    '',
  ];
}

function crowdTable(crowds: readonly Crowd[]): readonly string[] {
  return [
    '### People in one channel',
    '',
    'All join at once, each with a connection of his own that is made then. Until each has the list and the subject; and what',
    'the gateway’s resident memory is larger by, for each of them, when it has come to rest.',
    '',
    table(
      ['people', ...contenders.map((name) => `join, ${name}`), ...contenders.map((name) => `memory, ${name}`)],
      crowds.map(({ people, figures }) => [
        count(people),
        ...contenders.map((name) => `${(figures[name].took / 1_000).toFixed(2)} s`),
        ...contenders.map((name) => `${(figures[name].memory / KIB).toFixed(0)} KiB`),
      ]),
    ),
    '',
  ];
}

function bigTable({ occupants, figures }: BigJoin): readonly string[] {
  const row = (name: Contender): readonly string[] => {
    const { live, before } = figures[name];
    return name === ours
      ? [
          ...[name, live.toFixed(0) + verdict(live <= MOST_LIVE_MS, MOST_LIVE_MS)],
          before.toFixed(0) + verdict(before <= MOST_BEFORE, MOST_BEFORE),
        ]
      : [name, live.toFixed(0), before.toFixed(0)];
  };
  return [
    `### A channel of ${count(occupants)}`,
    '',
    'From the join of one who is connected to the first message that is said there, which the server sends right behind the',
    'list; and how many stanzas of the room come before it.',
    '',
    table(['gateway', 'ms to the first live message', 'stanzas before it'], contenders.map(row)),
    '',
  ];
}

function growthTable({ rooms, figures }: Growth): readonly string[] {
  const cell =
    (pick: (one: Growth['figures'][Contender]) => string) => (all: ByContender<Parameters<typeof pick>[0]>) =>
      contenders.map((name) => pick(all[name]));
  return [
    `### From 1 to ${count(rooms)} rooms`,
    '',
    'Twenty rooms for each user, all of which the friend is in. CPU in microseconds for each message IRC to XMPP.',
    '',
    table(
      ['what', ...contenders],
      [
        ['CPU, one room', ...cell(({ one }) => one.toFixed(0))(figures)],
        [`CPU, ${count(rooms)} rooms`, ...cell(({ all }) => all.toFixed(0))(figures)],
        ['memory for each room', ...cell(({ memory }) => `${(memory / KIB).toFixed(1)} KiB`)(figures)],
      ],
    ),
    '',
  ];
}

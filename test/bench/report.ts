// RESULTS.md: every figure with its aim beside it.
import type { ArchiveFigures } from './archive.ts';
import { echoes } from './echoes.ts';
import type { Filled } from './filled.ts';
import type { Latency } from './latency.ts';
import type { Standing } from './standing.ts';
import type { Throughput } from './throughput.ts';

/** What a whole run found. */
export interface Findings {
  readonly machine: readonly string[];
  readonly took: number;
  readonly servers: readonly {
    readonly name: string;
    readonly version: string;
    readonly throughput: readonly Throughput[];
    readonly latency: Latency;
  }[];
  readonly standing: Standing;
  readonly filled: Filled;
  readonly archive: ArchiveFigures;
}

/** The aims over 1,000 chats, as a share of the raw echo. */
const SHARES: Readonly<Record<string, number>> = { prosody: 0.9, ejabberd: 0.6 };
const MIB = 2 ** 20;

/** The findings as a page. */
export function report({ machine, took, servers, standing, filled, archive }: Findings): string {
  return [
    '# What the gateway costs',
    '',
    'Written by `npm run bench`; do not edit. Ratios are of one run on one machine: only they can be compared elsewhere.',
    '',
    ...machine.map((line) => `- ${line}`),
    `- ${servers.map(({ version }) => version).join(', ')}`,
    `- the whole run took ${Math.round(took / 1_000)} s`,
    '',
    ...servers.flatMap(({ name, throughput }) => throughputTable(name, throughput)),
    ...latencyTable(servers),
    ...standingTable(standing),
    ...filledTable(filled),
    ...archiveTable(archive),
  ].join('\n');
}

function throughputTable(name: string, rows: readonly Throughput[]): readonly string[] {
  const aim = SHARES[name];
  return [
    `## Round trips a second through ${name}`,
    '',
    'User -> server -> echo -> server -> user; the users are JIDs of one component on a raw socket. The gateway writes each',
    'message to a lane on disk in both directions. CPU is that of all its threads for each message relayed, in either',
    'direction: a round trip is two.',
    '',
    table(
      ['chats', 'under way in each', ...echoes, 'stock/raw', 'moongate/raw', 'CPU us/message', 'main + other threads'],
      rows.map(({ chats, window, rate, share, cpu, cpuMain, cpuOthers }) => [
        ...[count(chats), count(window), ...echoes.map((echo) => count(rate[echo]))],
        share.stock.toFixed(2),
        share.moongate.toFixed(2) + (chats === 1_000 && aim !== undefined ? verdict(share.moongate >= aim, aim) : ''),
        cpu.toFixed(0) + (chats === 1_000 ? verdict(cpu <= 60, 60) : ''),
        `${cpuMain.toFixed(0)} + ${cpuOthers.toFixed(0)}`,
      ]),
    ),
    '',
  ];
}

function latencyTable(servers: Findings['servers']): readonly string[] {
  const ms = (value: number): string => value.toFixed(2);
  const multiple = (value: number, of: number, aim: number): string =>
    `${(value / of).toFixed(1)} x${verdict(value / of <= aim, aim)}`;
  return [
    '## Added latency at 100 messages a second',
    '',
    'In milliseconds. Added: beyond the p50 of the raw echo. The durable append is a row in a transaction of its own',
    '(WAL, synchronous=FULL) on the same disk, back to back and at the pace of the messages; multiples are of the former.',
    '',
    table(
      ['server', 'append p50', 'paced', 'raw p50', 'p99', 'moongate p50', 'p99', 'added p50', 'added p99'],
      servers.map(({ name, latency: { append, appendPaced, raw, moongate, added } }) => [
        ...[name, ms(append), ms(appendPaced), ms(raw.p50), ms(raw.p99), ms(moongate.p50), ms(moongate.p99)],
        `${ms(added.p50)} = ${multiple(added.p50, append, 4)}`,
        `${ms(added.p99)} = ${multiple(added.p99, append, 20)}`,
      ]),
    ),
    '',
  ];
}

function standingTable(found: Standing): readonly string[] {
  const { accounts } = found;
  const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;
  const perAccount = (bytes: number): number => (bytes - found.idle) / accounts / 1_024;
  const kib = (value: number): string => `${value.toFixed(1)} KiB${verdict(value <= 15, 15)}`;
  const seconds = (value: number, aim?: number): string =>
    `${(value / 1_000).toFixed(2)} s${aim === undefined ? '' : verdict(value <= aim * 1_000, aim)}`;
  const most = 100;
  return [
    '## Standing still',
    '',
    'The built package on Prosody with two transports, loopback and telegram; all accounts are on the loopback.',
    '',
    table(
      ['what', 'figure'],
      [
        ['cold start until both components are online', seconds(found.coldStart, 0.5)],
        ['the same from the sources', seconds(found.coldStartFromSource)],
        ['resident, no account', mib(found.idle) + verdict(found.idle <= most * MIB, most)],
        [`registering ${count(accounts)} accounts`, seconds(found.registering)],
        [`resident after that`, mib(found.idleRegistered)],
        ['for each account', kib(perAccount(found.idleRegistered))],
        ['stopping with them', seconds(found.shutdown)],
        ['restart with them until ready', seconds(found.restart, 30)],
        ['resident after the restart', mib(found.idleRestarted)],
        ['for each account', kib(perAccount(found.idleRestarted))],
      ],
    ),
    '',
  ];
}

/** What a full store costs each message. */
export function filledTable({ lanes, rows, fresh, filled, filledAll }: Filled): readonly string[] {
  const most = 20;
  const more = (value: number): string => {
    const percent = 100 * (value / fresh - 1);
    return `${value.toFixed(0)} us, ${percent > 0 ? '+' : ''}${percent.toFixed(0)} %`;
  };
  return [
    '## A full store',
    '',
    `CPU for each message through Prosody, with ${count(lanes)} accounts: with a store that is nearly empty, and with one that holds`,
    `${count(rows)} settled entries, as many keys and as many ids, in ${count(lanes)} lanes.`,
    '',
    table(
      ['store', 'lanes in use', 'CPU for each message'],
      [
        ['nearly empty', count(1_000), `${fresh.toFixed(0)} us`],
        ['full', count(1_000), more(filled) + verdict(filled < fresh * (1 + most / 100), `${most} %`)],
        ['full', count(lanes), more(filledAll) + verdict(filledAll < fresh * (1 + most / 100), `${most} %`)],
      ],
    ),
    '',
  ];
}

/** Pages of a big archive. */
export function archiveTable({ rows, written, pages }: ArchiveFigures): readonly string[] {
  const most = 5;
  return [
    '## Pages of a big archive',
    '',
    `One room with ${count(rows)} rows, asked through the store for pages of 50, in milliseconds. They were written at`,
    `${count(written)} rows a second, a thousand in each step.`,
    '',
    table(
      ['page', 'p50', 'p99'],
      pages.map(({ what, p50, p99 }) => [what, p50.toFixed(2), p99.toFixed(2) + verdict(p99 <= most, most)]),
    ),
    '',
  ];
}

/** Whether an aim was met. */
export function verdict(met: boolean, aim: number | string): string {
  return ` (aim ${aim}: ${met ? 'met' : 'missed'})`;
}

/** A number for people. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

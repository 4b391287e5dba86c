// npm run bench: measures the gateway beside a raw socket and the stock library, and writes RESULTS.md.
//   --quick          short spans, for trying the bench itself; prints the page and writes nothing
//   --archive        instead: pages of a big archive alone
//   --full           instead: what a full store costs each message
//   --rooms          instead: rooms of IRC, beside biboumi; writes its part of RESULTS.md
//   --profile NAME   instead: where the gateway's time goes under the load of 1,000 chats on that server, or of `rooms`
import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { ejabberd } from '../server/ejabberd.ts';
import { prosody } from '../server/prosody.ts';
import type { ServerKind } from '../server/api.ts';
import { measureArchive } from './archive.ts';
import { layOut } from './echoes.ts';
import { measureFilled, type Filled } from './filled.ts';
import { measureLatency } from './latency.ts';
import { machine, versionOf } from './machine.ts';
import { build } from './package.ts';
import { profile, profileRooms } from './profile.ts';
import { archiveTable, filledTable, report, type Findings } from './report.ts';
import { layOutRooms } from './rooms-field.ts';
import { ROOMS_HEADING, roomsReport } from './rooms-report.ts';
import { measureRooms, type RoomsEffort } from './rooms.ts';
import { measureStanding } from './standing.ts';
import { measureThroughput, mostUsers } from './throughput.ts';
import { idle } from './usage.ts';

interface Effort {
  readonly rounds: number;
  readonly floodMs: number;
  readonly pacedMs: number;
  readonly accounts: number;
  readonly starts: number;
  readonly rows: number;
}
const whole: Effort = { rounds: 3, floodMs: 3_000, pacedMs: 10_000, accounts: 10_000, starts: 5, rows: 1_000_000 };
const quick: Effort = { rounds: 1, floodMs: 1_500, pacedMs: 3_000, accounts: 1_000, starts: 1, rows: 50_000 };
const wholeRooms: RoomsEffort = { rounds: 3, ms: 2_000, pacedMs: 10_000, crowds: [50, 200], growth: 1_000 };
const quickRooms: RoomsEffort = { rounds: 1, ms: 1_500, pacedMs: 3_000, crowds: [50], growth: 100 };
const RESULTS = new URL('RESULTS.md', import.meta.url);
/** Pages of each kind that the archive is asked for. */
const ASKED = 1_000;
const kinds: readonly ServerKind[] = [prosody, ejabberd];

async function measure(kind: ServerKind, command: string, effort: Effort): Promise<Findings['servers'][number]> {
  say(`${kind.name}: starting, and registering users`);
  await using field = await layOut(kind, { command, users: mostUsers });
  await idle(field.gateway.pid);
  say(`${kind.name}: throughput`);
  const throughput = await measureThroughput(field, effort.rounds, effort.floodMs);
  say(`${kind.name}: latency`);
  const latency = await measureLatency(field, effort.pacedMs);
  for (const line of field.gateway.complaints()) say(line);
  return { name: kind.name, version: versionOf(kind), throughput, latency };
}

async function run(effort: Effort): Promise<string> {
  const [began, taken] = [performance.now(), machine()];
  using built = build();
  const servers: Findings['servers'][number][] = [];
  for (const kind of kinds) servers.push(told(await measure(kind, built.command, effort)));
  say('starts and memory');
  const standing = told(await measureStanding(prosody, built.command, effort.accounts, effort.starts));
  say('a full store');
  const filled = told(await measureFull(built.command, effort));
  say('pages of a big archive');
  const archive = await measureArchive(effort.rows, ASKED);
  const rooms = await measureAllRooms(built.command, effort === whole ? wholeRooms : quickRooms);
  const page = report({ machine: taken, took: performance.now() - began, servers, standing, filled, archive });
  // What limits a figure is found and written by hand.
  const limits = readFileSync(new URL('LIMITS.md', import.meta.url), 'utf8').replace(/^# /, '## ');
  return formatted([page, limits, ...rooms].join('\n'));
}

async function measureAllRooms(command: string, effort: RoomsEffort): Promise<readonly string[]> {
  const taken = [...machine(), ...['prosody', 'ngircd', 'biboumi'].map((name) => versionOf({ name }))];
  await using field = await layOutRooms(command);
  const found = await measureRooms(field, effort, say);
  for (const line of field.moongate.complaints()) say(line);
  return roomsReport(found, taken);
}

function measureFull(command: string, { accounts: lanes, rows, rounds, floodMs: ms }: Effort): Promise<Filled> {
  return measureFilled(prosody, command, { lanes, rows }, { rounds, ms });
}

async function formatted(page: string): Promise<string> {
  return format(page, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' });
}

/** What was found, at once: a later part may fail. */
function told<T>(found: T): T {
  say(JSON.stringify(found));
  return found;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    archive: { type: 'boolean' },
    full: { type: 'boolean' },
    rooms: { type: 'boolean' },
    profile: { type: 'string' },
  },
});
if (values.profile === 'rooms') {
  await profileRooms(5_000);
} else if (values.profile !== undefined) {
  const kind = kinds.find(({ name }) => name === values.profile);
  if (kind === undefined) throw new Error(`--profile is one of ${kinds.map(({ name }) => name).join(', ')}, rooms`);
  await profile(kind, 5_000);
} else if (values.archive) {
  const { rows } = values.quick ? quick : whole;
  process.stdout.write(await formatted(archiveTable(await measureArchive(rows, ASKED)).join('\n')));
} else if (values.full) {
  using built = build();
  const filled = await measureFull(built.command, values.quick ? quick : whole);
  process.stdout.write(await formatted(filledTable(filled).join('\n')));
} else if (values.rooms) {
  using built = build();
  const part = await measureAllRooms(built.command, values.quick ? quickRooms : wholeRooms);
  process.stdout.write(await formatted(part.join('\n')));
  const [before = ''] = readFileSync(RESULTS, 'utf8').split(ROOMS_HEADING);
  if (!values.quick) writeFileSync(RESULTS, await formatted([before, ...part].join('\n')));
} else {
  const page = await run(values.quick ? quick : whole);
  process.stdout.write(page);
  if (!values.quick) writeFileSync(RESULTS, page);
}

// Where the gateway's time went: V8's CPU profiles, summed by module and by function (self time).
import { build } from './package.ts';
import { addresses, layOut } from './echoes.ts';
import { enter } from './rooms.ts';
import { directions, layOutRooms, wayOf } from './rooms-field.ts';
import type { ServerKind } from '../server/api.ts';

/** What `node --cpu-prof` writes, as far as it is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const CHATS = 1_000;
const LISTED = 25;
const SETTLE_MS = 5_000;
/** What is no work: the thread waits. */
const WAITING = new Set(['(idle)', '(root)', '(program)']);

/** Runs the load of many chats with a profiled gateway and prints where its threads spent their time. */
export async function profile(kind: ServerKind, ms: number): Promise<void> {
  using built = build();
  await using field = await layOut(kind, { command: built.command, users: CHATS, profile: true });
  // Being watched keeps it from ever being idle.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const chats = { to: addresses.moongate, count: CHATS };
  const { answers, seconds } = await field.users.flood(chats, 4, { warmMs: 1_000, ms });
  console.log(`${kind.name}: ${Math.round(answers / seconds)} round trips a second while profiled`);
  await field.gateway.shutdown();
  for (const taken of field.gateway.profiles() as readonly Profile[]) print(taken);
}

/** The same for one channel of IRC and then fifty, both ways. */
export async function profileRooms(ms: number): Promise<void> {
  using built = build();
  await using field = await layOutRooms(built.command, true);
  const { moongate, sides, flow } = field;
  const [side] = sides;
  if (side === undefined) return;
  await enter(field, [side]);
  for (const count of [1, 50])
    for (const direction of directions) {
      const way = wayOf(field, side, direction, { name: 'r', count, userIn: (room) => room });
      const { arrived, seconds } = await flow.flood(way, 100, { warmMs: 1_000, ms });
      console.log(`${count} rooms, ${direction}: ${Math.round(arrived / seconds)} messages a second while profiled`);
    }
  await moongate.shutdown();
  for (const taken of moongate.profiles() as readonly Profile[]) print(taken);
}

function print(profile: Profile): void {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const modules = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    const took = profile.timeDeltas[index] ?? 0;
    if (frame === undefined || WAITING.has(frame.functionName)) continue;
    busy += took;
    const module = moduleOf(frame.url);
    add(modules, module, took);
    add(functions, `${frame.functionName || '(anonymous)'} ${module}:${frame.lineNumber + 1}`, took);
  }
  console.log(`\nA thread, ${Math.round(busy / 1_000)} ms busy`);
  list(modules, busy, LISTED);
  console.log('  by function');
  list(functions, busy, LISTED * 2);
}

function moduleOf(url: string): string {
  if (url === '') return '(native)';
  return url.replace(/^file:\/\//, '').replace(/^.*\/(?:dist|node_modules)\//, '');
}

function add(sums: Map<string, number>, name: string, more: number): void {
  sums.set(name, (sums.get(name) ?? 0) + more);
}

function list(sums: ReadonlyMap<string, number>, whole: number, most: number): void {
  const largest = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, most);
  for (const [name, sum] of largest) console.log(`  ${((100 * sum) / whole).toFixed(1).padStart(5)} %  ${name}`);
}

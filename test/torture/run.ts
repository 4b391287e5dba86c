// One run: everything started, load both ways, chaos under it, then quiet, and the far ends' evidence before the judge.
import type { ServerKind, XmppServer } from '../server/index.ts';
import { Moongate } from '../server/moongate.ts';
import { Proxy } from '../server/proxy.ts';
import { Chaos } from './chaos.ts';
import { comebacksOf, type Comeback } from './comeback.ts';
import type { Blow, Evidence, List, Pulse } from './evidence.ts';
import { bounced, complaints, marked } from './gateway-log.ts';
import { excuseFor, isEqual, judge, refused, takenBack, type Verdict } from './judge.ts';
import { again, type Log, type Network } from './network.ts';
import { plan, type Extent } from './plan.ts';
import { pulse } from './pulse.ts';
import { seeded } from './random.ts';
import { User } from './user.ts';

export interface RunOptions {
  readonly server: ServerKind;
  readonly network: () => Promise<Network>;
  readonly extent: Extent;
  readonly seed: number;
  /** Hears what is going on. */
  readonly say?: (line: string) => void;
}

/** A run that is over. */
export interface Run {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  readonly lanes: number;
  /** What a network that keeps nothing said in vain. */
  readonly away: string;
  /** How long the gateway took to come back after kills, where nothing else was hit meanwhile. */
  readonly comebacks: readonly Comeback[];
  /** From the first blow to the last, in milliseconds. */
  readonly ms: number;
  /** Everything that the gateway logged. */
  readonly log: string;
}

/** How long it may take until everything has arrived once all is well again. */
const DRAIN_MS = 120_000;
/** Nothing has come for so long: nothing comes any more. */
const QUIET_MS = 4_000;
/** The same while something is missing: what bounced rests for up to half a minute. */
const MISSING_MS = 40_000;
/** The same while nothing is missing but what may have been lost before the gateway had it. */
const EXCUSED_MS = 12_000;
const READY_MS = 60_000;
const LISTS_MS = 15_000;

export async function torture(options: RunOptions): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const say = options.say ?? ((): void => undefined);
  const stage = await setStage(options, stack);
  const { network, gateway, users, chaos, notes } = stage;
  say(`${network.lanes} lanes bear load`);
  const stopLoad = network.load(users, seeded(options.seed + 1), notes);
  const [first] = users;
  if (first) stack.defer(pulse(first, network.domain, notes.pulses));
  const began = Date.now();
  await chaos.play(plan(options.seed, options.extent, network.targets), ({ act, target, from }) =>
    say(`${((from - began) / 1_000).toFixed(1)} s: ${act} ${target}`),
  );
  const ms = Date.now() - began;
  await untilReady(gateway);
  await stopLoad();
  say('all is well again; waiting for what is under way');
  if (!(await quiet(stage))) say('it did not become quiet');
  const log = gateway.log();
  const evidence: Evidence = {
    blows: chaos.blows,
    written: notes.written,
    ...(await network.seen(notes)),
    ...(network.held && { held: await network.held(notes) }),
    ...(network.lists && { lists: await settled(network) }),
    ...(network.rooms && { rooms: await network.rooms() }),
    pulses: notes.pulses,
    marked: marked(log),
    bounced: bounced(log),
    complaints: complaints(log),
  };
  const away = network.away?.(notes) ?? '-';
  const comebacks = comebacksOf(chaos.blows, (since) => network.rejoined?.(since));
  return { verdict: judge(evidence), evidence, lanes: network.lanes, away, comebacks, ms, log };
}

/** Who is where at the end: presences of large rooms are paced, so they may take a moment. */
async function settled(network: Network): Promise<readonly List[]> {
  for (const until = Date.now() + LISTS_MS; ;) {
    const all = (await network.lists?.()) ?? [];
    if (Date.now() > until || all.every(isEqual)) return all;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

interface Stage {
  readonly network: Network;
  readonly gateway: Moongate;
  readonly users: readonly User[];
  readonly chaos: Chaos;
  readonly notes: Log & { readonly blows: Blow[]; readonly pulses: Pulse[]; lastHeard: number };
}

/** Starts everything, and registers everybody; `stack` ends it. */
async function setStage(options: RunOptions, stack: AsyncDisposableStack): Promise<Stage> {
  const network = await options.network();
  stack.defer(() => network.stop());
  const start = (): Promise<XmppServer> =>
    options.server.start({
      components: { [network.domain]: 'torture-secret' },
      users: network.names,
      ...(options.server.name === 'ejabberd' ? { offline: 'sql' } : {}),
    });
  const server = stack.use(await again(start, 2));
  const link = stack.use(await Proxy.to(server.componentPort));
  const gateway = stack.use(
    await Moongate.start({ server, port: link.port, transports: { [network.domain]: network.transport } }),
  );
  const notes: Stage['notes'] = { written: [], shown: [], blows: [], pulses: [], lastHeard: Date.now() };
  const heard = (text: string | null): void => {
    if (text === null || !network.chatter(text)) notes.lastHeard = Date.now();
  };
  const { written, shown } = notes;
  const lane = network.lane.bind(network);
  const users = network.names.map((name) => {
    const own = { written, shown, heard, lane };
    return network.user?.(server, name, own) ?? new User(server, name, own);
  });
  stack.defer(async () => void (await Promise.all(users.map((user) => user.stop()))));
  await Promise.all(users.map((user) => user.start()));
  await network.register(users);
  const victims = {
    kill: { gateway, server, network },
    links: { 'xmpp-link': link, 'network-link': network },
    ready: () => untilReady(gateway),
  };
  const chaos = new Chaos(victims, notes.blows);
  return { network, gateway, users, chaos, notes };
}

/** Resolves when nothing has come for a while: a short one if nothing is missing. False: something still comes. */
async function quiet(stage: Stage): Promise<boolean> {
  for (const until = Date.now() + DRAIN_MS; Date.now() < until;) {
    const silent = Date.now() - stage.notes.lastHeard;
    if (silent > MISSING_MS || (silent > QUIET_MS && silent > (await patience(stage)))) return true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}

/** How long to wait for what is missing, in milliseconds. */
async function patience({ network, notes, chaos }: Stage): Promise<number> {
  const gone = takenBack(notes.written);
  const open = notes.written.filter((one) => one.receipt === undefined && !refused(one));
  const { arrived, said, shown } = await network.seen(notes);
  // What arrived is owed a receipt even where a server has refused another copy of it.
  const reached = new Set(arrived.map(({ text }) => text));
  const seen = new Set(shown.map((each) => `${each.lane} ${each.text}`));
  const isOwed = open.some(({ text }) => reached.has(text));
  if (isOwed || said.some((each) => !seen.has(`${each.lane} ${each.text}`))) return MISSING_MS;
  const unanswered = open.filter((one) => one.errors.length === 0 && !gone.has(one));
  if (unanswered.some(({ handed }) => excuseFor(handed.at(-1)?.at ?? 0, chaos.blows, notes.pulses) === undefined))
    return MISSING_MS;
  return unanswered.length > 0 ? EXCUSED_MS : QUIET_MS;
}

async function untilReady(gateway: Moongate): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    const health = await gateway.health().catch(() => undefined);
    if (health?.status === 200) return;
    if (Date.now() > until) throw new Error(`the gateway is not ready: ${health?.body ?? 'no answer'}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

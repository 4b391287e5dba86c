// One run: everything started, load both ways, chaos under it, then quiet, and the far ends' evidence before the judge.
import type { ServerKind } from '../server/index.ts';
import { Moongate } from '../server/moongate.ts';
import { Proxy } from '../server/proxy.ts';
import { Watch } from '../server/until.ts';
import { Chaos } from './chaos.ts';
import type { Evidence, Shown, Written } from './evidence.ts';
import { bounced, complaints, marked } from './gateway-log.ts';
import { judge, type Verdict } from './judge.ts';
import type { Network } from './network.ts';
import { plan } from './plan.ts';
import { seeded } from './random.ts';
import { User } from './user.ts';

export interface RunOptions {
  readonly server: ServerKind;
  readonly network: () => Promise<Network>;
  readonly kills: number;
  readonly seed: number;
  /** Hears what is going on. */
  readonly say?: (line: string) => void;
}

/** A run that is over. */
export interface Run {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  readonly lanes: number;
  /** From the first blow to the last, in milliseconds. */
  readonly ms: number;
  /** Everything that the gateway logged. */
  readonly log: string;
}

/** How long it may take until everything has arrived once all is well again. */
const DRAIN_MS = 120_000;
/** Nothing has come for so long: nothing comes any more. */
const QUIET_MS = 4_000;
const READY_MS = 60_000;

export async function torture(options: RunOptions): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const say = options.say ?? ((): void => undefined);
  const network = await options.network();
  stack.defer(() => network.stop());
  const server = await options.server.start({
    components: { [network.domain]: 'torture-secret' },
    users: network.names,
    ...(options.server.name === 'ejabberd' ? { offline: 'sql' } : {}),
  });
  stack.use(server);
  const link = stack.use(await Proxy.to(server.componentPort));
  const gateway = stack.use(
    await Moongate.start({ server, port: link.port, transports: { [network.domain]: network.transport } }),
  );
  const written: Written[] = [];
  const shown: Shown[] = [];
  const watch = new Watch();
  let lastHeard = Date.now();
  const heard = (text: string | null): void => {
    if (text === null || !network.chatter(text)) lastHeard = Date.now();
    watch.notify();
  };
  const lane = network.lane.bind(network);
  const users = network.names.map((name) => new User(server, name, { written, shown, heard, lane }));
  stack.defer(async () => void (await Promise.all(users.map((user) => user.stop()))));
  await Promise.all(users.map((user) => user.start()));
  await network.register(users);
  say(`${network.lanes} lanes bear load`);

  const ready = (): Promise<void> => untilReady(gateway);
  const chaos = new Chaos({
    kill: { gateway, server, network },
    links: { 'xmpp-link': link, 'network-link': network },
    ready,
  });
  const stopLoad = network.load(users, seeded(options.seed + 1));
  const began = Date.now();
  await chaos.play(plan(options.seed, options.kills, network.targets), ({ act, target, from }) =>
    say(`${((from - began) / 1_000).toFixed(1)} s: ${act} ${target}`),
  );
  const ms = Date.now() - began;
  await ready();
  await stopLoad();

  say('all is well again; waiting for what is under way');
  const said = await network.said({ written, shown });
  const open = (): number => {
    const seen = new Set(shown.map((each) => `${each.lane} ${each.text}`));
    const unsaid = said.filter((each) => !seen.has(`${each.lane} ${each.text}`)).length;
    return unsaid + written.filter(({ receipt, errors }) => receipt === undefined && errors.length === 0).length;
  };
  const calm = setInterval(() => watch.notify(), 250);
  const missing = open;
  await watch
    .until(
      'quiet',
      () => {
        const quiet = Date.now() - lastHeard;
        return quiet > (missing() === 0 ? QUIET_MS : DRAIN_MS / 3);
      },
      DRAIN_MS,
    )
    .catch(() => say('it did not become quiet'));
  clearInterval(calm);
  const log = gateway.log();
  const evidence: Evidence = {
    blows: chaos.blows,
    written,
    ...(await network.seen({ written, shown })),
    marked: marked(log),
    bounced: bounced(log),
    complaints: complaints(log),
  };
  return { verdict: judge(evidence), evidence, lanes: network.lanes, ms, log };
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

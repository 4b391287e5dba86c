// What the gateway costs when nothing is said: its start, its memory, and both with many accounts.
import type { ServerKind } from '../server/api.ts';
import { performance } from 'node:perf_hooks';
import { Gateway, USERS } from './gateway.ts';
import { median } from './numbers.ts';
import { fromSource } from './package.ts';
import { Users } from './users.ts';
import { idle, residentOf } from './usage.ts';

const LOOPBACK = 'loopback.example.org';
/** Two networks: the loopback, where the accounts are, and one with a library and no account. */
const transports = { [LOOPBACK]: 'loopback', 'telegram.example.org': 'telegram' };

/** Times in milliseconds, memory in bytes. */
export interface Standing {
  readonly accounts: number;
  /** From the start of the process until both components are online. */
  readonly coldStart: number;
  readonly coldStartFromSource: number;
  /** Resident, with two transports and no account. */
  readonly idle: number;
  /** The same after all accounts were registered, and after a restart with them. */
  readonly idleRegistered: number;
  readonly idleRestarted: number;
  readonly registering: number;
  readonly shutdown: number;
  /** From the start of the process until it says that it is ready. */
  readonly restart: number;
}

/** Measures with `accounts` accounts. `starts` is how many cold starts the medians are of. */
export async function measureStanding(
  kind: ServerKind,
  command: string,
  accounts: number,
  starts: number,
): Promise<Standing> {
  const domains = [USERS, ...Object.keys(transports)];
  const components = Object.fromEntries(domains.map((domain) => [domain, `secret of ${domain}`]));
  await using server = await kind.start({ components, offline: 'none' });
  const coldStartFromSource = await coldStarts({ server, command: fromSource, transports }, starts);
  const coldStart = await coldStarts({ server, command, transports }, starts);
  await using gateway = await Gateway.start({ server, command, transports });
  await idle(gateway.pid);
  const empty = residentOf(gateway.pid);
  const users = await Users.open({ port: server.componentPort, domain: USERS, secret: components[USERS] ?? '' });
  try {
    const registering = await timed(() => users.register(LOOPBACK, 0, accounts));
    await idle(gateway.pid);
    const idleRegistered = residentOf(gateway.pid);
    const shutdown = await timed(() => gateway.shutdown());
    const restart = await timed(async () => {
      await gateway.run();
      await gateway.ready();
    });
    await idle(gateway.pid);
    const idleRestarted = residentOf(gateway.pid);
    return {
      ...{ accounts, coldStart, coldStartFromSource, registering, shutdown, restart },
      ...{ idle: empty, idleRegistered, idleRestarted },
    };
  } finally {
    users.close();
  }
}

async function coldStarts(options: Parameters<typeof Gateway.start>[0], count: number): Promise<number> {
  await using gateway = await Gateway.start(options);
  const took: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    await gateway.shutdown();
    took.push(await gateway.run());
  }
  return median(took);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

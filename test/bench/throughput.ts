// Round trips a second, user -> server -> echo -> server -> user, of the three echoes on one server, and what each message
// costs the gateway. The echoes take turns within a round, so that a machine that slows down slows all of them.
import { addresses, echoes, type Echo, type Field } from './echoes.ts';
import { median } from './numbers.ts';
import { cpuOf, threadsOf } from './usage.ts';

/** How many chats, and how many messages of each are under way. */
export const loads = [
  { chats: 1, window: 10 },
  { chats: 50, window: 10 },
  { chats: 1_000, window: 4 },
] as const;

/** The most users that a load needs. */
export const mostUsers = Math.max(...loads.map(({ chats }) => chats));

export interface Throughput {
  readonly chats: number;
  readonly window: number;
  /** Round trips a second, the median of the rounds. */
  readonly rate: Readonly<Record<Echo, number>>;
  /** The median of what the rounds' rates are as a share of the raw echo's in the same round. */
  readonly share: Readonly<Record<Echo, number>>;
  /** Microseconds of the gateway's CPU for each message that it relayed, in either direction. */
  readonly cpu: number;
  /** Of that, microseconds of its main thread and of all the others (the store's, the collector's). */
  readonly cpuMain: number;
  readonly cpuOthers: number;
}

interface Round {
  readonly rate: Record<Echo, number>;
  cpu: number;
  cpuMain: number;
}

/** Measures all loads, in `rounds` rounds of `ms` for each echo. */
export async function measureThroughput(field: Field, rounds: number, ms: number): Promise<readonly Throughput[]> {
  const results: Throughput[] = [];
  for (const { chats, window } of loads) {
    const all: Round[] = [];
    for (let turn = 0; turn < rounds; turn++) all.push(await round(field, chats, window, ms));
    const of = (pick: (one: Round) => number): number => median(all.map(pick));
    const each = (pick: (one: Round, echo: Echo) => number): Record<Echo, number> => ({
      raw: of((one) => pick(one, 'raw')),
      stock: of((one) => pick(one, 'stock')),
      moongate: of((one) => pick(one, 'moongate')),
    });
    const cpu = of((one) => one.cpu);
    const cpuMain = of((one) => one.cpuMain);
    results.push({
      ...{ chats, window, cpu, cpuMain },
      rate: each(({ rate }, echo) => rate[echo]),
      share: each(({ rate }, echo) => rate[echo] / rate.raw),
      cpuOthers: cpu - cpuMain,
    });
  }
  return results;
}

async function round({ users, gateway }: Field, chats: number, window: number, ms: number): Promise<Round> {
  const result: Round = { rate: { raw: 0, stock: 0, moongate: 0 }, cpu: 0, cpuMain: 0 };
  const { pid } = gateway;
  const main = (): number => threadsOf(pid).get(pid) ?? 0;
  for (const echo of echoes) {
    let [all, own] = [0, 0];
    const { answers, seconds } = await users.flood({ to: addresses[echo], count: chats }, window, {
      ...{ warmMs: ms / 3, ms },
      begin: () => ([all, own] = [cpuOf(pid), main()]),
      end: () => ([all, own] = [cpuOf(pid) - all, main() - own]),
    });
    result.rate[echo] = answers / seconds;
    if (echo !== 'moongate') continue;
    // Each round trip is two messages: one to the network and one from it, each in a lane of its own.
    result.cpu = all / (2 * answers);
    result.cpuMain = own / (2 * answers);
  }
  return result;
}

// What the gateway adds to a message's way at a hundred messages a second, as a multiple of one durable append.
import { appends } from './append.ts';
import { addresses, type Field } from './echoes.ts';
import { percentile } from './numbers.ts';

/** Chats that take turns. */
const CHATS = 50;
const EVERY_MS = 10;

/** Milliseconds. */
export interface Latency {
  /** One durable append, back to back and at the pace of the messages. */
  readonly append: number;
  readonly appendPaced: number;
  readonly raw: Spread;
  readonly moongate: Spread;
  /** Beyond the raw echo's p50. */
  readonly added: Spread;
}
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** Measures for `ms` each. */
export async function measureLatency({ users }: Field, ms: number): Promise<Latency> {
  const span = { warmMs: 1_000, ms };
  const append = percentile(await appends(2_000, 0), 0.5);
  const appendPaced = percentile(await appends(ms / EVERY_MS, EVERY_MS), 0.5);
  const raw = spread(await users.paced({ to: addresses.raw, count: CHATS }, EVERY_MS, span));
  const moongate = spread(await users.paced({ to: addresses.moongate, count: CHATS }, EVERY_MS, span));
  const added = { p50: moongate.p50 - raw.p50, p99: moongate.p99 - raw.p50 };
  return { append, appendPaced, raw, moongate, added };
}

function spread(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}

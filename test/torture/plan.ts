// What will be done to the gateway and to what it depends on: made from a seed before the run, so that it can be had again.
import { between, seeded, weighted, type Random } from './random.ts';

/** What can be killed, and the gateway's own links, which can be cut and stalled. */
export type Target = 'gateway' | 'server' | 'network' | 'xmpp-link' | 'network-link';

export interface Step {
  readonly act: 'kill' | 'cut' | 'stall' | 'stall-and-cut';
  readonly target: Target;
  /** Milliseconds before it. */
  readonly pause: number;
  /** How long what was killed stays away, or what is stalled stays stalled, in milliseconds. */
  readonly ms: number;
  /** The next step does not wait until this one is over. */
  readonly overlaps: boolean;
}

const ACTS: readonly (readonly [Pick<Step, 'act' | 'target'>, number])[] = [
  [{ act: 'kill', target: 'gateway' }, 8],
  [{ act: 'kill', target: 'server' }, 5],
  [{ act: 'kill', target: 'network' }, 4],
  [{ act: 'cut', target: 'xmpp-link' }, 3],
  [{ act: 'stall', target: 'xmpp-link' }, 2],
  [{ act: 'stall-and-cut', target: 'xmpp-link' }, 1],
  [{ act: 'cut', target: 'network-link' }, 2],
  [{ act: 'stall', target: 'network-link' }, 1],
  [{ act: 'stall-and-cut', target: 'network-link' }, 1],
];
/** A server that is silent for longer than six seconds is given up by the gateway; stalls are on both sides of that. */
const LONGEST_STALL_MS = 9_000;
/** At most, before a blow, and until what was killed is started again. */
const [PAUSE_MS, BRISK_PAUSE_MS] = [2_200, 800];
const [AWAY_MS, BRISK_AWAY_MS] = [1_500, 600];

/** How long a plan is: so many kills, or so many blows of any kind, whichever comes first. */
export interface Extent {
  readonly kills?: number;
  readonly rounds?: number;
  /** Blow upon blow; only some stalls are longer than the gateway bears. */
  readonly brisk?: boolean;
}

/** A plan with exactly so many kills or blows. `targets`: what there is in this run. */
export function plan(
  seed: number,
  { kills = Infinity, rounds = Infinity, brisk = false }: Extent,
  targets: readonly Target[],
): readonly Step[] {
  const random = seeded(seed);
  const possible = ACTS.filter(([{ target }]) => targets.includes(target));
  const steps: Step[] = [];
  for (let killed = 0; killed < kills && steps.length < rounds;) {
    const chosen = weighted(random, possible);
    const stalls = chosen.act === 'stall' || chosen.act === 'stall-and-cut';
    if (chosen.act === 'kill') killed += 1;
    steps.push({
      ...chosen,
      pause: between(random, 100, brisk ? BRISK_PAUSE_MS : PAUSE_MS),
      ms: stalls ? stall(random, brisk) : random() < 0.5 ? 0 : between(random, 0, brisk ? BRISK_AWAY_MS : AWAY_MS),
      overlaps: random() < 0.25,
    });
  }
  return steps;
}

function stall(random: Random, brisk: boolean): number {
  if (!brisk) return between(random, 300, LONGEST_STALL_MS);
  return random() < 0.25 ? between(random, 6_100, 7_000) : between(random, 300, 1_500);
}

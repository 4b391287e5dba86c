// What will be done to the gateway and to what it depends on: made from a seed before the run, so that it can be had again.
import { between, seeded, weighted } from './random.ts';

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

/** A plan with exactly so many kills, and cuts and stalls between them. `targets`: what there is in this run. */
export function plan(seed: number, kills: number, targets: readonly Target[]): readonly Step[] {
  const random = seeded(seed);
  const possible = ACTS.filter(([{ target }]) => targets.includes(target));
  const steps: Step[] = [];
  for (let killed = 0; killed < kills;) {
    const chosen = weighted(random, possible);
    const stalls = chosen.act === 'stall' || chosen.act === 'stall-and-cut';
    if (chosen.act === 'kill') killed += 1;
    steps.push({
      ...chosen,
      pause: between(random, 100, 2_200),
      ms: stalls ? between(random, 300, LONGEST_STALL_MS) : random() < 0.5 ? 0 : between(random, 0, 1_500),
      overlaps: random() < 0.25,
    });
  }
  return steps;
}

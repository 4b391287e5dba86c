// What is known of one 'in' lane beyond what waits in it.
import { pause, type Clock } from '../clock.ts';
import type { Seq } from '../store/api.ts';
import type { LaneQueue } from './queue.ts';

/** The pause before what bounced is tried again. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** A lane whose last pause was over so long before is a lane that never bounced. */
const FORGIVEN_MS = 600_000;

export interface InLane {
  readonly queue: LaneQueue;
  inFlight: number;
  loading: boolean;
  /** Steps under way that settle entries or put them back: the disk does not say yet what waits. */
  moving: number;
  /** Bounces of late; they make the pauses grow. */
  bounces: number;
  /** When the last pause after a bounce ends or has ended, monotonic. */
  bouncedUntil: number;
  /** Ends the rest of the lane; it is there while the lane rests. */
  resume: (() => void) | undefined;
  /** What was revived last: read anew from the disk when the rest is over. */
  revived: Seq;
  /** Its account is erased. */
  gone: boolean;
}

export function newLane(queue: LaneQueue): InLane {
  return {
    ...{ queue, inFlight: 0, loading: false, moving: 0, bounces: 0, bouncedUntil: 0 },
    ...{ resume: undefined, revived: 0, gone: false },
  };
}

/** How long a lane rests for something of it that has bounced, in milliseconds. */
export function bouncePause(lane: InLane, clock: Clock): number {
  const now = clock.monotonic();
  if (now > lane.bouncedUntil + FORGIVEN_MS) lane.bounces = 0;
  // What bounces while the lane rests already belongs to the same pause.
  if (lane.resume === undefined || lane.bounces === 0) lane.bounces += 1;
  const wait = pause(lane.bounces - 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, clock.random());
  lane.bouncedUntil = now + wait;
  return wait;
}

/** Nothing of the lane waits in memory, is on its way, or will be read anew by itself. */
export const atRest = ({ queue, inFlight, moving, resume, loading, gone }: InLane): boolean =>
  queue.empty && inFlight + moving === 0 && resume === undefined && !loading && !gone;

/** Forgetting the lane forgets nothing. `now` is monotonic. */
export function idle(lane: InLane, now: number): boolean {
  if (!atRest(lane)) return false;
  return lane.bounces === 0 || now > lane.bouncedUntil + FORGIVEN_MS;
}

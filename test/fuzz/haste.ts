// Time that runs fast, for what pauses in seconds.
import { systemClock, type Clock } from '../../src/clock.ts';

/** How many seconds pass in one. */
export const HASTE = 50;

/** The clock of such a world. */
export const hastyClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HASTE,
  after: (ms, work) => systemClock.after(ms / HASTE, work),
  random: () => systemClock.random(),
};

import type { StreamClock } from './api.ts';

/** The machine's own timers and randomness. */
export const systemClock: StreamClock = {
  now: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

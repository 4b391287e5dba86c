// Time and chance, so that a test can set them.

/** Times in milliseconds. */
export interface Clock {
  /** Since 1970; may jump. For what people see and for what must outlive the process. */
  now(): number;
  /** Never jumps. For pauses and deadlines. */
  monotonic(): number;
  /** Calls `work` once after `ms`; the function returned cancels it. */
  after(ms: number, work: () => void): () => void;
  /** 0 <= random() < 1. */
  random(): number;
}

/** The longest pause that a timer of Node takes; a longer one is cut to it, and whoever waits looks again. */
const LONGEST = 2 ** 31 - 1;

/** The real thing. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, Math.min(Math.max(ms, 0), LONGEST));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** A pause that doubles with each attempt (from 0) from `first` up to `longest`, drawn from the upper half of its range so that many do not return at once. */
export function pause(attempt: number, first: number, longest: number, random: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}

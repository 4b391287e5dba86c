// Says in seconds how often it may send: 30 in one.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { limits: { ...good.limits, accountRate: { count: 30, perMs: 1 } } },
  fails: ['limits: times are in milliseconds'],
};

// Says for how long a message may be edited in seconds: 48 hours of them.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { limits: { ...good.limits, editMs: 48 * 3_600 } },
  fails: ['limits: times are in milliseconds'],
};

// Reads everything again after each start, on a network that keeps everything.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { from: () => 0, network: { keeps: true } },
  fails: ['cursor: what was committed does not come again'],
};

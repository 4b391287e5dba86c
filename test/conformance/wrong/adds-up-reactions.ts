// Takes the full set of reactions for one more.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

let all: readonly string[] = [];
export const wrong: Wrong = {
  parts: {
    change(network, host, change) {
      if (change.type !== 'react') return good.change(network, host, change);
      all = [...all, ...change.emojis];
      good.change(network, host, { ...change, emojis: all });
    },
  },
  fails: ['react: leaves the full set, and takes it away'],
};

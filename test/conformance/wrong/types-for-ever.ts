// Tells the network when the user types, and never that he has stopped.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    change(network, host, change) {
      if (change.type !== 'typing' || change.on) good.change(network, host, change);
    },
  },
  fails: ['typing: is seen, and its end'],
};

// Starts a timer at every connect() that nobody stops.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    read(network, host, parts) {
      setInterval(() => undefined, 1000);
      return good.read(network, host, parts);
    },
  },
  fails: ['close: leaves nothing open'],
};

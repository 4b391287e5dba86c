// Reads on after close() has resolved.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    read(network, host, parts) {
      const { signal } = new AbortController();
      return good.read(network, { ...host, signal }, parts);
    },
    close: () => Promise.resolve(),
  },
  fails: ['close: nothing is said after it'],
};

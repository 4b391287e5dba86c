// Answers close() at once and tidies up afterwards, with a last word to the host.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    async read(network, host, parts) {
      try {
        await good.read(network, host, parts);
      } finally {
        setTimeout(() => host.status('connecting'), 20);
      }
    },
    close: () => Promise.resolve(),
  },
  fails: ['close: nothing is said after it'],
};

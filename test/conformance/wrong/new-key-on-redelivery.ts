// Names events by a counter of its own process.
import type { Wrong } from './run.ts';

let count = 0;
export const wrong: Wrong = {
  parts: {
    key() {
      count += 1;
      return `event/${count}`;
    },
  },
  fails: ['events: have the same key when they come again', 'events: an edit has the same key when it comes again'],
};

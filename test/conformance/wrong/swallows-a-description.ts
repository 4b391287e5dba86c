// Wrong: what describe() changes is not told.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: () => ({ describe: () => Promise.resolve() }),
  },
  fails: ['groups: a description that was changed comes back as an event'],
};

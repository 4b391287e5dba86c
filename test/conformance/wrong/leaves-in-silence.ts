// Wrong: nobody learns that the account has left.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: () => ({ leave: () => Promise.resolve() }),
  },
  fails: ['groups: leave is committed'],
};

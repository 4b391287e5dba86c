// Wrong: a group has another id all at once.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    commit: (batch, host) =>
      host.commit({ ...batch, events: (batch.events ?? []).filter(({ type }) => type !== 'moved') }),
  },
  fails: ['groups: a move names both ids, and what comes then is of the new one'],
};

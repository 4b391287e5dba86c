// Wrong: its pages of history begin with the newest.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: (session) => ({
      history: async (chat, page) => ((await session.history?.(chat, page)) ?? []).toReversed(),
    }),
  },
  fails: ['groups: history is paged backwards, each page oldest first, with the keys of the news'],
};

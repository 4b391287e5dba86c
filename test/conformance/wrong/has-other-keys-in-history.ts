// Wrong: what is fetched later has another key than when it was news.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: (session) => ({
      history: async (chat, page) =>
        ((await session.history?.(chat, page)) ?? []).map((event) => ({ ...event, key: `history/${event.key}` })),
    }),
  },
  fails: ['groups: history is paged backwards, each page oldest first, with the keys of the news'],
};

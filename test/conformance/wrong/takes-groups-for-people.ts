// Wrong: what is said in a group is a talk with who said it.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    commit: (batch, host) =>
      host.commit({
        ...batch,
        events: (batch.events ?? []).map((event) =>
          event.type === 'message' && event.chat.kind === 'group'
            ? { ...event, chat: { kind: 'direct', id: event.from ?? 'me' } }
            : event,
        ),
      }),
  },
  fails: [
    'groups: what others say is of the group, in order',
    'groups: history is paged backwards, each page oldest first, with the keys of the news',
    'groups: a move names both ids, and what comes then is of the new one',
  ],
};

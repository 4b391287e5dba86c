// Wrong: the account is not among the members.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: (session) => ({
      async *members(chat) {
        for await (const member of session.members?.(chat) ?? []) if (member.user !== null) yield member;
      },
    }),
  },
  fails: ['groups: members name the account as null, and nobody twice'],
};

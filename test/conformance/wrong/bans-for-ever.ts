// Wrong: who was banned once stays on the list.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: (session) => ({
      setRole: async (chat, user, role) => (role === 'none' ? undefined : session.setRole?.(chat, user, role)),
    }),
  },
  fails: ['groups: who is banned is listed until he is let in again'],
};

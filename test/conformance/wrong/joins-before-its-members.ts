// Wrong: it resolves join() before anybody knows who is there.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    commit: async (batch, host) => {
      const late = batch.events?.filter(({ type }) => type === 'members') ?? [];
      await host.commit({ ...batch, events: batch.events?.filter(({ type }) => type !== 'members') ?? [] });
      if (late.length > 0) setTimeout(() => void host.commit({ events: late }).catch(() => undefined), 100);
    },
  },
  fails: ['groups: join resolves once the group and who is in it were committed'],
};

// Commits each update when its own look-up is done, and the last one is done first.
import { good, toEvents } from '../good.ts';
import type { Wrong } from './run.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const wrong: Wrong = {
  parts: {
    async read(network, host, parts) {
      for (let cursor = good.from(network, host); ;) {
        const updates = await network.poll(host.credentials.secret, cursor, host.signal);
        cursor = updates.at(-1)?.seq ?? cursor;
        const committed = updates.map(async (update, index) => {
          for (let left = updates.length - index; left > 0; left--) await turn();
          await host.commit({ events: toEvents([update], host, parts) });
        });
        await Promise.all(committed);
        await host.commit({ cursor });
      }
    },
  },
  fails: [
    'events: reach commit in the order of the network',
    'events: say exactly what was said, and keep the contract',
    'events: nothing is confirmed before commit resolves',
    'events: a commit that fails is not passed over',
    'events: an edit has the same key when it comes again',
    'events: a reaction is the full set of its author, and may come back',
  ],
};

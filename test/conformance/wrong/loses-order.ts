// Commits each batch from its end, as a loop without waiting easily does.
import { good, toEvent } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    async read(network, host, parts) {
      for (let cursor = good.from(network, host); ;) {
        const updates = await network.poll(host.credentials.secret, cursor, host.signal);
        cursor = updates.at(-1)?.seq ?? cursor;
        await host.commit({ events: updates.map((update) => toEvent(update, parts)).reverse(), cursor });
      }
    },
  },
  fails: [
    'events: reach commit in the order of the network',
    'events: say exactly what was said, and keep the contract',
    'events: nothing is confirmed before commit resolves',
    'events: a commit that fails is not passed over',
  ],
};

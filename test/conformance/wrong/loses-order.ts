// Commits each batch from its end, as a loop without waiting easily does.
import { good, toEvents } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    async read(network, host, parts) {
      for (let cursor = good.from(network, host); ;) {
        const updates = await network.poll(host.credentials.secret, cursor, host.signal);
        cursor = updates.at(-1)?.seq ?? cursor;
        await host.commit({ events: toEvents(updates, host, parts).toReversed(), cursor });
      }
    },
  },
  fails: [
    'events: reach commit in the order of the network',
    'events: say exactly what was said, and keep the contract',
    'events: nothing is confirmed before commit resolves',
    'events: a commit that fails is not passed over',
    'events: every edit is an event of its own, after its message',
    'events: a reaction is the full set of its author, and may come back',
  ],
};

// Goes on to the next updates, and so confirms, after a commit that failed.
import { good, toEvents } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    async read(network, host, parts) {
      for (let cursor = good.from(network, host); ;) {
        const updates = await network.poll(host.credentials.secret, cursor, host.signal);
        cursor = updates.at(-1)?.seq ?? cursor;
        const events = toEvents(updates, host, parts);
        await host.commit({ events, cursor }).catch(() => undefined);
      }
    },
  },
  fails: [
    'events: nothing is confirmed before commit resolves',
    'events: have the same key when they come again',
    'events: a commit that fails is not passed over',
    'events: an edit has the same key when it comes again',
  ],
};

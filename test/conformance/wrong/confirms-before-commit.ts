// Asks for the next updates, which confirms the last ones, while those are not yet on disk.
import { good, toEvents } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    async read(network, host, parts) {
      let updates = await network.poll(host.credentials.secret, good.from(network, host), host.signal);
      for (;;) {
        const cursor = updates.at(-1)?.seq ?? 0;
        const next = network.poll(host.credentials.secret, cursor, host.signal);
        const events = toEvents(updates, host, parts);
        [updates] = await Promise.all([next, host.commit({ events, cursor })]);
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

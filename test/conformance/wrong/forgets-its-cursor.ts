// Begins with what comes from now on, whatever was committed.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { from: (network, host) => network.newest(host.credentials.secret) },
  fails: [
    'events: nothing is confirmed before commit resolves',
    'events: have the same key when they come again',
    'events: a commit that fails is not passed over',
    'cursor: nothing is missing after a restart',
    'connection: comes back, or says that it is down',
    'events: an edit has the same key when it comes again',
    'connection: a limit on reading is waited for',
  ],
};

// Gets a new secret at each connect(), and keeps it in memory alone.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    read(network, host, parts) {
      const credentials = { secret: network.renew(host.credentials.secret) };
      Object.assign(host, { credentials }); // this session goes on; nobody else will ever know
      return good.read(network, host, parts);
    },
  },
  fails: [
    'events: nothing is confirmed before commit resolves',
    'events: have the same key when they come again',
    'events: a commit that fails is not passed over',
    'cursor: nothing is missing after a restart',
    'cursor: what was committed does not come again',
    'connection: comes back, or says that it is down',
    'events: an edit has the same key when it comes again',
    'resend: one token shows once, where the session says so',
    'connection: a limit on reading is waited for',
    'close: leaves nothing open',
  ],
};

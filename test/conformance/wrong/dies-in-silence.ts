// Stops reading when the connection breaks, and tells nobody.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { read: (network, host, parts) => good.read(network, host, parts).catch(() => undefined) },
  fails: [
    'connection: comes back, or says that it is down',
    'connection: credentials that became worthless are reported as auth-lost',
    'connection: a limit on reading is waited for',
  ],
};

// Answers a send with the network's seconds as they are.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { sent: (id) => ({ id, at: Math.floor(Date.now() / 1000) }) },
  fails: ['send: the time that it tells is in milliseconds'],
};

// Waits for the network however long it takes.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    send: (network, host, text, chat, delivery) =>
      good.send(network, host, text, chat, { ...delivery, signal: new AbortController().signal }),
  },
  fails: ['send: ends soon after it is aborted', 'close: ends while a message is being sent'],
};

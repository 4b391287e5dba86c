// Takes several messages at once, and the short ones first.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    limits: { ...good.limits, window: 8 },
    async send(network, host, text, chat, delivery) {
      // Each later one of a window finds fewer before it to wait for.
      for (let turns = 10 - Number(text.match(/^number (\d)$/)?.[1] ?? 10); turns > 0; turns--)
        await new Promise(setImmediate);
      return good.send(network, host, text, chat, delivery);
    },
  },
  fails: ['send: several at once are shown in the order of the calls'],
};

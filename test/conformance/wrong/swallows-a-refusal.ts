// Calls a message sent that the network refused.
import { good } from '../good.ts';
import { ToyError } from '../toy.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    send: (...call) =>
      good.send(...call).catch((error: unknown) => {
        if (error instanceof ToyError && error.status === 400) return 'm0';
        throw error;
      }),
  },
  fails: ['send: a refused message is rejected, and the next one goes', 'send: a chat that does not exist is rejected'],
};

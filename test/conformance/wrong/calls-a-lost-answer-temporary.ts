// Says that a message was certainly not sent when only the answer was lost.
import { AdapterError } from 'moongate/adapter';
import { good } from '../good.ts';
import { ToyError } from '../toy.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    meaning(error) {
      if (error instanceof ToyError && error.status === 'broken') {
        return new AdapterError({ code: 'temporary' }, error.message);
      }
      return good.meaning(error);
    },
  },
  fails: ['send: an answer that was lost is not called temporary', 'send: ends soon after it is aborted'],
};

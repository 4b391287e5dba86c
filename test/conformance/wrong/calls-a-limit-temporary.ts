// Says of a rate limit that it is some trouble of the network, so that nobody waits as long as he was asked to.
import { AdapterError } from 'moongate/adapter';
import { good } from '../good.ts';
import { ToyError } from '../toy.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    meaning(error) {
      if (!(error instanceof ToyError) || error.status !== 429) return good.meaning(error);
      return new AdapterError({ code: 'temporary' }, error.message);
    },
  },
  fails: ['send: a rate limit is reported with its pause'],
};

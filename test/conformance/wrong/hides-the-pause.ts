// Knows that it must wait, but reports seconds where milliseconds are wanted.
import { AdapterError } from 'moongate/adapter';
import { good } from '../good.ts';
import { ToyError } from '../toy.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    meaning(error) {
      if (!(error instanceof ToyError) || error.status !== 429) return good.meaning(error);
      const retryAfterMs = error.retryAfterMs / 1000;
      return new AdapterError({ code: 'rate-limited', retryAfterMs, scope: 'account' }, error.message);
    },
  },
  fails: ['send: a rate limit is reported with its pause'],
};

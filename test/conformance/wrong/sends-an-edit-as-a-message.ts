// Has edit(), and sends the new words as another message.
import { newToken } from 'moongate/adapter/testing';
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    change(network, host, change) {
      if (change.type !== 'edit') return good.change(network, host, change);
      const { signal } = new AbortController();
      void network.send(host.credentials.secret, 'friend', change.text, newToken(), signal);
    },
  },
  fails: [
    'edit: shows the new words in place of the old, the last message or an older one',
    'edit: a message that does not exist is rejected',
    'resend: a change that is sent twice is as good as once',
  ],
};

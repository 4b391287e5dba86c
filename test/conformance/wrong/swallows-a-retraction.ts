// Has retract(), and does nothing.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    change(network, host, change) {
      if (change.type !== 'retract') good.change(network, host, change);
    },
  },
  fails: [
    'retract: takes away the one message that was named',
    'resend: a change that is sent twice is as good as once',
  ],
};

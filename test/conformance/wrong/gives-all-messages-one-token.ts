// Has one token for its whole life, so that the network takes every message for a resend of the first.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

const token = 'a'.repeat(26);
export const wrong: Wrong = {
  parts: {
    send: (network, host, text, chat, delivery) => good.send(network, host, text, chat, { ...delivery, token }),
  },
  fails: [
    'send: shows exactly what was given, in order, and names it',
    'resend: one token shows once, where the session says so',
    'edit: shows the new words in place of the old, the last message or an older one',
    'retract: takes away the one message that was named',
    'resend: a change that is sent twice is as good as once',
    'echo: what the account sent is its own, in its chat, by its id and token',
  ],
};

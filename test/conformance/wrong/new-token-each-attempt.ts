// Promises that a resend shows once, and gives the network a new token for each attempt.
import { newToken } from 'moongate/adapter/testing';
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    send: (network, host, text, chat, delivery) =>
      good.send(network, host, text, chat, { ...delivery, token: newToken() }),
  },
  fails: [
    'resend: one token shows once, where the session says so',
    'echo: what the account sent is its own, in its chat, by its id and token',
  ],
};

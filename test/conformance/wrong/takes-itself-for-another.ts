// Hands on what the account itself has sent as if somebody had said it.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { echo: (update, token) => Object.assign(good.echo(update, token), { from: 'me' }) },
  fails: ['echo: what the account sent is its own, in its chat, by its id and token'],
};

// Gives what the account itself has sent a token that no delivery had: the message's id.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { echo: (update, token) => Object.assign(good.echo(update, token), { token: update.id }) },
  fails: ['echo: what the account sent is its own, in its chat, by its id and token'],
};

// Puts what the account itself has sent into a chat with the account itself, for that is who wrote it.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { echo: (update, token) => Object.assign(good.echo(update, token), { chat: { kind: 'direct', id: 'me' } }) },
  fails: ['echo: what the account sent is its own, in its chat, by its id and token'],
};

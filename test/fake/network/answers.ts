// Refusals of the network: how they are thrown, and how they are answered.
import type { Answer } from '../common/exchange.ts';
import type { Refusal } from './control-api.ts';
import { Refused } from './world.ts';

/** A refusal, to be thrown. */
export const no = (status: number, error: string): Refused => new Refused({ status, error });
/** What an error answer says, in one word. */
export const wordsOf = ({ body }: Answer): unknown => body['error'];

/** A refusal as it is answered: a word for programs, a sentence for members. */
export function refuse({ status, error, retryAfter, scope }: Refusal): Answer {
  const headers = retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } };
  const message = words[error] ?? `Pigeon refused this: ${error}.`;
  return { status, body: { error, message, ...(scope === undefined ? {} : { scope }) }, ...headers };
}

/** What a member reads. */
const words: Readonly<Record<string, string>> = {
  'wrong-password': 'Pigeon does not know this name with this password.',
  'no-such-session': 'Your session on Pigeon has ended. Log in again.',
  'no-such-user': 'There is nobody of this name on Pigeon.',
  'no-such-message': 'This message is not there, or not any more.',
  'too-late': 'The time in which this message could be changed is over.',
  'too-fast': 'That was too fast for Pigeon.',
  muted: 'You may read in this group, but not write.',
  banned: 'You were put out of this group.',
  'invitation-only': 'Somebody who is in this group has to bring you in.',
  'not-allowed': 'You may not do this in this group.',
  'no-such-chat': 'You have no such chat on Pigeon.',
  blocked: 'This person takes no messages from you.',
};

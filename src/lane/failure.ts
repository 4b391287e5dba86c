// What a failure does to a lane, as pure functions: the one place where the rules of retrying stand.
import { pause } from '../clock.ts';
import type { Fault } from '../adapter/api.ts';
import type { Failure } from '../message/entry.ts';

/** What the rules look at besides the fault. Times in milliseconds. */
export interface Circumstances {
  /** How long ago the entry was accepted. Only looked at here, that is after an attempt of this run has failed. */
  readonly age: number;
  /** How old it may become. */
  readonly expiry: number;
  /** Attempts of this run that failed in a row, from 1. */
  readonly failures: number;
  /** Starts on disk that had no certain end, this one included. */
  readonly starts: number;
  /** The start was another run's: the process died before the attempt came to an end. */
  readonly crashed: boolean;
  readonly resend: 'safe' | 'unsafe';
  /** The network can be asked whether it has the message, and was not asked since the attempt. */
  readonly canFind: boolean;
  readonly onUncertain: 'resend' | 'tell';
  /** 0 <= random < 1. */
  readonly random: number;
  /** Since 1970. */
  readonly now: number;
}

export type Verdict =
  /** Again after a pause that holds this lane, the whole account or the whole transport. Ended: the attempt came to a certain end. */
  | {
      readonly act: 'again';
      readonly after: number;
      readonly holds: 'lane' | 'account' | 'transport';
      readonly ended: boolean;
      readonly limited: boolean;
    }
  /** Ask the network whether it has it. */
  | { readonly act: 'find' }
  /** The lane goes on without it; the sender is told. */
  | { readonly act: 'fail'; readonly failure: Failure }
  /** Every lane of the account rests until the user has logged in again. */
  | { readonly act: 'park' };

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 300_000;
/** Starts without an end that make an entry poison. */
export const POISON = 3;

/** What is to be done about an attempt that ended in `fault`. `words` are the network's own, for the user. */
export function judge(fault: Fault, words: string | undefined, at: Circumstances): Verdict {
  const detail = words === undefined || words === '' ? {} : { detail: words };
  switch (fault.code) {
    case 'rejected':
      return { act: 'fail', failure: { code: fault.reason, ...detail } };
    case 'auth-lost':
      return { act: 'park' };
    case 'temporary':
      if (at.age >= at.expiry) return { act: 'fail', failure: { code: 'timeout', ...detail } };
      return again(growing(at), 'lane', true, false);
    case 'rate-limited': {
      const after = Math.max(fault.retryAfterMs, 1) * (1 + at.random / 10);
      if (at.age >= at.expiry)
        return { act: 'fail', failure: { code: 'rate-limited', ...detail, until: Math.ceil(at.now + after) } };
      const holds = { chat: 'lane', account: 'account', network: 'transport' } as const;
      return again(after, holds[fault.scope], true, true);
    }
    case 'uncertain':
      return uncertain(detail, at);
  }
}

function uncertain(detail: { readonly detail?: string }, at: Circumstances): Verdict {
  if (at.crashed && at.starts >= POISON) return { act: 'fail', failure: { code: 'internal' } };
  if (at.canFind) return { act: 'find' };
  if (at.resend === 'safe') {
    if (!at.crashed && at.age >= at.expiry) return { act: 'fail', failure: { code: 'timeout', ...detail } };
    return again(at.crashed ? 0 : growing(at), 'lane', false, false);
  }
  if (at.onUncertain === 'tell' || at.starts >= POISON || (!at.crashed && at.age >= at.expiry))
    return { act: 'fail', failure: { code: 'uncertain', ...detail } };
  return again(at.crashed ? 0 : growing(at), 'lane', false, false);
}

const growing = (at: Circumstances): number => pause(at.failures - 1, FIRST_PAUSE, LONGEST_PAUSE, at.random);

const again = (after: number, holds: 'lane' | 'account' | 'transport', ended: boolean, limited: boolean): Verdict => ({
  act: 'again',
  after,
  holds,
  ended,
  limited,
});

/** A stanza error as RFC 6120 has it. */
export interface Bounce {
  readonly type: string;
  readonly condition: string;
}

const REVIVING = new Set([
  'recipient-unavailable',
  'service-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
]);

/** What a bounce of something that we delivered means: it may get through later, or never. */
export function judgeBounce({ type, condition }: Bounce): 'later' | 'never' {
  return type === 'wait' || REVIVING.has(condition) ? 'later' : 'never';
}

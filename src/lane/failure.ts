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
  /** Attempts of this run that failed in a row; 0 after a crash, and where one before it has failed that it was begun behind. */
  readonly failures: number;
  /** Starts on disk that had no certain end, this one included. */
  readonly starts: number;
  /** The start was another run's: the process died before the attempt came to an end. */
  readonly crashed: boolean;
  readonly resend: 'safe' | 'unsafe';
  /** The network can be asked whether it has the message. */
  readonly canFind: boolean;
  readonly onUncertain: 'resend' | 'tell';
  /** 0 <= random < 1. */
  readonly random: number;
  /** Since 1970. */
  readonly now: number;
}

/** What a pause is for: the lane, the account, or all accounts of the transport. */
export type Holds = 'lane' | 'account' | 'transport';

export type Verdict =
  /**
   * Again after a pause that holds this lane, the whole account or the whole transport. Ended: starts are counted anew,
   * since the attempt came to a certain end, or to one of this run where a second delivery shows once.
   */
  | {
      readonly act: 'again';
      readonly after: number;
      readonly holds: Holds;
      readonly ended: boolean;
    }
  /** Ask the network whether it has it. */
  | { readonly act: 'find' }
  /** The lane goes on without it; the sender is told. */
  | { readonly act: 'fail'; readonly failure: Failure }
  /** Every lane of the account rests until the user has logged in again. */
  | { readonly act: 'park' };

const HOLDS = { chat: 'lane', account: 'account', network: 'transport' } as const;
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
      return again(growing(at), 'lane', true);
    case 'rate-limited': {
      const after = fault.retryAfterMs * (1 + at.random / 10);
      if (at.age >= at.expiry)
        return { act: 'fail', failure: { code: 'rate-limited', ...detail, until: Math.ceil(at.now + after) } };
      return again(after, HOLDS[fault.scope], true);
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
    return again(growing(at), 'lane', !at.crashed);
  }
  if (at.onUncertain === 'tell' || at.starts >= POISON || (!at.crashed && at.age >= at.expiry))
    return { act: 'fail', failure: { code: 'uncertain', ...detail } };
  return again(growing(at), 'lane', false);
}

const growing = ({ failures, random }: Circumstances): number => (failures === 0 ? 0 : grown(failures, random));
const grown = (failures: number, random: number): number =>
  pause(Math.max(0, failures - 1), FIRST_PAUSE, LONGEST_PAUSE, random);

const again = (after: number, holds: Holds, ended: boolean): Verdict => ({ act: 'again', after, holds, ended });

/** What to do when the question whether the network has a message failed. Decide: as where it cannot be asked at all. */
export type FindVerdict =
  { readonly act: 'ask'; readonly after: number; readonly holds: Holds } | { readonly act: 'decide' | 'park' };

/** A question is asked again as a send is, until the message expires. `asked`: vain questions in a row, from 1. */
export function judgeFind(
  fault: Fault,
  at: Pick<Circumstances, 'age' | 'expiry' | 'random'> & { readonly asked: number },
): FindVerdict {
  if (fault.code === 'auth-lost') return { act: 'park' };
  if (fault.code === 'rejected' || at.age >= at.expiry) return { act: 'decide' };
  if (fault.code === 'rate-limited')
    return { act: 'ask', after: fault.retryAfterMs * (1 + at.random / 10), holds: HOLDS[fault.scope] };
  return { act: 'ask', after: grown(at.asked, at.random), holds: 'lane' };
}

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

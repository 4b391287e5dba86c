// An entry of an 'out' lane while it is being sent: what is known of it beyond what is on disk. Nearly always it is the first.
import type { Fault, Sent } from '../adapter/api.ts';
import type { OutBody } from '../message/entry.ts';
import type { Entry, Json } from '../store/api.ts';
import type { Act } from './plan.ts';

/** How a call into the adapter ended. */
export type Outcome<T> = { readonly value: T } | { readonly fault: Fault; readonly words: string | undefined };

/** A call into the adapter that was begun about an entry. */
export interface Call {
  /** Resolves once the adapter was called, or it is clear that it will not be; rejects where that cannot be. */
  readonly made: Promise<void>;
  /** Undefined: nothing was tried. */
  readonly outcome: Promise<Outcome<Sent | undefined> | undefined>;
  /** It has ended, and may be tried again: nothing may be begun behind it. */
  stuck: boolean;
}

export interface Head {
  readonly entry: Entry;
  readonly body: OutBody;
  /** The calls that it takes: its parts. */
  plan: readonly Act[] | undefined;
  /** The plan is on disk, or need not be: it would come out the same. */
  stored: boolean;
  /** Parts that are settled. */
  done: number;
  /** What the network has of its first part, where that was learned in this run. */
  first: { readonly remote: string; readonly at: number } | undefined;
  /** Starts without a certain end. */
  starts: number;
  /** Attempts of this part, also those of other runs whose end is not known. */
  tries: number;
  /** Attempts of this run that failed in a row. */
  failures: number;
  /** Vain questions of this run whether the network has it, in a row. */
  asked: number;
  /** The last start came to no certain end, and what that means is not decided yet. */
  unsure: boolean;
  /** That start was another run's. */
  crashed: boolean;
  /** The network may have it: some attempt, also of another run, came to no certain end. */
  maybe: boolean;
  /** The network does not tell whether it has it. */
  blind: boolean;
  /** The network has shown that it has it. */
  shown: Sent | undefined;
  /** It is being sent, or was and what came of it was not looked at yet. */
  call: Call | undefined;
  /** The token of the last call. */
  token: string;
  /** Ends the call that is under way with what the network has shown. */
  confirm: ((sent: Sent) => void) | undefined;
}

const UNCERTAIN = 'uncertain';

/** A part that no attempt of this run has touched. */
const fresh = { failures: 0, asked: 0, blind: false, shown: undefined, call: undefined, confirm: undefined } as const;

/** An entry as it came from the disk. */
export function headOf(entry: Entry): Head {
  const { starts, done } = entry;
  const plan = entry.plan as unknown as readonly Act[] | undefined;
  const crashed = starts > 0;
  return {
    ...{ entry, body: entry.body as unknown as OutBody, plan, stored: plan !== undefined, done, starts, tries: starts },
    ...{ ...fresh, first: undefined, unsure: crashed, crashed, maybe: mayBeThere(entry), token: '' },
  };
}

/** Its next part is done: what was known of attempts is over. */
export function nextPart(head: Head): void {
  head.done += 1;
  Object.assign(head, { ...fresh, starts: 0, tries: 0, unsure: false, crashed: false, maybe: false });
}

/** What the disk says of an entry that waits: whether its current part may be on the network. */
export const mayBeThere = ({ starts, why }: Entry): boolean => starts > 0 || why === UNCERTAIN;

/** Why an entry waits, as it is kept: once it may be there, nothing else is worth keeping. */
export const whyItWaits = ({ maybe }: Head, code: string): string => (maybe ? UNCERTAIN : code);

/** Fixes the plan. What was started without one had one part, whatever the limits are now. */
export function fixPlan(head: Head, acts: readonly Act[]): void {
  const { body, starts } = head;
  const single = body.type === 'message' && (acts.length < 2 || starts > 0);
  head.plan = single && acts.length > 1 ? [{ do: 'send', content: body.content }] : acts;
  head.stored = single;
}

/** The plan as it is kept with the first start; nothing where it is kept already. */
export function planToStore({ plan, stored }: Head): { readonly plan?: Json } {
  return stored || plan === undefined ? {} : { plan: plan as unknown as Json };
}

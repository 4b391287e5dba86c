// The failed entries of 'in' lanes: what could not be shown to a user, as the operator's commands see it.
import type { InBody } from '../message/entry.ts';
import type { AccountId, Seq, Store } from '../store/api.ts';

/** What the user's server refused, or what could not be shown, and is kept. */
export interface Undelivered {
  readonly seq: Seq;
  /** When it was written down. */
  readonly at: number;
  readonly body: InBody;
  /** The condition of the error that came back; 'internal' where it could not be shown. */
  readonly why: string;
}

/** The failed entries of the 'in' lanes. */
export interface Deliveries {
  /** Oldest first, as many as somebody looks through. */
  list(account: AccountId): Promise<readonly Undelivered[]>;
  /** Puts them back into their places, all or those that are named; says how many. */
  retry(account: AccountId, only?: readonly Seq[]): Promise<number>;
  /** Lets go of them. */
  drop(account: AccountId, only?: readonly Seq[]): Promise<number>;
}

/** What may be done with the failed entries of 'in' lanes, all or those that are named. Each says how many they were. */
export interface FailedLanes {
  retry(account: AccountId, only?: ReadonlySet<Seq>): Promise<number>;
  drop(account: AccountId, only?: ReadonlySet<Seq>): Promise<number>;
}

/** Failed entries that are looked through for one list. */
const MOST_LISTED = 1_000;

/** What the store keeps of an account's failed deliveries. */
export function deliveries(store: Pick<Store, 'failed'>, lanes: FailedLanes): Deliveries {
  return {
    async list(account) {
      const all = await store.failed(account, MOST_LISTED);
      const own = all.filter(({ lane }) => lane.direction === 'in');
      return own.map(({ seq, at, body, why = 'internal' }) => ({ seq, at, why, body: body as unknown as InBody }));
    },
    retry: (account, only) => lanes.retry(account, only && new Set(only)),
    drop: (account, only) => lanes.drop(account, only && new Set(only)),
  };
}

// What failed in the lanes of one account and is kept, gone through page by page.
import type { AccountId, Entry, LaneKey, Seq, Store } from '../store/api.ts';

/** Failed entries that one step moves. */
const SLICE = 100;

/** Gives `work` the failed entries of one direction, all or those that are named, some at a time; says how many. */
export async function eachFailed(
  store: Pick<Store, 'failed'>,
  account: AccountId,
  direction: LaneKey['direction'],
  only: ReadonlySet<Seq> | undefined,
  work: (entries: readonly Entry[]) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (let after = 0; ;) {
    const page = await store.failed(account, SLICE, after);
    const last = page.at(-1);
    if (last === undefined) return count;
    after = last.seq;
    const meant = page.filter(({ lane, seq }) => lane.direction === direction && (only?.has(seq) ?? true));
    if (meant.length === 0) continue;
    await work(meant);
    count += meant.length;
  }
}

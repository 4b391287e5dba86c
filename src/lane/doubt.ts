// What a gateway that was killed can no longer know: whether the server, too, died before it had kept what was settled last.
import type { Log } from '../adapter/api.ts';
import type { Fence, Move, Seq, Store } from '../store/api.ts';
import { mayPass } from './land.ts';

/** What was settled so shortly before an unclean end of the stream goes again: a server may route and yet lose it. */
export const DOUBT_MS = 5_000;

/** Puts what was settled last back into its places, once; says what that was. With a full disk nothing can be put back. */
export async function reviveLately(options: {
  readonly store: Pick<Store, 'lately' | 'step'>;
  readonly fence: Fence;
  readonly log: Log;
}): Promise<readonly Seq[]> {
  const { store, fence, log } = options;
  const seqs = await store.lately(fence.owner, DOUBT_MS);
  if (seqs.length === 0) return seqs;
  log.info({ entries: seqs.length }, 'the gateway was killed; what was settled last goes again');
  try {
    await store.step({ fence, move: seqs.flatMap(again) });
    return seqs;
  } catch (error) {
    if (!mayPass(error)) throw error;
    log.error({ error }, 'what was settled last cannot go again');
    return [];
  }
}

/** With a start counted, by which it is known the next time: a gateway that keeps dying must not flood its users. */
const again = (seq: Seq): readonly Move[] => [
  { seq, to: 'queued' },
  { seq, to: 'started' },
];

// What is old goes, now and then, in slices that the store makes small enough to hold no lane up.
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { StoreError, type Store } from '../store/api.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SETTLED_MS = 10 * MINUTE_MS;
const FAILED_MS = 30 * DAY_MS;
const KEYS_MS = 30 * DAY_MS;
const IDS_MS = 400 * DAY_MS;

/**
 * Prunes every minute, hourly what takes a look at each room, from the first minute on, and daily what takes a walk through
 * everything; the function returned ends it. `archive`: what is kept of each room.
 */
export function keepHouse(
  store: Pick<Store, 'prune'>,
  clock: Clock,
  log: Log,
  archive: { readonly days: number; readonly rows: number },
): () => void {
  let walked = clock.monotonic();
  let looked = -Infinity;
  let cancel = (): void => undefined;
  let ended = false;
  const turn = async (): Promise<void> => {
    const now = clock.now();
    const daily = clock.monotonic() - walked >= DAY_MS;
    if (daily) walked = clock.monotonic();
    const hourly = clock.monotonic() - looked >= HOUR_MS;
    if (hourly) looked = clock.monotonic();
    try {
      const look = hourly ? { archive: { before: now - archive.days * DAY_MS, rows: archive.rows } } : {};
      const walk = daily ? { keys: now - KEYS_MS, ids: now - IDS_MS } : {};
      const { removed } = await store.prune({ settled: now - SETTLED_MS, failed: now - FAILED_MS, ...look, ...walk });
      log.debug({ removed }, 'pruned');
    } catch (error) {
      if (!ended) log.warn({ error }, error instanceof StoreError ? 'pruning failed' : 'pruning failed for a bug');
    }
    if (!ended) begin();
  };
  const begin = (): void => {
    cancel = clock.after(MINUTE_MS, () => void turn());
  };
  begin();
  return () => {
    ended = true;
    cancel();
  };
}

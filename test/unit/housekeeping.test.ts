import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepHouse } from '../../src/gateway/housekeeping.ts';
import type { PruneBefore } from '../../src/store/api.ts';
import { ManualClock } from '../support/clock.ts';
import { KeptLog } from '../support/out-bench.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test('archives are looked at a minute after the start and then every hour, by what the operator keeps', async () => {
  const clock = new ManualClock();
  const pruned: (PruneBefore & { readonly now: number })[] = [];
  const store = {
    prune: (before: PruneBefore) => {
      pruned.push({ now: clock.now(), ...before });
      return Promise.resolve({ removed: 0 });
    },
  };
  const log = new KeptLog();
  const stop = keepHouse(store, clock, log, { days: 7, rows: 500 });
  const began = clock.now();
  await clock.advance(2 * HOUR_MS + 2 * MINUTE_MS);
  stop();
  const looked = pruned.filter(({ archive }) => archive !== undefined);
  assert.deepEqual(
    looked.map(({ now }) => (now - began) / MINUTE_MS),
    [1, 61, 121],
  );
  for (const { now, archive } of looked) assert.deepEqual(archive, { before: now - 7 * DAY_MS, rows: 500 });
  assert(pruned.length > 100, 'the rest goes on every minute');
});

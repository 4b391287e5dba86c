// Gives memory back when a thread is at rest. V8 collects when something is allocated: after a burst nothing is, and what
// the burst has left behind would stay for hours.
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often it looks, in milliseconds. */
const LOOK_MS = 500;
/** A thread that worked for less than this share of the time is at rest. */
const AT_REST = 0.05;
/** Less garbage than this is left where it is: bytes, and as a share of what is in use. */
const LITTLE = 4 * 1_048_576;
const LITTLE_SHARE = 0.25;

type Collect = (how: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

/** Begins to watch the thread that calls it, and does not keep it alive. Returns the way to stop. */
export function collectAtRest(): () => void {
  // The function is not there unless Node was started with the flag.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  let kept = 0;
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const { used_heap_size: used } = getHeapStatistics();
    if (utilization > AT_REST || used - kept < LITTLE + kept * LITTLE_SHARE) return;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    kept = getHeapStatistics().used_heap_size;
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

// Wake-ups within one process: a function call, made after the caller's own turn.
import type { LaneKey, Waker } from './api.ts';

/** A Waker for one process. `failed` hears what a listener threw: one listener's trouble never reaches another, or the waker. */
export function localWaker(failed: (error: unknown) => void): Waker {
  const listeners = new Map<string, Set<(lane: LaneKey) => void>>();
  const tell = (own: ReadonlySet<(lane: LaneKey) => void>, woken: (lane: LaneKey) => void, lane: LaneKey) => {
    try {
      if (own.has(woken)) woken(lane);
    } catch (error) {
      failed(error);
    }
  };
  return {
    wake(owner, lane) {
      const own = listeners.get(owner) ?? new Set();
      for (const woken of own) queueMicrotask(() => tell(own, woken, lane));
    },
    listen(owner, woken) {
      const own = listeners.get(owner) ?? new Set();
      listeners.set(owner, own.add(woken));
      return () => {
        own.delete(woken);
        if (own.size === 0 && listeners.get(owner) === own) listeners.delete(owner);
      };
    },
  };
}

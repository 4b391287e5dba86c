// Wake-ups within one process: a function call, made after the caller's own turn.
import type { LaneKey, Waker } from './api.ts';

/** A Waker for one process. `failed` hears what a listener threw: one listener's trouble never reaches another, or the waker. */
export function localWaker(failed: (error: unknown) => void): Waker {
  const listeners = new Map<string, Set<(lane: LaneKey) => void>>();
  const tell = (woken: (lane: LaneKey) => void, lane: LaneKey) => {
    try {
      woken(lane);
    } catch (error) {
      failed(error);
    }
  };
  return {
    wake(owner, lane) {
      for (const woken of listeners.get(owner) ?? []) queueMicrotask(() => tell(woken, lane));
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

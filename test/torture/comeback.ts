// How long the gateway takes to come back after a kill: from when it is started again until it is ready, and until it has
// brought its users back where they were. Pure.
import type { Blow } from './evidence.ts';

/** In milliseconds from the start of the process. */
export interface Comeback {
  readonly ready: number;
  /** Everybody is in all of his rooms again; undefined on networks that do not tell. */
  readonly rejoined: number | undefined;
}

/** Of each kill of the gateway after which nothing else was hit, and nothing was still away, before it was back. */
export function comebacksOf(
  blows: readonly Blow[],
  rejoined: (since: number) => number | undefined,
): readonly Comeback[] {
  return blows.flatMap((blow) => {
    const { target, started, ready } = blow;
    if (target !== 'gateway' || started === undefined || ready === undefined) return [];
    const back = rejoined(started);
    const over = Math.max(ready, back ?? 0);
    const isAlone = blows.every((other) => other === blow || isOver(other, started) || other.from > over);
    return isAlone ? [{ ready: ready - started, rejoined: back === undefined ? undefined : back - started }] : [];
  });
}

/** Whether it was back, or over, before that time; what was killed again has not come back by itself. */
const isOver = ({ ready, to }: Blow, at: number): boolean => (ready ?? to) < at;

/** Median and most of some times, in milliseconds. */
export function spread(all: readonly number[]): string {
  const sorted = [...all].sort((one, other) => one - other);
  return sorted.length === 0 ? '-' : `${sorted[sorted.length >> 1] ?? 0}, ${sorted.at(-1) ?? 0}`;
}

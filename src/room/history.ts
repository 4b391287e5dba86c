// How much of what was said a join is told (XEP-0045, 7.2.13). Pure.

/** What a client asks for; all that it names must hold. */
export interface HistoryWish {
  readonly maxstanzas?: number;
  /** Characters of whole stanzas. */
  readonly maxchars?: number;
  readonly seconds?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
}

/** What is told if the client does not say, and at most. */
const USUAL = 50;
const MOST = 500;

/** The rows to look for: the last so many since then. None are wanted where `limit` is 0. */
export function historyRange(wish: HistoryWish, now: number): { readonly limit: number; readonly start?: number } {
  const { maxstanzas, seconds, since, maxchars } = wish;
  const named = seconds !== undefined || since !== undefined || maxchars !== undefined;
  const limit = maxchars === 0 ? 0 : Math.min(maxstanzas ?? (named ? MOST : USUAL), MOST);
  const start = Math.max(seconds === undefined ? -Infinity : now - seconds * 1_000, since ?? -Infinity);
  return start === -Infinity ? { limit } : { limit, start };
}

/** The last of them that stay within so many characters. `sizes` are theirs, in order; gives how many to leave out. */
export function surplus(sizes: readonly number[], maxchars: number | undefined): number {
  if (maxchars === undefined) return 0;
  let left = maxchars;
  for (let index = sizes.length - 1; index >= 0; index--) {
    left -= sizes[index] ?? 0;
    if (left < 0) return index + 1;
  }
  return 0;
}

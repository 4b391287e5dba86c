/** 0 <= next() < 1, the same sequence for the same seed. */
export type Random = () => number;

/** A small generator (mulberry32): good enough for chaos that must be the same again. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Between `least` and `most`. */
export const between = (random: Random, least: number, most: number): number => least + random() * (most - least);

/** One of them, as often as its weight says. */
export function weighted<T>(random: Random, choices: readonly (readonly [T, number])[]): T {
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of choices) if ((left -= weight) < 0) return choice;
  const last = choices.at(-1);
  if (last === undefined) throw new Error('there is nothing to choose from');
  return last[0];
}

// The last that was told of each group's members, for `src/message/lately.ts`.
import type { Clock } from '../clock.ts';
import type { Told } from '../message/lately.ts';

/** A snapshot is written within this, unless the machine is all but standing still. */
const LATELY_MS = 5_000;
/** More members are not written twice: in so large a room somebody may be seen until it is entered again. */
const MOST = 200;
/** Groups beyond which those that have been quiet are forgotten. */
const MOST_GROUPS = 256;

export class Lately {
  readonly #clock: Clock;
  readonly #told = new Map<string, readonly { readonly at: number; readonly told: Told }[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes it; answers all that counts now, oldest first. */
  add(chat: string, told: Told): readonly Told[] {
    const now = this.#clock.monotonic();
    const before = told.complete ? [] : (this.#told.get(chat) ?? []).filter(({ at }) => now - at < LATELY_MS);
    const all = [...before, { at: now, told }];
    const size = all.reduce((sum, one) => sum + one.told.members.length, 0);
    if (size > MOST) this.#told.delete(chat);
    else this.#told.set(chat, all);
    if (this.#told.size > MOST_GROUPS) this.#forget(now);
    return size > MOST ? [] : all.map((one) => one.told);
  }

  #forget(now: number): void {
    for (const [chat, all] of this.#told) if (now - (all.at(-1)?.at ?? 0) >= LATELY_MS) this.#told.delete(chat);
  }
}

// How fast a client may send. A bucket that has run dry stays shut until the announced time, as real servers' do.

/** A bucket: `burst` calls at once, refilled at `perSecond`. */
export interface BucketLimit {
  burst: number;
  perSecond: number;
}

interface Bucket {
  tokens: number;
  at: number;
  shutUntil: number;
}

/** Clocks tick in whole milliseconds: who waits exactly as long as he was told is not too early. */
const GRACE_MS = 20;
const GRACE_TOKENS = 0.05;

/** Buckets by name. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one call's place in each of these at `now` (ms); answers 0, or the seconds to wait, and then takes nothing. */
  take(wanted: readonly (readonly [name: string, limit: BucketLimit])[], now: number): number {
    const all = wanted.map(([name, limit]) => [this.#refill(name, limit, now), limit] as const);
    const wait = Math.max(0, ...all.map(([bucket, limit]) => waitFor(bucket, limit, now)));
    if (wait === 0) for (const [bucket] of all) bucket.tokens -= 1;
    return wait;
  }

  #refill(name: string, limit: BucketLimit, now: number): Bucket {
    const bucket = this.#buckets.get(name) ?? { tokens: limit.burst, at: now, shutUntil: 0 };
    const refilled = bucket.tokens + (Math.max(now - bucket.at, 0) / 1000) * limit.perSecond;
    bucket.tokens = Math.min(refilled, limit.burst);
    bucket.at = now;
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

function waitFor(bucket: Bucket, limit: BucketLimit, now: number): number {
  if (now < bucket.shutUntil - GRACE_MS) return Math.ceil((bucket.shutUntil - now) / 1000);
  if (bucket.tokens >= 1 - GRACE_TOKENS) return 0;
  const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / limit.perSecond));
  bucket.shutUntil = now + seconds * 1000;
  return seconds;
}

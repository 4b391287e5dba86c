// When something was, and a name for exactly this.
import { createHash } from 'node:crypto';
import { whole } from './shape.ts';

// Outside of these a date is damage, not a time at which anybody wrote.
const EARLIEST_SECOND = 1_000_000_000;
const LATEST_SECOND = 100_000_000_000;

/** Telegram's seconds as milliseconds; `now` for what is no time. */
export function time(seconds: unknown, now: number): number {
  const at = whole(seconds);
  return at === undefined || at < EARLIEST_SECOND || at > LATEST_SECOND ? now : at * 1000;
}

/** A short name for exactly this text. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

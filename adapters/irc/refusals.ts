// A server that bans or slows down its guest again and again is asked less and less often.
import { AdapterError } from 'moongate/adapter';
import type { IrcHost } from './cursor.ts';
import type { Journal } from './journal.ts';

const KEY = 'refusals';
/** The pause is doubled each time, up to this. */
const LONGEST_MS = 6 * 3_600_000;
/** Whoever was welcome for so long begins with the first pause again. */
const WELL_MS = 3_600_000;

interface Refusals {
  readonly count: number;
  /** When the server may be asked again, in ms since 1970. */
  readonly until: number;
}

/** The same error, with a pause that has grown where there were refusals just before; anything else as it is. Kept on disk. */
export async function grown(
  error: unknown,
  { state, journal, now }: { readonly state: IrcHost['state']; readonly journal: Journal; readonly now: number },
): Promise<unknown> {
  if (!AdapterError.is(error) || error.fault.code !== 'rate-limited') return error;
  const found = (await state.get([KEY])).get(KEY);
  const before = found && (JSON.parse(Buffer.from(found).toString()) as Refusals);
  const count = before === undefined || now - before.until > WELL_MS ? 1 : before.count + 1;
  const retryAfterMs = Math.min(LONGEST_MS, error.fault.retryAfterMs * 2 ** (count - 1));
  journal.state(KEY, Buffer.from(JSON.stringify({ count, until: now + retryAfterMs } satisfies Refusals)));
  await journal.flushed().catch(() => undefined);
  return new AdapterError({ ...error.fault, retryAfterMs }, error.message, { cause: error.cause });
}

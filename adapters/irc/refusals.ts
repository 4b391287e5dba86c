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

export interface RefusedOptions {
  readonly server: string;
  readonly state: IrcHost['state'];
  readonly journal: Journal;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Why a connection ended. For a ban or a throttle the same with a pause that has grown where there was one just before, and the
 * user is told of the first, since nothing else would tell him. On disk when it resolves.
 */
export async function refused(error: unknown, { server, state, journal, now }: RefusedOptions): Promise<unknown> {
  if (!AdapterError.is(error) || error.fault.code !== 'rate-limited') return error;
  const found = (await state.get([KEY])).get(KEY);
  const before = found && (JSON.parse(Buffer.from(found).toString()) as Refusals);
  const count = before === undefined || now - before.until > WELL_MS ? 1 : before.count + 1;
  const retryAfterMs = Math.min(LONGEST_MS, error.fault.retryAfterMs * 2 ** (count - 1));
  journal.state(KEY, Buffer.from(JSON.stringify({ count, until: now + retryAfterMs } satisfies Refusals)));
  const text = `${server} does not let you in now, and is asked again later. ${error.message}`;
  if (count === 1) journal.add({ type: 'notice', key: `refused/${server}/${now}`, at: now, text });
  await journal.flushed().catch(() => undefined);
  return new AdapterError({ ...error.fault, retryAfterMs }, error.message, { cause: error.cause });
}

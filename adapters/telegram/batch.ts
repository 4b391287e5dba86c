// A batch of updates as one commit: its events in order, who is new or renamed, what was told, where the next call begins.
import type { Batch, Host, Log, State } from 'moongate/adapter';
import type { TelegramConfig } from './config.ts';
import { keysOfNews, seatsKey } from './group-state.ts';
import { Known } from './known.ts';
import type { Bot } from './login.ts';
import { digest } from './moments.ts';
import { handleKey, personKey } from './people.ts';
import { fields, whole } from './shape.ts';
import { Sight } from './sight.ts';
import type { View } from './text.ts';
import { readUpdate, unreadable } from './updates.ts';
import type { Reading } from './updates.ts';

/** What a login leaves for the sessions. */
export interface TelegramCredentials {
  readonly token: string;
}
/**
 * How far the account is: the offset that confirms everything committed, and digests of the last batch, by which it is
 * recognised if Telegram says it again. The offset itself is never sent from here (see Poller).
 */
export interface TelegramCursor {
  readonly offset: number;
  readonly last: readonly string[];
}
export type TelegramBatch = Batch<TelegramCredentials, TelegramCursor>;
export type TelegramHost = Host<TelegramConfig, TelegramCredentials, TelegramCursor>;

/** What of this batch was in the last one already. Only a digest of the whole is safe: update ids may begin again. */
export function withoutLast(updates: readonly unknown[], last: readonly string[]): readonly unknown[] {
  return updates.filter((update) => !last.includes(digest(JSON.stringify(update))));
}

/** Where the account is after these updates; undefined if none has a usable id. */
export function cursorAfter(updates: readonly unknown[]): TelegramCursor | undefined {
  const ids = updates.map((update) => whole(fields(update)?.update_id)).filter((id) => id !== undefined);
  if (ids.length === 0) return undefined;
  return { offset: Math.max(...ids) + 1, last: updates.map((update) => digest(JSON.stringify(update))) };
}

/** What is to be committed, and what is to be done once it is. */
export interface ReadBatch {
  readonly batch: Pick<TelegramBatch, 'events' | 'state'>;
  /** Groups that should be asked about. */
  readonly look: readonly string[];
}

/** What updates say, ready to commit. An update that cannot be read becomes a line and a log entry; the rest goes on. */
export async function readBatch(
  updates: readonly unknown[],
  state: State,
  log: Log,
  now: number,
  self: Pick<Bot, 'id' | 'username'> = { id: '', username: '' },
): Promise<ReadBatch> {
  const view = await viewOf(updates, state, self);
  const readings = updates.map((update) => readOne(update, log, now, view));
  const known = new Known(await load(readings, state));
  const events = readings.flatMap((reading) => known.fold(reading));
  const look = readings.flatMap(({ group }) => (group?.look ? [group.movedTo ?? group.id] : []));
  // A group that came in sight by something said in it has to be asked about as well.
  return { batch: { events, state: known.changes }, look: [...new Set([...look, ...known.fresh])] };
}

/** Names that stand in the texts, as far as they are known by now or by the end of this batch. */
async function viewOf(updates: readonly unknown[], state: State, self: Pick<Bot, 'id' | 'username'>): Promise<View> {
  const sight = new Sight();
  for (const update of updates) sight.look(update);
  const stored = await state.get([...sight.mentioned].map(handleKey));
  const own = self.username.toLowerCase();
  return {
    self: self.id,
    idOf: (username) => {
      const name = username.toLowerCase();
      if (name === own && own !== '') return self.id;
      const bytes = stored.get(handleKey(name));
      return sight.bearers.get(name) ?? (bytes && Buffer.from(bytes).toString());
    },
  };
}

async function load(readings: readonly Reading[], state: State): Promise<ReadonlyMap<string, Uint8Array>> {
  const stored = new Map(await state.get([...new Set(readings.flatMap(keysOf))]));
  for (const { group } of readings) {
    const from = group?.movedTo === undefined ? group?.movedFrom : group.id;
    if (from === undefined) continue;
    for await (const [key, bytes] of state.list(seatsKey(from))) stored.set(key, bytes);
  }
  return stored;
}

function readOne(update: unknown, log: Log, now: number, view: View): Reading {
  try {
    return readUpdate(update, now, view);
  } catch (error) {
    const kinds = Object.keys(fields(update) ?? {}).filter((key) => key !== 'update_id');
    const reason = error instanceof Error ? error.message : 'unknown';
    log.error({ update: whole(fields(update)?.update_id), kinds, reason }, 'an update could not be read');
    return unreadable(update, now, view);
  }
}

function keysOf({ person, group }: Reading): string[] {
  return [...(person === undefined ? [] : [personKey(person.id)]), ...(group === undefined ? [] : keysOfNews(group))];
}

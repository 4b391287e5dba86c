// A batch of updates as one commit: its events in order, who is new or renamed, what was told, where the next call begins.
import type { Batch, Host, Log, NetworkEvent, State } from 'moongate/adapter';
import type { TelegramConfig } from './config.ts';
import { groupKey, handleKey, packPerson, personKey, unpackPerson } from './people.ts';
import { fields, whole } from './shape.ts';
import { digest, readUpdate, unreadable } from './updates.ts';
import type { Group, Person, Reading } from './updates.ts';

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

/** What updates say, ready to commit. An update that cannot be read becomes a line and a log entry; the rest goes on. */
export async function readBatch(
  updates: readonly unknown[],
  state: State,
  log: Log,
  now: number,
): Promise<Pick<TelegramBatch, 'events' | 'state'>> {
  const readings = updates.map((update) => readOne(update, log, now));
  const known = new Known(await state.get([...new Set(readings.flatMap(keysOf))]));
  const events = readings.flatMap((reading) => [
    ...known.group(reading.group, now),
    ...known.person(reading.person),
    ...(reading.event === undefined ? [] : [reading.event]),
  ]);
  return { events, state: known.changes };
}

function readOne(update: unknown, log: Log, now: number): Reading {
  try {
    return readUpdate(update, now);
  } catch (error) {
    const kinds = Object.keys(fields(update) ?? {}).filter((key) => key !== 'update_id');
    const reason = error instanceof Error ? error.message : 'unknown';
    log.error({ update: whole(fields(update)?.update_id), kinds, reason }, 'an update could not be read');
    return unreadable(update, now);
  }
}

function keysOf({ person, group }: Reading): string[] {
  return [
    ...(person === undefined ? [] : [personKey(person.id)]),
    ...(group === undefined ? [] : [groupKey(group.id)]),
  ];
}

/** What the state says, and what this batch changes in it. */
class Known {
  readonly changes: Record<string, Uint8Array | null> = {};
  readonly #stored: ReadonlyMap<string, Uint8Array>;

  constructor(stored: ReadonlyMap<string, Uint8Array>) {
    this.#stored = stored;
  }

  person(person: Person | undefined): readonly NetworkEvent[] {
    if (person === undefined) return [];
    const { id, name, username } = person;
    const last = unpackPerson(id, this.#get(personKey(id)));
    if (last?.name === name && last.username === username) return [];
    this.changes[personKey(id)] = packPerson(person);
    if (last?.username !== undefined && last.username !== username) this.changes[handleKey(last.username)] = null;
    if (username !== undefined) this.changes[handleKey(username)] = Buffer.from(id);
    if (last?.name === name) return [];
    return [{ type: 'contact', user: id, name, ...(last === undefined ? { listed: true } : {}) }];
  }

  group(group: Group | undefined, now: number): readonly NetworkEvent[] {
    if (group === undefined) return [];
    const told = this.#get(groupKey(group.id)) !== undefined;
    for (const id of [group.id, group.movedTo]) if (id !== undefined) this.changes[groupKey(id)] = Buffer.from('told');
    if (told) return [];
    const text = `Your bot is in the group "${group.title}". What is written there is not shown here: only private chats with your bot are.`;
    return [{ type: 'notice', key: `group:${group.id}`, at: now, text }];
  }

  #get(key: string): Uint8Array | undefined {
    return this.changes[key] ?? this.#stored.get(key);
  }
}

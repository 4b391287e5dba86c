// What the state says, and what a batch changes in it.
import type { NetworkEvent } from 'moongate/adapter';
import { foldNews, groupKey, seatsKey, seenKey, unpackGroup } from './group-state.ts';
import type { Ledger } from './group-state.ts';
import type { GroupNews } from './group-updates.ts';
import { handleKey, packPerson, personKey, unpackPerson } from './people.ts';
import type { Person, Reading } from './updates.ts';

/** The state as it will be once `changes` are committed. It must have been given every key that is asked for. */
export class Known implements Ledger {
  readonly changes: Record<string, Uint8Array | null> = {};
  /** Groups that were not known before. */
  readonly fresh = new Set<string>();
  readonly #stored: ReadonlyMap<string, Uint8Array>;

  constructor(stored: ReadonlyMap<string, Uint8Array>) {
    this.#stored = stored;
  }

  /** What an update says, without what is known already. */
  fold({ person, group, event }: Reading): readonly NetworkEvent[] {
    const known = group === undefined ? this.#wrote(person) : this.#group(group);
    if (known === undefined) return [];
    return [...known, ...(event === undefined ? [] : [event])];
  }

  get(key: string): Uint8Array | undefined {
    return Object.hasOwn(this.changes, key) ? (this.changes[key] ?? undefined) : this.#stored.get(key);
  }

  set(key: string, value: Uint8Array): void {
    this.changes[key] = value;
  }

  seats(group: string): ReadonlyMap<string, Uint8Array> {
    const keys = new Set([...this.#stored.keys(), ...Object.keys(this.changes)]);
    const found = new Map<string, Uint8Array>();
    for (const key of keys) {
      const bytes = key.startsWith(seatsKey(group)) ? this.get(key) : undefined;
      if (bytes !== undefined) found.set(key, bytes);
    }
    return found;
  }

  met(person: Person): readonly NetworkEvent[] {
    if (this.get(personKey(person.id)) !== undefined) return this.#wrote(person);
    this.#keep(seenKey(person.id), person);
    return [];
  }

  #group(group: GroupNews): readonly NetworkEvent[] | undefined {
    if (group.joined !== false && !unpackGroup(this.get(groupKey(group.id)))?.joined) this.fresh.add(group.id);
    const events = foldNews(group, this);
    // Whose life goes on elsewhere, and who is gone, cannot be asked about.
    const record = unpackGroup(this.get(groupKey(group.id)));
    if (!record?.joined) this.fresh.delete(group.id);
    return events;
  }

  /** Who wrote to the bot becomes a contact, and is one under a new name. */
  #wrote(person: Person | undefined): readonly NetworkEvent[] {
    if (person === undefined) return [];
    const { id, name } = person;
    const last = this.#keep(personKey(id), person);
    if (last?.name === name) return [];
    return [{ type: 'contact', user: id, name, ...(last === undefined ? { listed: true } : {}) }];
  }

  /** Keeps names and username under this key, and says what stood there before. */
  #keep(key: string, person: Person): Person | undefined {
    const { id, name, username } = person;
    const last = unpackPerson(id, this.get(key));
    if (last?.name === name && last.username === username) return last;
    this.changes[key] = packPerson(person);
    if (last?.username !== undefined && last.username !== username) this.changes[handleKey(last.username)] = null;
    if (username !== undefined) this.changes[handleKey(username)] = Buffer.from(id);
    return last;
  }
}

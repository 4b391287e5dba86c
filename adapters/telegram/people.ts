// Who has written to the bot: the only people it can write to, kept in the account's private state.
// Keys: person/ID holds name and username, handle/USERNAME (lower case) the id.
import { AdapterError } from 'moongate/adapter';
import type { Found, State } from 'moongate/adapter';
import { fields, parsed, words } from './shape.ts';
import type { Person } from './updates.ts';

const SEARCH_LIMIT = 50;

export const personKey = (id: string): string => `person/${id}`;
export const handleKey = (username: string): string => `handle/${username.toLowerCase()}`;

/** A person as stored. */
export function packPerson({ name, username }: Person): Uint8Array {
  return Buffer.from(JSON.stringify({ name, username }));
}

/** The person stored under this id; undefined if there is none. */
export function unpackPerson(id: string, bytes: Uint8Array | undefined): Person | undefined {
  if (bytes === undefined) return undefined;
  const record = fields(parsed(Buffer.from(bytes).toString()));
  const username = words(record?.username);
  return { id, name: words(record?.name) ?? id, ...(username === undefined ? {} : { username }) };
}

/** The person meant by an id, @username, t.me link or full name. Rejects with 'not-found' if none has written. */
export async function resolvePerson(state: State, query: string, bot: string): Promise<Found> {
  const person = (await byName(state, query.trim())) ?? (await byFullName(state, query.trim()));
  if (person !== undefined) return found(person);
  const text =
    'Nobody of this name has written to your bot yet, and a bot cannot write first. ' +
    `Pass on this link, and they appear here when they write: https://t.me/${bot}`;
  throw new AdapterError({ code: 'rejected', reason: 'not-found' }, text);
}

/** People whose name or username contains the words, in the order of their ids; at most 50. */
export async function searchPeople(state: State, query: string): Promise<readonly Found[]> {
  const wanted = query.trim().replace(/^@/, '').toLowerCase();
  const hits: Found[] = [];
  for await (const person of everyone(state)) {
    if (!`${person.name}\n${person.username ?? ''}`.toLowerCase().includes(wanted)) continue;
    hits.push(found(person));
    if (hits.length === SEARCH_LIMIT) break;
  }
  return hits;
}

async function byName(state: State, query: string): Promise<Person | undefined> {
  const link = /^(?:https?:\/\/)?(?:t\.me|telegram\.me)\/(\w+)\/?$/i.exec(query);
  const handle = link?.[1] ?? /^@?([a-z]\w*)$/i.exec(query)?.[1];
  const id = handle === undefined ? query : await read(state, handleKey(handle));
  return id === undefined ? undefined : personOf(state, String(id));
}

async function personOf(state: State, id: string): Promise<Person | undefined> {
  const key = personKey(id);
  return unpackPerson(id, (await state.get([key])).get(key));
}

async function read(state: State, key: string): Promise<string | undefined> {
  const bytes = (await state.get([key])).get(key);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

/** Two people may have one name: then only an id or @username tells them apart. */
async function byFullName(state: State, query: string): Promise<Person | undefined> {
  const same: Person[] = [];
  for await (const person of everyone(state)) if (person.name.toLowerCase() === query.toLowerCase()) same.push(person);
  return same.length === 1 ? same[0] : undefined;
}

async function* everyone(state: State): AsyncGenerator<Person> {
  for await (const [key, bytes] of state.list(personKey(''))) {
    const person = unpackPerson(key.slice(personKey('').length), bytes);
    if (person !== undefined) yield person;
  }
}

function found({ id, name, username }: Person): Found {
  return { chat: { kind: 'direct', id }, name, ...(username === undefined ? {} : { note: `@${username}` }) };
}

// What is wrong with a batch by itself, whatever the network said: for tests of adapters, and of whoever makes events.
import type { Batch, Member, NetworkEvent } from '../api.ts';

const withoutKey = ['chat', 'members', 'contact', 'moved'];
const oldestMs = 100_000_000_000; // 1973: a smaller time was given in seconds

/** Faults of a batch in words; empty when it keeps the contract. */
export function batchFaults(batch: Batch<unknown, unknown>): readonly string[] {
  const faults: string[] = [];
  for (const part of ['events', 'cursor', 'credentials'] as const) faults.push(...jsonFaults(batch[part], part));
  for (const [index, event] of (batch.events ?? []).entries()) {
    faults.push(...eventFaults(event).map((fault) => `events[${index}] (${event.type}): ${fault}`));
  }
  for (const [key, value] of Object.entries(batch.state ?? {})) {
    if (value === null) continue;
    if (!(value instanceof Uint8Array)) faults.push(`state.${key} is not bytes`);
    else if (value.length > 1_048_576) faults.push(`state.${key} is larger than 1 MiB`);
  }
  return faults;
}

function eventFaults(event: NetworkEvent): readonly string[] {
  const faults: string[] = [];
  const fields: Readonly<Record<string, unknown>> = { ...event };
  const text = (name: string): void => {
    if (typeof fields[name] !== 'string' || fields[name] === '') faults.push(`${name} is not a text`);
  };
  if (!withoutKey.includes(event.type)) {
    text('key');
    faults.push(...timeFaults(fields['at']));
  }
  for (const name of ['id', 'target', 'upTo', 'user', 'token']) if (name in fields) text(name);
  if (fields['chat'] !== undefined) faults.push(...chatFaults(fields['chat']));
  else if (['message', 'edit', 'react', 'read', 'failed', 'chat', 'members'].includes(event.type)) {
    faults.push('chat is missing');
  }
  if (['message', 'edit'].includes(event.type) && fields['from'] !== null) text('from');
  if (event.type === 'members') faults.push(...event.members.flatMap(memberFaults));
  if (event.type === 'chat' && event.topicAt !== undefined)
    faults.push(...timeFaults(event.topicAt).map((fault) => `topic: ${fault}`));
  if (
    event.type === 'chat' &&
    event.topic === undefined &&
    (event.topicBy !== undefined || event.topicAt !== undefined)
  )
    faults.push('it says who set the topic, or when, without the topic');
  if (event.type === 'message' || event.type === 'edit') {
    const { text: words, files, location } = event.content;
    if (!words && !files?.length && !location) faults.push('content is empty: a user would see nothing');
  }
  return faults;
}

function memberFaults({ user, titles = [] }: Member): readonly string[] {
  const isText = (title: unknown): boolean => typeof title === 'string' && title.trim() !== '' && !title.includes('\n');
  const isList = Array.isArray(titles) && titles.every(isText);
  return isList ? [] : [`the titles of ${user ?? 'the account'} are no list of texts, a line each`];
}

/** Faults of a time in words; empty when it is one in milliseconds since 1970. */
export function timeFaults(at: unknown): readonly string[] {
  if (typeof at !== 'number' || !Number.isFinite(at)) return ['at is not a number'];
  return at < oldestMs ? [`at is ${at}: milliseconds since 1970 are wanted, not seconds`] : [];
}

function chatFaults(chat: unknown): readonly string[] {
  if (typeof chat !== 'object' || chat === null) return ['chat is not an object'];
  const { kind, id } = chat as { kind?: unknown; id?: unknown };
  const faults = kind === 'direct' || kind === 'group' ? [] : ['chat.kind is neither direct nor group'];
  return typeof id === 'string' && id !== '' ? faults : [...faults, 'chat.id is not a text'];
}

/** Where a value would not survive JSON unchanged. */
export function jsonFaults(value: unknown, path: string): readonly string[] {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (typeof value !== 'object') return [`${path} is a ${typeof value}`];
  if (Array.isArray(value)) return value.flatMap((item, index) => jsonFaults(item, `${path}[${index}]`));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return [`${path} is no plain object`];
  return Object.entries(value).flatMap(([key, item]) => jsonFaults(item, `${path}.${key}`));
}

// How chats, members and contacts are: upserts that add up to documents, and are told to the front once they are on disk.
import type { Log, StateEvent } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { chatName, type ChatNumbers } from '../lane/chats.ts';
import type { Front } from '../link.ts';
import type { ChatDocument, ContactDocument } from '../message/entry.ts';
import { latelyKey, type Told } from '../message/lately.ts';
import type { AccountId, Doc, Json, Store } from '../store/api.ts';
import { Lately } from './lately.ts';
import type { Moves } from './moves.ts';
import type { Prepared } from './prepared.ts';

type Kind = 'contact' | 'chat';
type Event<T extends StateEvent['type']> = StateEvent & { readonly type: T };

export interface StatesOptions {
  readonly account: AccountId;
  readonly store: Pick<Store, 'doc'>;
  readonly chats: ChatNumbers;
  readonly moves: Moves;
  readonly front: Pick<Front, 'contact' | 'room' | 'members' | 'moved'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class States {
  readonly #options: StatesOptions;
  readonly #lately: Lately;
  /** Documents that are on their way to the disk, by kind and key. */
  readonly #pending = new Map<string, Json>();

  constructor(options: StatesOptions) {
    this.#options = options;
    this.#lately = new Lately(options.clock);
  }

  /** Adds what an event changes to the batch. */
  async take(event: StateEvent, prepared: Prepared): Promise<void> {
    switch (event.type) {
      case 'contact':
        return this.#contact(event, prepared);
      case 'chat':
        return this.#chat(event, prepared);
      case 'members':
        return this.#members(event, prepared);
      case 'moved':
        return this.#moved(event, prepared);
    }
  }

  /** The documents are on disk. */
  landed(docs: readonly Doc[]): void {
    for (const { kind, key, value } of docs)
      if (this.#pending.get(`${kind} ${key}`) === value) this.#pending.delete(`${kind} ${key}`);
  }

  async #contact({ user, name, listed, asks }: Event<'contact'>, prepared: Prepared): Promise<void> {
    const { account, front } = this.#options;
    const change: ContactDocument = defined({ name, listed, asks });
    if (await this.#merge('contact', user, change, prepared)) prepared.told.push(() => front.contact(account, user));
  }

  async #chat(event: Event<'chat'>, prepared: Prepared): Promise<void> {
    const { account, front, moves } = this.#options;
    const chat = moves.of(event.chat);
    const { name, topic, topicBy, topicAt, joined, invitedBy, open, size, limits } = event;
    const known: ChatDocument = topic === undefined ? {} : await this.#document('chat', chatName(chat));
    // Of a new topic it is not known who set it, unless that is told.
    const setter = topic === known.topic ? defined({ topicBy, topicAt }) : { topicBy, topicAt };
    const change = { ...defined({ name, topic, joined, invitedBy, open, size, limits }), ...setter };
    const news = await this.#merge('chat', chatName(chat), change, prepared);
    if (news && chat.kind === 'group') prepared.told.push(() => front.room(account, chat.id));
  }

  /** All of them are in the front's snapshot; what was told last is on disk before that. */
  #members({ chat, members, complete }: Event<'members'>, prepared: Prepared): void {
    const { account, front, moves } = this.#options;
    const { kind, id } = moves.of(chat);
    if (kind !== 'group') return;
    const name = chatName({ kind, id });
    const told: Told = { members, ...(complete && { complete }) };
    const value = this.#lately.add(name, told) as unknown as Json;
    prepared.docs.push({ account, kind: 'member', key: latelyKey(name), value });
    prepared.told.push(() => front.members(account, id, members, complete === true));
  }

  /** Number and archive stay; only groups move. */
  async #moved(event: Event<'moved'>, prepared: Prepared): Promise<void> {
    const { account, chats, moves, front, log } = this.#options;
    const [from, to] = [moves.of(event.from), event.to];
    if (from.kind !== 'group' || to.kind !== 'group')
      return log.debug({ type: event.type }, 'an event of a kind that has no place yet');
    if (from.id === to.id) return; // said again
    const chat = await chats.of(from);
    prepared.rename.push({ account, chat, name: chatName(to) });
    chats.rename(to, chat);
    const old = await this.#document('chat', chatName(from));
    await this.#merge('chat', chatName(to), old, prepared);
    this.#put('chat', chatName(from), null, prepared);
    prepared.docs.push(...moves.note(from, to));
    prepared.told.push(() => front.moved(account, from.id, to.id));
  }

  /** True if it was news. */
  async #merge(kind: Kind, key: string, change: object, prepared: Prepared): Promise<boolean> {
    const known = await this.#document(kind, key);
    const value = { ...known, ...change };
    if (JSON.stringify(value) === JSON.stringify(known)) return false;
    this.#put(kind, key, value, prepared);
    return true;
  }

  async #document(kind: Kind, key: string): Promise<object> {
    const { account, store } = this.#options;
    const pending = this.#pending.get(`${kind} ${key}`);
    return ((pending === undefined ? await store.doc(account, kind, key) : pending) ?? {}) as object;
  }

  #put(kind: Kind, key: string, value: Json, prepared: Prepared): void {
    this.#pending.set(`${kind} ${key}`, value);
    prepared.docs.push({ account: this.#options.account, kind, key, value });
  }
}

/** Absent fields keep their value. */
const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

// What is remembered of one account's room besides what the network says of it, and what holds for all of his rooms.
import type { ChatId } from '../adapter/api.ts';
import { chatName } from '../lane/chats.ts';
import type { AccountId, Fence, Json, Store } from '../store/api.ts';

export interface RoomSettings {
  /** When the user's last device leaves the room, he leaves it on the network too; absent: as in his other rooms. */
  readonly leave?: boolean;
  /** He knows that he is in it: he went there himself, or was told. */
  readonly told?: boolean;
}

/** Settings of rooms, on disk. */
export class AllSettings {
  readonly #store: Pick<Store, 'doc' | 'step'>;
  readonly #fence: Fence;

  constructor(store: Pick<Store, 'doc' | 'step'>, fence: Fence) {
    this.#store = store;
    this.#fence = fence;
  }

  async of(account: AccountId, chat: ChatId): Promise<RoomSettings> {
    return ((await this.#store.doc(account, 'setting', key(chat))) ?? {}) as RoomSettings;
  }

  /** Whether leaving this room leaves the group; without a room: any for which it was not said. */
  async leaves(account: AccountId, chat?: ChatId): Promise<boolean> {
    const { leave } = chat === undefined ? {} : await this.of(account, chat);
    const all = leave === undefined ? await this.#store.doc(account, 'setting', ALL) : undefined;
    return leave ?? (all as Pick<RoomSettings, 'leave'> | null | undefined)?.leave ?? false;
  }

  /** Says it for all rooms for which it was not said. */
  async setLeaves(account: AccountId, leave: boolean): Promise<void> {
    const doc = { account, kind: 'setting', key: ALL, value: { leave } } as const;
    await this.#store.step({ fence: this.#fence, docs: [doc] });
  }

  /** Changes some of them. */
  async set(account: AccountId, chat: ChatId, change: RoomSettings): Promise<void> {
    const before = await this.of(account, chat);
    const value = { ...before, ...change };
    if (before.leave === value.leave && before.told === value.told) return;
    const doc = { account, kind: 'setting', key: key(chat), value: value as Json } as const;
    await this.#store.step({ fence: this.#fence, docs: [doc] });
  }
}

/** The document that holds for all rooms. */
const ALL = 'rooms';
const key = (chat: ChatId): string => `room/${chatName({ kind: 'group', id: chat })}`;

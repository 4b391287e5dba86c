// Limits that chats have of their own, in memory: every message asks for them.
import type { Chat, Limits } from '../adapter/api.ts';
import { chatName } from '../lane/chats.ts';
import type { ChatDocument } from '../message/entry.ts';
import type { AccountId, Json, Store } from '../store/api.ts';

export class ChatLimits {
  readonly #limits = new Map<string, Partial<Limits>>();

  /** Reads those of an account. */
  async load(account: AccountId, store: Pick<Store, 'docs'>): Promise<void> {
    this.#limits.clear();
    for await (const { key, value } of store.docs(account, 'chat')) this.learn(key, value);
  }

  /** The document of a chat, by its name, is so now; null: there is none. */
  learn(name: string, document: Json): void {
    const limits = (document as ChatDocument | null)?.limits;
    if (limits === undefined) this.#limits.delete(name);
    else this.#limits.set(name, limits);
  }

  /** Undefined where a chat has none. */
  of(chat: Chat): Partial<Limits> | undefined {
    return this.#limits.size === 0 ? undefined : this.#limits.get(chatName(chat));
  }
}

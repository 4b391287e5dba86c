// Chats have numbers in the lanes. This remembers them, so that the disk is asked once for each.
import type { Chat } from '../adapter/api.ts';
import type { AccountId, Store } from '../store/api.ts';

const MOST = 4_096;

/** The name under which the store numbers a chat. */
export const chatName = (chat: Chat): string => `${chat.kind}/${chat.id}`;

/** The chat that such a name stands for. */
export function namedChat(name: string): Chat {
  const slash = name.indexOf('/');
  return { kind: name.slice(0, slash) === 'group' ? 'group' : 'direct', id: name.slice(slash + 1) };
}

/** The chat numbers of one account, those used last in memory. */
export class ChatNumbers {
  readonly #store: Pick<Store, 'chatNumber'>;
  readonly #account: AccountId;
  /** Most accounts are idle: made with the first chat. */
  #known: Map<string, number> | undefined;

  constructor(store: Pick<Store, 'chatNumber'>, account: AccountId) {
    this.#store = store;
    this.#account = account;
  }

  /** The number, at once where it is known. */
  of(chat: Chat): number | Promise<number> {
    const name = chatName(chat);
    return this.#known?.get(name) ?? this.#ask(name);
  }

  /** A chat has this number from now on. */
  rename(chat: Chat, number: number): void {
    this.#names.set(chatName(chat), number);
  }

  async #ask(name: string): Promise<number> {
    const number = await this.#store.chatNumber(this.#account, name);
    if (this.#names.size >= MOST) this.#names.clear();
    this.#names.set(name, number);
    return number;
  }

  get #names(): Map<string, number> {
    return (this.#known ??= new Map());
  }
}

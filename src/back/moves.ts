// Groups that have another id now: what comes late for the old one, or was written to it, belongs to the new one.
import type { Chat } from '../adapter/api.ts';
import { chatName, namedChat } from '../lane/chats.ts';
import type { AccountId, Doc, Store } from '../store/api.ts';

const MOVED = 'moved/';

export class Moves {
  readonly #account: AccountId;
  readonly #store: Pick<Store, 'docs'>;
  /** The name of a chat that moved, and the one that it moved to. */
  #names = new Map<string, string>();

  constructor(account: AccountId, store: Pick<Store, 'docs'>) {
    this.#account = account;
    this.#store = store;
  }

  /** Reads what is on disk, and forgets what did not get there. */
  async load(): Promise<void> {
    const names = new Map<string, string>();
    for await (const { key, value } of this.#store.docs(this.#account, 'setting', MOVED))
      if (typeof value === 'string') names.set(key.slice(MOVED.length), value);
    this.#names = names;
  }

  /** Where a chat is now. */
  of(chat: Chat): Chat {
    if (this.#names.size === 0) return chat;
    let name = chatName(chat);
    for (let next; (next = this.#names.get(name)) !== undefined;) name = next;
    return name === chatName(chat) ? chat : namedChat(name);
  }

  /** A chat has moved; the documents that remember it. One may move back. */
  note(from: Chat, to: Chat): readonly Doc[] {
    const [old, name] = [chatName(from), chatName(to)];
    const doc = { account: this.#account, kind: 'setting' } as const;
    const back = this.#names.delete(name) ? [{ ...doc, key: MOVED + name, value: null }] : [];
    this.#names.set(old, name);
    return [...back, { ...doc, key: MOVED + old, value: name }];
  }
}

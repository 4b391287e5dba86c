// Where the user wants to be: channels that he joined and did not leave. It survives connections, and the process by the cursor.
import type { Chat } from 'moongate/adapter';
import type { IrcCursor, IrcHost } from './cursor.ts';
import type { Journal } from './journal.ts';

/** The last message that is known of a chat, where the server keeps a history. */
export interface Mark {
  readonly at: number;
  readonly id?: string;
}

const keyOf = (chat: Chat): string => `mark/${chat.kind}/${chat.id}`;

export class Wanted {
  readonly #journal: Journal;
  readonly #state: IrcHost['state'];
  readonly #channels = new Map<string, { readonly name: string; readonly key?: string }>();

  constructor(
    journal: Journal,
    cursor: IrcCursor | undefined,
    state: IrcHost['state'],
    fold: (name: string) => string,
  ) {
    this.#journal = journal;
    this.#state = state;
    for (const channel of cursor?.channels ?? []) this.#channels.set(fold(channel.name), channel);
  }

  get size(): number {
    return this.#channels.size;
  }

  all(): readonly { readonly name: string; readonly key?: string }[] {
    return [...this.#channels.values()];
  }

  /** `folded` is the name in the server's lower case. Without `key` a known one stays; an undefined one that is given does not. */
  add(folded: string, name: string, ...key: readonly [key?: string | undefined]): void {
    const before = this.#channels.get(folded);
    const [now] = key.length === 0 ? [before?.key] : key;
    if (before !== undefined && before.key === now) return;
    this.#channels.set(folded, { name, ...(now !== undefined && { key: now }) });
    this.save();
  }

  delete(folded: string): void {
    if (this.#channels.delete(folded)) this.save();
  }

  /** `idle`: the connection is closed until somebody needs it. */
  save(idle = false): void {
    this.#journal.cursor({ channels: this.all(), ...(idle && { idle: true as const }) });
  }

  mark(chat: Chat, at: number, id: string | undefined): void {
    this.#journal.state(keyOf(chat), Buffer.from(JSON.stringify({ at, ...(id !== undefined && { id }) })));
  }

  /** What was last known of a chat before this connection. */
  async known(chat: Chat): Promise<Mark | undefined> {
    const found = (await this.#state.get([keyOf(chat)])).get(keyOf(chat));
    return found === undefined ? undefined : (JSON.parse(Buffer.from(found).toString()) as Mark);
  }
}

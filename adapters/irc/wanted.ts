// Where the user wants to be, and who: channels that he joined and did not leave. It survives connections, and the process by the cursor.
import type { Chat } from 'moongate/adapter';
import type { IrcCursor, IrcHost } from './cursor.ts';
import type { Journal } from './journal.ts';
import type { Names } from './names.ts';

/** The last message that is known of a chat, where the server keeps a history. */
export interface Mark {
  readonly at: number;
  readonly id?: string;
}

/** When somebody was last heard in private, to whom whatever is newer was said in our absence. */
const SINCE = 'since';

const keyOf = (chat: Chat): string => `mark/${chat.kind}/${chat.id}`;

interface Place {
  readonly name: string;
  readonly key?: string;
}

export class Wanted {
  readonly #journal: Journal;
  readonly #state: IrcHost['state'];
  readonly #names: Names;
  /** Channels of earlier connections: what is known of them is older than this one. */
  readonly #before: readonly Place[];
  #channels: readonly Place[];
  /** When somebody was last heard in private; while gaps are being filled it is not kept. */
  #latest = 0;
  #isBehind = true;
  /** The nick of his settings, and the one that he wants to have. */
  readonly #set: string;
  #nick: string;

  constructor(journal: Journal, cursor: IrcCursor | undefined, state: IrcHost['state'], names: Names, nick: string) {
    this.#journal = journal;
    this.#state = state;
    this.#names = names;
    this.#before = cursor?.channels ?? [];
    this.#channels = this.#before;
    this.#set = nick;
    this.#nick = cursor?.nick?.instead === nick ? cursor.nick.wanted : nick;
  }

  /** The nick that the user wants to have: that of his settings, until he takes another. */
  get nick(): string {
    return this.#nick;
  }

  /** He has taken another nick. */
  call(nick: string): void {
    this.#nick = nick;
    this.save();
  }

  /** What the next connection begins with. */
  get cursor(): IrcCursor {
    const [wanted, instead] = [this.#nick, this.#set];
    return { channels: this.#channels, ...(wanted !== instead && { nick: { wanted, instead } }) };
  }

  get size(): number {
    return this.#channels.length;
  }

  all(): readonly Place[] {
    return this.#channels;
  }

  /** Without `key` a known one stays; an undefined one that is given does not. */
  add(name: string, ...key: readonly [key?: string | undefined]): void {
    const before = this.#channels.find((one) => this.#names.same(one.name, name));
    const [now] = key.length === 0 ? [before?.key] : key;
    if (before !== undefined && before.key === now) return;
    const place = { name: before?.name ?? name, ...(now !== undefined && { key: now }) };
    this.#channels = [...this.#channels.filter((one) => one !== before), place];
    this.save();
  }

  delete(name: string): void {
    const left = this.#channels.filter((one) => !this.#names.same(one.name, name));
    if (left.length === this.#channels.length) return;
    this.#channels = left;
    this.save();
  }

  /** `idle`: the connection is closed until somebody needs it. */
  save(idle = false): void {
    this.#journal.cursor({ ...this.cursor, ...(idle && { idle: true as const }) });
  }

  mark(chat: Chat, at: number, id: string | undefined): void {
    if (chat.kind === 'direct') this.#heard(at);
    this.#journal.state(keyOf(chat), Buffer.from(JSON.stringify({ at, ...(id !== undefined && { id }) })));
  }

  /** Since when private messages may have been missed; from `now` on where there was no connection before. */
  async since(now: number): Promise<number> {
    const found = (await this.#state.get([SINCE])).get(SINCE);
    if (found !== undefined) return Number(Buffer.from(found).toString());
    this.#journal.state(SINCE, Buffer.from(String(now)));
    return now;
  }

  /** Nothing private of earlier is missing any more. */
  caughtUp(): void {
    this.#isBehind = false;
    if (this.#latest > 0) this.#heard(this.#latest);
  }

  #heard(at: number): void {
    this.#latest = Math.max(this.#latest, at);
    if (!this.#isBehind) this.#journal.state(SINCE, Buffer.from(String(this.#latest)));
  }

  /** We joined; where nothing is known of the channel yet, what comes from now on may be missed later. */
  begin(name: string, at: number): void {
    if (!this.#before.some((one) => this.#names.same(one.name, name)))
      this.mark(this.#names.group(name), at, undefined);
  }

  /** What was last known of a chat before this connection. */
  async known(chat: Chat): Promise<Mark | undefined> {
    const found = (await this.#state.get([keyOf(chat)])).get(keyOf(chat));
    return found === undefined ? undefined : (JSON.parse(Buffer.from(found).toString()) as Mark);
  }
}

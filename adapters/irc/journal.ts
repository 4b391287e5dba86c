// What is to be committed: collected while one piece of input is read, one batch for it, in order, and told when it is on disk.
import type { Batch, Chat, LogEvent, Member, NetworkEvent } from 'moongate/adapter';
import type { IrcCredentials, IrcCursor } from './cursor.ts';

type Land = (batch: Batch<IrcCredentials, IrcCursor>) => Promise<void>;
type Members = { readonly type: 'members'; readonly chat: Chat; readonly members: Member[]; readonly complete?: true };

/** Above so many events that are not on disk, the server is made to wait. */
const MOST_WAITING = 2_000;
/** A split is many lines; what comes within so long is one batch. */
const SPLIT_MS = 100;

export interface JournalOptions {
  readonly land: Land;
  /** The commit failed: nothing that came after may be committed. */
  readonly failed: (error: unknown) => void;
  /** More waits than is good; false: it is well again. */
  readonly pressed: (full: boolean) => void;
}

export class Journal {
  readonly #options: JournalOptions;
  #events: NetworkEvent[] = [];
  #state: Record<string, Uint8Array | null> = {};
  #cursor: IrcCursor | undefined;
  /** The last members event of each chat that may still be added to. */
  readonly #growing = new Map<string, Members>();
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** What was said, in order. */
  add(event: LogEvent | Exclude<NetworkEvent, LogEvent | { type: 'members' }>): void {
    if ('chat' in event && event.chat !== undefined) this.#growing.delete(`${event.chat.kind}/${event.chat.id}`);
    else this.#growing.clear();
    this.#events.push(event);
    this.#schedule();
  }

  /** Who is where; what follows at once in the same chat is one event. */
  members(chat: Chat, members: readonly Member[], complete?: true): void {
    const key = `${chat.kind}/${chat.id}`;
    const growing = complete ? undefined : this.#growing.get(key);
    if (growing !== undefined) growing.members.push(...members);
    else {
      const event: Members = { type: 'members', chat, members: [...members], ...(complete && { complete }) };
      if (!complete) this.#growing.set(key, event);
      else this.#growing.delete(key);
      this.#events.push(event);
    }
    this.#schedule();
  }

  cursor(cursor: IrcCursor): void {
    this.#cursor = cursor;
    this.#schedule();
  }

  state(key: string, value: Uint8Array | null): void {
    this.#state[key] = value;
    this.#schedule();
  }

  /** Part of a split: what comes in the next moment belongs to it. */
  hold(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, SPLIT_MS);
  }

  /** Resolves when all that was added is on disk. */
  async flushed(): Promise<void> {
    this.#flush();
    await this.#tail;
  }

  /** What has not begun to land never will. Resolves when what has begun is over. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#tail.catch(() => undefined);
  }

  #schedule(): void {
    if (this.#scheduled || this.#timer !== undefined) return;
    this.#scheduled = true;
    // After all that came in one piece from the socket.
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#timer === undefined) this.#flush();
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [events, state, cursor] = [this.#events, this.#state, this.#cursor];
    const isEmpty = events.length === 0 && Object.keys(state).length === 0 && cursor === undefined;
    if (this.#ended || isEmpty) return;
    this.#events = [];
    this.#state = {};
    this.#cursor = undefined;
    this.#growing.clear();
    this.#count(events.length);
    const landing = this.#options.land({
      ...(events.length > 0 && { events }),
      ...(Object.keys(state).length > 0 && { state }),
      ...(cursor && { cursor }),
    });
    this.#tail = Promise.all([this.#tail, landing]).then(() => this.#count(-events.length));
    this.#tail.catch((error: unknown) => {
      this.#ended = true;
      this.#options.failed(error);
    });
  }

  #count(more: number): void {
    const before = this.#waiting;
    this.#waiting += more;
    if (before <= MOST_WAITING && this.#waiting > MOST_WAITING) this.#options.pressed(true);
    if (before > MOST_WAITING && this.#waiting <= MOST_WAITING) this.#options.pressed(false);
  }
}

// What a network remembers of a group: what was missed while nobody listened, and what was said before the archive begins.
import type { Chat, LogEvent, Session } from '../adapter/api.ts';
import { ChatNumbers } from '../lane/chats.ts';
import type { ArchiveId } from '../lane/out-context.ts';
import { named } from '../lane/targets.ts';
import type { ArchivedBody } from '../message/entry.ts';
import type { AccountId, ArchivedRow, Store } from '../store/api.ts';
import type { Inbox } from './inbox.ts';

/** Events that a page asks for, and pages of one gap: what was said before that is not fetched. */
const PAGE = 100;
const MOST_PAGES = 10;
/** Rows in which a message that the network can name is looked for. */
const LOOKED_AT = 50;

export interface HistoryOptions {
  readonly account: AccountId;
  readonly store: Pick<Store, 'archive' | 'byStanza' | 'chatNumber'>;
  readonly archiveId: ArchiveId;
}

/** The history of one account's groups, as far as its session can tell it. */
export class History {
  readonly #options: HistoryOptions;
  readonly #chats: ChatNumbers;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#chats = new ChatNumbers(options.store, options.account);
  }

  /** Adds what was said since the newest message that is archived. Nothing where none is: nobody was there. */
  async fill(session: Session, chat: Chat, inbox: Pick<Inbox, 'add'>, over: AbortSignal): Promise<void> {
    const newest = await this.#known(chat, 'last');
    if (newest === undefined) return;
    let missed: readonly LogEvent[] = [];
    for (let pages = 0, before: string | undefined; pages < MOST_PAGES; pages += 1) {
      const page = await this.#page(session, chat, before, PAGE);
      if (over.aborted) return;
      const met = page.findLastIndex((event) => event.type === 'message' && event.id === newest);
      missed = [...page.slice(met + 1), ...missed];
      const first = idOf(page);
      if (met >= 0 || first === undefined || first === before) break;
      before = first;
    }
    if (missed.length > 0) await inbox.add(missed, 'missed');
  }

  /** Adds what was said before the oldest message that is archived; says how much it was. */
  async older(session: Session, chat: Chat, limit: number, inbox: Pick<Inbox, 'add'>): Promise<number> {
    const { account, store } = this.#options;
    const oldest = await this.#known(chat, 'first');
    const number = await this.#chats.of(chat);
    // An archive of messages that the network cannot name has no place from which to look back.
    if (oldest === undefined && ((await store.archive({ account, chat: number, limit: 1 }))?.rows.length ?? 0) > 0)
      return 0;
    const events = await this.#page(session, chat, oldest, limit);
    return events.length === 0 ? 0 : inbox.add(events, 'past');
  }

  async #page(session: Session, chat: Chat, before: string | undefined, limit: number): Promise<readonly LogEvent[]> {
    const page = (await session.history?.(chat, before === undefined ? { limit } : { before, limit })) ?? [];
    return page.map((event) => (event.type === 'notice' ? event : { ...event, old: true }));
  }

  /** The id of the first archived message that has one on the network, or of the last that it told. */
  async #known(chat: Chat, end: 'first' | 'last'): Promise<string | undefined> {
    const { account, store } = this.#options;
    const number = await this.#chats.of(chat);
    const query = { account, chat: number, limit: LOOKED_AT } as const;
    const page = await store.archive(end === 'last' ? { ...query, last: true } : query);
    const rows = page?.rows ?? [];
    if (end === 'last') return this.#heard(number, rows);
    for (const row of rows) {
      const remote = await this.#remote(number, row, end);
      if (remote !== undefined) return remote;
    }
    return undefined;
  }

  /**
   * The last message that the network told. What the user wrote is archived when the network has taken it, perhaps before what
   * others had said until then: only where there is nothing else it counts, and then the first of it.
   */
  async #heard(chat: number, rows: readonly ArchivedRow[]): Promise<string | undefined> {
    let own: string | undefined;
    for (const row of rows.toReversed()) {
      const remote = await this.#remote(chat, row, 'last');
      if (remote === undefined) continue;
      if ((row.body as unknown as ArchivedBody).type === 'event') return remote;
      own = remote;
    }
    return own;
  }

  async #remote(chat: number, { id, body }: ArchivedRow, end: 'first' | 'last'): Promise<string | undefined> {
    const said = body as unknown as ArchivedBody;
    if (said.type === 'event') return said.event.type === 'message' ? said.event.id : undefined;
    if (said.body.type !== 'message') return undefined;
    const { account } = this.#options;
    const parts = await named(this.#options, { account, chat, group: true }, id);
    return parts.at(end === 'last' ? -1 : 0)?.remote;
  }
}

const idOf = (page: readonly LogEvent[]): string | undefined =>
  page.flatMap((event) => (event.type === 'message' ? (event.id ?? []) : []))[0];

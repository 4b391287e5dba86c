// The gap that opens while an account is not connected: what is said in its groups from now on waits until it is filled.
import type { Chat, Log, Session } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { namedChat } from '../lane/chats.ts';
import { sleep } from '../lane/land.ts';
import type { ChatDocument } from '../message/entry.ts';
import type { AccountId, Store } from '../store/api.ts';
import type { History } from './history.ts';
import type { Inbox } from './inbox.ts';

/** An adapter may wait for what it commits before it is connected: so long at most. */
const CONNECTING_MS = 10_000;
/** How long the gaps of an account may take to be filled; what is not there by then is left out. */
const FILLING_MS = 30_000;
/** Groups that are filled at the same time. */
const AT_ONCE = 4;

export interface Gap {
  readonly chats: ReadonlySet<string>;
  /** Resolves when newer events may land. */
  readonly filled: Promise<void>;
  /** The session is up: fills what it can. */
  begin(session: Session, inbox: Pick<Inbox, 'add'>): void;
}

/** The gap of an account that connects; undefined where it is in no group. */
export async function openGap(
  account: AccountId,
  store: Pick<Store, 'docs'>,
  clock: Clock,
  log: Log,
  history: Pick<History, 'fill'>,
  signal: AbortSignal,
): Promise<Gap | undefined> {
  const names: string[] = [];
  for await (const { key, value } of store.docs(account, 'chat', 'group/'))
    if ((value as ChatDocument | null)?.joined === true) names.push(key);
  if (names.length === 0) return undefined;
  const { promise: filled, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(CONNECTING_MS, resolve);
  const end = (): void => {
    cancel();
    resolve();
  };
  signal.addEventListener('abort', end, { once: true });
  const begin = (session: Session, inbox: Pick<Inbox, 'add'>): void => {
    cancel();
    if (session.history === undefined) return resolve();
    const over = new AbortController();
    const done = AbortSignal.any([over.signal, signal]);
    const chats = names.map(namedChat);
    const fill = async (): Promise<void> => {
      for (let chat: Chat | undefined; !done.aborted && (chat = chats.shift()) !== undefined;)
        await history
          .fill(session, chat, inbox, done)
          .catch((error: unknown) => log.warn({ error, account }, 'what was missed in a group is not known'));
    };
    const filling = Promise.all(Array.from({ length: AT_ONCE }, fill));
    void Promise.race([filling, sleep(clock, FILLING_MS, done)]).then(() => {
      over.abort();
      resolve();
    });
  };
  return { chats: new Set(names), filled, begin };
}

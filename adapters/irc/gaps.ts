// What was said while the connection was away, where the server keeps it: it goes before what is said now, in each chat by itself.
import type { Chat } from 'moongate/adapter';
import type { Feed } from './feed.ts';
import type { History } from './history.ts';
import type { Names } from './names.ts';
import type { Wanted } from './wanted.ts';

/** What gaps are filled with. */
export interface Filling {
  readonly names: Names;
  readonly feed: Feed;
  readonly wanted: Wanted;
  readonly history: History;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly isUp: () => boolean;
}

/** Fills channels once they are joined, and private conversations at once. */
export function fillGaps(filling: Filling, joining: ReadonlyMap<string, Promise<void>>): void {
  const { names, wanted } = filling;
  for (const { name } of wanted.all()) void channel(filling, name, joining.get(names.fold(name)));
  void conversations(filling);
}

async function channel(filling: Filling, name: string, joined: Promise<void> | undefined): Promise<void> {
  const { names, feed } = filling;
  const chat = names.group(name);
  feed.hold(chat);
  await joined;
  await fill(filling, chat, undefined, feed.channels.get(name) !== undefined);
}

/** Anybody may have written. What comes from whomever waits until the server has said who had. */
async function conversations(filling: Filling): Promise<void> {
  const { names, feed, wanted, history } = filling;
  feed.holdConversations();
  const asked = filling.now();
  let since: number | undefined;
  let chats: readonly Chat[] = [];
  try {
    since = await wanted.since(asked);
    if (since < asked) chats = (await history.partners(since, asked)).map((nick) => names.direct(nick));
  } catch {
    if (!filling.isUp()) return;
  }
  for (const chat of chats) feed.hold(chat);
  feed.releaseConversations(chats);
  for (const chat of chats) await fill(filling, chat, since, true);
  if (filling.isUp()) wanted.caughtUp();
}

/** Adds what is missing of a chat that is held, and lets it go on. `since`: what counts where nothing is known of it. */
async function fill(
  { feed, wanted, history, isUp }: Filling,
  chat: Chat,
  since: number | undefined,
  isThere: boolean,
): Promise<void> {
  let missed: Awaited<ReturnType<History['missed']>> = [];
  try {
    const mark = (await wanted.known(chat)) ?? (since === undefined ? undefined : { at: since });
    if (mark !== undefined && isThere) missed = await history.missed(chat, mark);
  } catch {
    // A history that cannot be read is no reason to hold back what is said now. When the connection has ended, though, what
    // waits is left to the next one, which asks from the same place.
    if (!isUp()) return;
  }
  feed.release(chat, missed);
}

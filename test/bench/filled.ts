// What much that is stored costs each message: the same load on a store that is nearly empty, and on one with a million
// rows in ten thousand lanes; there also with all lanes in use.
import { openStore } from '../../src/store/sqlite/index.ts';
import type { AccountId, Fence, Store } from '../../src/store/api.ts';
import type { ServerKind } from '../server/api.ts';
import { addresses, layOut, type Field } from './echoes.ts';
import { median } from './numbers.ts';
import { cpuOf, idle } from './usage.ts';

/** Microseconds of CPU for each message, as in the other loads. */
export interface Filled {
  readonly lanes: number;
  readonly rows: number;
  readonly fresh: number;
  readonly filled: number;
  /** With every lane in use, one message under way in each. */
  readonly filledAll: number;
}

const CHATS = 1_000;
const WINDOW = 4;
/** Entries that one step writes. */
const SLICE = 500;
/** What a short message takes as it is stored. */
const BODY = { type: 'event', event: { type: 'message', content: { text: 'x'.repeat(200) } } };

/** Measures over `lanes` lanes with `rows` rows; each figure is the median of `rounds` rounds of `ms`. */
export async function measureFilled(
  kind: ServerKind,
  command: string,
  size: { readonly lanes: number; readonly rows: number },
  effort: { readonly rounds: number; readonly ms: number },
): Promise<Filled> {
  await using field = await layOut(kind, { command, users: size.lanes });
  const { gateway } = field;
  await idle(gateway.pid);
  const fresh = await cpu(field, CHATS, WINDOW, effort);
  await gateway.shutdown();
  await fill(gateway.database, size);
  await gateway.run();
  await gateway.ready();
  await idle(gateway.pid);
  const filled = await cpu(field, CHATS, WINDOW, effort);
  const filledAll = await cpu(field, size.lanes, 1, effort);
  return { ...size, fresh, filled, filledAll };
}

async function cpu(
  { users, gateway }: Field,
  count: number,
  window: number,
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<number> {
  const each: number[] = [];
  // The first round is for the compiler.
  for (let round = 0; round <= rounds; round++) {
    let used = 0;
    const { answers } = await users.flood({ to: addresses.moongate, count }, window, {
      ...{ warmMs: ms, ms },
      begin: () => (used = cpuOf(gateway.pid)),
      end: () => (used = cpuOf(gateway.pid) - used),
    });
    if (round > 0) each.push(used / (2 * answers));
  }
  return median(each);
}

/** Settled entries with their keys and ids, in a lane of each account: as after a busy minute, and before any is pruned. */
async function fill(path: string, { lanes, rows }: { readonly lanes: number; readonly rows: number }): Promise<void> {
  const store = await openStore({ path });
  try {
    const fence = await store.acquire('bench', 'bench', 1_000);
    if (fence === undefined) throw new Error('the store is in use');
    const accounts: AccountId[] = [];
    for await (const { id } of store.accounts(addresses.moongate.replace(/^.*@/, ''))) accounts.push(id);
    const chats = await Promise.all(accounts.map((account) => store.chatNumber(account, 'direct/echo')));
    let steps: Promise<void>[] = [];
    for (let from = 0; from < rows; from += SLICE) {
      const indexes = Array.from({ length: Math.min(SLICE, rows - from) }, (_, index) => from + index);
      steps.push(slice(store, fence, accounts, chats, indexes, lanes));
      if (steps.length < 8) continue;
      await Promise.all(steps);
      steps = [];
    }
    await Promise.all(steps);
  } finally {
    await store.close();
  }
}

async function slice(
  store: Store,
  fence: Fence,
  accounts: readonly AccountId[],
  chats: readonly number[],
  indexes: readonly number[],
  lanes: number,
): Promise<void> {
  const at = Date.now();
  const place = (index: number): { readonly account: AccountId; readonly chat: number } => ({
    account: accounts[index % lanes] ?? 0,
    chat: chats[index % lanes] ?? 0,
  });
  const { seqs } = await store.step({
    fence,
    append: indexes.map((index) => ({
      lane: { ...place(index), direction: 'in' as const, slot: 'main' as const },
      ...{
        owner: fence.owner,
        key: `event/filled/${index}`,
        at,
        body: BODY,
        stanza: `filled${index}`,
      },
    })),
    ids: indexes.map((index) => ({
      ...place(index),
      ...{ remote: `filled/${index}`, part: 0, stanza: `filled${index}`, author: 'echo', at },
    })),
  });
  await store.step({ fence, move: seqs.map((seq) => ({ seq: seq ?? 0, to: 'settled' as const })) });
}

// Small builders for the store's tests.
import assert from 'node:assert/strict';
import type { AccountId, Entry, Fence, LaneKey, NewEntry, Seq, Store, StoreErrorCode } from '../../src/store/api.ts';
import { StoreError } from '../../src/store/api.ts';

export const owner = 'account/1';

/** A clock that stands still until the test moves it. */
export interface Clock {
  now: number;
}

/** A store with one account and a fence, and short words for what tests do most. */
export class Bench {
  readonly store: Store;
  readonly account: AccountId;
  readonly fence: Fence;
  private constructor(store: Store, account: AccountId, fence: Fence) {
    this.store = store;
    this.account = account;
    this.fence = fence;
  }

  static async on(store: Store, jid = 'juliet@example.org'): Promise<Bench> {
    const known = await store.account('net.example.org', jid);
    const opened = known?.id ?? (await store.open({ transport: 'net.example.org', jid, remote: `remote of ${jid}` }));
    const fence = await store.acquire(owner, 'node', 1_000);
    assert(typeof opened === 'number' && fence !== undefined);
    return new Bench(store, opened, fence);
  }

  lane(chat = 1, direction: LaneKey['direction'] = 'out', slot: LaneKey['slot'] = 'main'): LaneKey {
    return { account: this.account, direction, chat, slot };
  }

  entry(key: string, more: Partial<NewEntry> = {}): NewEntry {
    return { lane: this.lane(), owner, key, at: 1, body: { text: key }, ...more };
  }

  async append(...entries: readonly NewEntry[]): Promise<readonly (Seq | undefined)[]> {
    return (await this.store.step({ fence: this.fence, append: entries })).seqs;
  }

  /** Appends what must be new. */
  async add(key: string, more: Partial<NewEntry> = {}): Promise<Seq> {
    const [seq] = await this.append(this.entry(key, more));
    assert(seq !== undefined);
    return seq;
  }

  async settle(...seqs: readonly Seq[]): Promise<void> {
    await this.store.step({ fence: this.fence, move: seqs.map((seq) => ({ seq, to: 'settled' })) });
  }

  /** Keys of what waits in a lane, in order. */
  async keys(lane: LaneKey = this.lane()): Promise<readonly string[]> {
    return (await this.store.head(lane, 0, 10_000)).map((entry) => entry.key);
  }

  async first(lane: LaneKey = this.lane()): Promise<Entry> {
    const [entry] = await this.store.head(lane, 0, 1);
    assert(entry !== undefined);
    return entry;
  }
}

/** For assert.rejects: a StoreError with this code, and an operator's message that says so. */
export function coded(code: StoreErrorCode, message = /./) {
  return (error: unknown): boolean => {
    assert(error instanceof StoreError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

/** Everything that an iteration brings. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

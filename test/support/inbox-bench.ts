// One account's way in, on a real store.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { Inbox, type InboxOptions } from '../../src/back/inbox.ts';
import { ChatLimits } from '../../src/back/limits.ts';
import { Moves } from '../../src/back/moves.ts';
import { Sealed } from '../../src/back/sealed.ts';
import { lander } from '../../src/lane/land.ts';
import { archiveId } from '../../src/message/ids.ts';
import type { Entry, Fence, LaneKey, Store } from '../../src/store/api.ts';
import { StoreError } from '../../src/store/api.ts';
import { Vault } from '../../src/store/vault.ts';
import { ManualClock, turn } from './clock.ts';
import { KeptLog, domain, front, storeOf } from './out-bench.ts';

export class InboxBench {
  readonly clock = new ManualClock();
  readonly log = new KeptLog();
  readonly store: Store;
  readonly account: number;
  readonly fence: Fence;
  readonly sealed: Sealed;
  readonly woken: string[] = [];
  readonly contacts: string[] = [];
  /** What the front hears of rooms, in order. */
  readonly told: string[] = [];
  readonly moves: Moves;
  readonly limits = new ChatLimits();
  readonly ends: string[] = [];
  readonly session = new AbortController();
  full = false;
  echo: InboxOptions['echo'] = () => undefined;

  private constructor(store: Store, account: number, fence: Fence) {
    this.store = store;
    this.account = account;
    this.fence = fence;
    this.moves = new Moves(account, store);
    this.sealed = new Sealed(store, new Vault(randomBytes(32).toString('base64'), 'test'));
  }

  static async open(t: TestContext): Promise<InboxBench> {
    const store = await storeOf(t);
    const account = await store.open({ transport: domain, jid: 'juliet@example.org', remote: 'r' });
    const fence = await store.acquire('account/1', 'node', 1_000);
    assert(typeof account === 'number' && fence !== undefined);
    return new InboxBench(store, account, fence);
  }

  inbox(more: Partial<InboxOptions> = {}): Inbox {
    const land = lander(this.store, (_, entries) => void this.woken.push(...entries.map(({ key }) => key)));
    return new Inbox({
      ...{ account: this.account, fence: this.fence, front, store: this.store, sealed: this.sealed },
      ...{ clock: this.clock, log: this.log, signal: this.session.signal },
      land: (step) => (this.full ? Promise.reject(new StoreError('full', 'no room')) : land(step)),
      stanzaId: (chat, shown) => `${chat} ${JSON.stringify(shown)}`,
      archiveId: (chat, said) => archiveId(new Uint8Array(32), this.account, chat, said),
      moves: this.moves,
      limits: this.limits,
      told: {
        contact: (_, user) => void this.contacts.push(user),
        room: (_, room) => void this.told.push(`room ${room}`),
        members: (_, room, members, complete) =>
          void this.told.push(`members ${room} ${members.map(({ user }) => user).join()}${complete ? ' all' : ''}`),
        moved: (_, from, to) => void this.told.push(`moved ${from} ${to}`),
      },
      isOurs: () => false,
      echo: (...args) => this.echo(...args),
      onEnd: (reason) => void this.ends.push(reason.message),
      ...more,
    });
  }

  lane(chat: number): LaneKey {
    return { account: this.account, direction: 'in', chat, slot: 'main' };
  }

  async keys(chat = 1): Promise<string[]> {
    return (await this.store.head(this.lane(chat), 0, 1_000)).map(({ key }: Entry) => key);
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      await this.store.usage(this.account);
      await turn();
    }
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await this.settle();
      await this.clock.advance(Math.min(1_000, ms - passed));
    }
    await this.settle();
  }
}

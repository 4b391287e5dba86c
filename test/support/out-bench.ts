// One account's 'out' lanes on a real store, before a network that does as the test says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  AdapterError,
  type Chat,
  type Content,
  type Delivery,
  type Fault,
  type Limits,
  type Log,
  type Sent,
  type Session,
} from '../../src/adapter/api.ts';
import { Gate } from '../../src/lane/gate.ts';
import { lander } from '../../src/lane/land.ts';
import { OutLanes } from '../../src/lane/out.ts';
import type { InBody, OutBody, Sender } from '../../src/message/entry.ts';
import { archiveId } from '../../src/message/ids.ts';
import { splitContent } from '../../src/message/split.ts';
import type { AccountId, Entry, Fence, Json, LaneKey, Seq, Store } from '../../src/store/api.ts';
import { openStore } from '../../src/store/sqlite/index.ts';
import { ManualClock, passed, settled } from './clock.ts';

export const domain = 'net.example.org';
export const front = `stream/${domain}`;

/** A log that keeps its lines. */
export class KeptLog implements Log {
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  debug = (fields: object, message: string) => void this.lines.push({ level: 'debug', fields, message });
  info = (fields: object, message: string) => void this.lines.push({ level: 'info', fields, message });
  warn = (fields: object, message: string) => void this.lines.push({ level: 'warn', fields, message });
  error = (fields: object, message: string) => void this.lines.push({ level: 'error', fields, message });
  child = (): this => this;
  /** Messages of the lines of one level. */
  of(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}

export const fault = (of: Fault, words = 'words'): AdapterError => new AdapterError(of, words);
export const temporary = (): AdapterError => fault({ code: 'temporary' });
export const uncertain = (): AdapterError => fault({ code: 'uncertain' });

export interface Call {
  readonly text: string;
  readonly chat: string;
  readonly delivery: Delivery;
}

type Answer = (call: Call) => Promise<Sent> | Sent;

/** A network that takes everything, until told otherwise. */
export class Network {
  readonly calls: Call[] = [];
  readonly asked: Call[] = [];
  answer: Answer = ({ delivery }) => ({ id: `id of ${delivery.token}` });

  /** Fails the next calls in turn, then goes on as before. */
  failing(...errors: readonly unknown[]): void {
    const { answer } = this;
    const left = [...errors];
    this.answer = (call) => {
      if (left.length === 0) return answer(call);
      throw left.shift();
    };
  }

  get texts(): string[] {
    return this.calls.map(({ text }) => text);
  }

  session(more: Partial<Session> & { readonly limits?: Limits } = {}): Session {
    return {
      self: 'me',
      limits: { text: 1_000 },
      resend: 'safe',
      send: async (chat, content, delivery) => {
        const call = { text: content.text ?? '', chat: chat.id, delivery };
        this.calls.push(call);
        return this.answer(call);
      },
      close: () => Promise.resolve(),
      ...more,
    };
  }

  /** A find() that answers so. */
  finding(answer: Answer | (() => undefined | Promise<undefined>)): NonNullable<Session['find']> {
    return async (chat, content: Content, delivery) => {
      const call = { text: content.text ?? '', chat: chat.id, delivery };
      this.asked.push(call);
      return (answer as (call: Call) => Promise<Sent | undefined>)(call);
    };
  }
}

/** A promise that the test ends. */
export function gate<T>(): { readonly promise: Promise<T>; open(value: T): void; fail(error: unknown): void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  promise.catch(() => undefined);
  return { promise, open: resolve, fail: reject };
}

export interface OutBenchOptions {
  readonly onUncertain?: 'resend' | 'tell';
  readonly store?: (store: Store) => Store;
  readonly split?: (content: Content) => readonly Content[];
}

/** How a message is written: to which chat, by whom, how long ago, and whether the lanes hear of it. */
interface Writing {
  readonly chat?: number;
  readonly sender?: Partial<Sender>;
  readonly age?: number;
  readonly wake?: boolean;
}

export class OutBench {
  readonly clock = new ManualClock();
  readonly network = new Network();
  readonly log = new KeptLog();
  readonly authLost: unknown[] = [];
  readonly store: Store;
  readonly account: AccountId;
  readonly #options: OutBenchOptions;
  /** Chats that are groups. */
  readonly groups = new Set<number>();
  /** Limits of chats, by id. */
  readonly limits = new Map<string, Partial<Limits>>();
  /** Groups that have another id now. */
  readonly moved = new Map<string, Chat>();
  transportGate = new Gate(this.clock);
  fence: Fence;
  lanes!: OutLanes;
  #keys = 0;

  private constructor(store: Store, account: AccountId, fence: Fence, options: OutBenchOptions) {
    this.store = store;
    this.account = account;
    this.fence = fence;
    this.#options = options;
  }

  static async open(t: TestContext, options: OutBenchOptions = {}): Promise<OutBench> {
    const store = await storeOf(t);
    const account = await store.open({ transport: domain, jid: 'juliet@example.org', remote: 'r' });
    if (typeof account !== 'number') throw new Error(account);
    const fence = await store.acquire(`account/${account}`, 'node', 1_000);
    if (fence === undefined) throw new Error('no fence');
    const bench = new OutBench(options.store?.(store) ?? store, account, fence, options);
    await bench.begin();
    return bench;
  }

  /** A run begins: nothing of the one before is known but what is on disk. What that one still does is refused. */
  async begin(): Promise<void> {
    const fence = await this.store.acquire(`account/${this.account}`, 'node', 1_000);
    if (fence === undefined) throw new Error('no fence');
    this.fence = fence;
    // What the run before had begun to write is on disk or never will be.
    await this.store.step({ fence });
    this.transportGate = new Gate(this.clock);
    this.lanes = new OutLanes({
      account: this.account,
      fence,
      front,
      store: this.store,
      land: lander(this.store, () => undefined),
      clock: this.clock,
      log: this.log,
      onUncertain: this.#options.onUncertain ?? 'resend',
      token: (entry, part) => `token ${entry.seq}.${part}`,
      split: this.#options.split ?? ((content, limits) => splitContent(content, limits)),
      limitsOf: (chat) => this.limits.get(chat.id),
      transportGate: this.transportGate,
      archiveId: (chat, said) => archiveId(new Uint8Array(32), this.account, chat, said),
      chatNow: (chat) => this.moved.get(chat.id) ?? chat,
      onAuthLost: (error) => {
        this.authLost.push(error);
        this.lanes.rest();
      },
    });
    await this.lanes.load();
  }

  lane(chat = 1): LaneKey {
    return { account: this.account, direction: 'out', chat, slot: 'main' };
  }

  /** A user's messages are accepted, and the lanes hear of them. */
  async write(texts: readonly string[], { chat = 1, sender = {}, age = 0, wake = true }: Writing = {}): Promise<Seq[]> {
    const seqs: Seq[] = [];
    for (const text of texts) {
      const to: Chat = { kind: this.groups.has(chat) ? 'group' : 'direct', id: `user ${chat}` };
      const whose = { jid: 'juliet@example.org/balcony', id: `stanza ${text}`, receipt: true, ...sender } as const;
      seqs.push(
        await this.accept({ type: 'message', chat: to, content: { text }, sender: whose }, { chat, age, wake }),
      );
    }
    return seqs;
  }

  /** Something that a user wants done is accepted, and the lanes hear of it. */
  async accept(body: OutBody, { chat = 1, age = 0, wake = true } = {}): Promise<Seq> {
    this.#keys += 1;
    const entry = {
      ...{ lane: this.lane(chat), owner: this.fence.owner, key: `key ${this.#keys}`, at: this.clock.now() - age },
      body: body as unknown as Json,
    };
    const land = lander(this.store, (lane, entries) => (wake ? this.lanes.wake(lane, entries) : undefined));
    const [appended] = await land({ fence: this.fence, append: [entry] });
    if (appended === undefined) throw new Error('not appended');
    return appended.seq;
  }

  online(more: Parameters<Network['session']>[0] = {}): Session {
    const session = this.network.session(more);
    this.lanes.online(session);
    return session;
  }

  /** Lets everything go on that waits for promises or the disk. */
  settle(): Promise<void> {
    return settled(this.store);
  }

  /** Time passes, and what that sets going is let settle. */
  pass(ms: number): Promise<void> {
    return passed(this.clock, this.store, ms);
  }

  /** What waits in a lane. */
  waiting(chat = 1): Promise<readonly Entry[]> {
    return this.store.head(this.lane(chat), 0, 10_000);
  }

  failed(): Promise<readonly Entry[]> {
    return this.store.failed(this.account, 1_000);
  }

  /** What the user has been told about a chat: receipts, errors and notices, in order. */
  async told(chat = 1): Promise<string[]> {
    const entries = await this.store.head({ ...this.lane(chat), direction: 'in' }, 0, 10_000);
    return entries.map(({ body }) => {
      const told = body as unknown as InBody;
      if (told.type === 'receipt') return `receipt ${told.to.id}`;
      if (told.type === 'own') return `own ${told.body.sender.id}`;
      if (told.type === 'error') return `${told.failure.code} ${told.to.id}`;
      return told.type === 'notice' ? `notice ${told.notice.about}` : told.type;
    });
  }
}

/** An empty store in a folder of its own. */
export async function storeOf(t: TestContext, more: { readonly maxPages?: number } = {}): Promise<Store> {
  const path = await mkdtemp(join(tmpdir(), 'moongate-lane-'));
  const store = await openStore({ path: join(path, 'moongate.db'), ...more });
  t.after(async () => {
    await store.close();
    await rm(path, { recursive: true, force: true });
  });
  return store;
}

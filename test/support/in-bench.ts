// 'in' lanes on a real store, before a stream that does as the test says.
import type { TestContext } from 'node:test';
import { InLanes, type Sink } from '../../src/lane/in.ts';
import type { AccountId, Entry, Fence, LaneKey, Seq, Store } from '../../src/store/api.ts';
import { ManualClock, passed, settled, turn } from './clock.ts';
import { KeptLog, domain, front, storeOf } from './out-bench.ts';

/** A stream whose fences come back when the test says so. */
export class TestSink implements Sink {
  writable = true;
  readonly sent: string[] = [];
  /** What of `sent` a test has looked at. */
  #seen = 0;
  #fences: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  /** Stanzas that it takes before it says no. */
  room = Infinity;
  refuses: ((stanza: string) => boolean) | undefined;

  send(stanza: string): boolean {
    if (this.refuses?.(stanza)) throw new Error('unsendable');
    if (this.room === 0) return false;
    this.room -= 1;
    this.sent.push(stanza);
    return true;
  }
  fence(): Promise<void> {
    return new Promise((resolve, reject) => this.#fences.push({ resolve, reject }));
  }
  get fences(): number {
    return this.#fences.length;
  }
  /** What was sent since the last look. */
  news(): string[] {
    const news = this.sent.slice(this.#seen);
    this.#seen = this.sent.length;
    return news;
  }
  /** The oldest fence comes back. */
  back(): void {
    this.#fences.shift()?.resolve();
  }
  broken(): void {
    for (const { reject } of this.#fences.splice(0)) reject(new Error('ended'));
  }
}

export class InBench {
  readonly clock = new ManualClock();
  readonly log = new KeptLog();
  readonly store: Store;
  readonly accounts: AccountId[] = [];
  sink = new TestSink();
  lanes!: InLanes;
  fence!: Fence;
  /** What an entry becomes; by default one stanza: its text, with ' again' behind it where it is late. */
  render: (text: string, again: boolean) => readonly string[] = (text, again) => [again ? `${text} again` : text];
  #keys = 0;

  private constructor(store: Store) {
    this.store = store;
  }

  static async open(t: TestContext, wrap: (store: Store) => Store = (store) => store): Promise<InBench> {
    const bench = new InBench(wrap(await storeOf(t)));
    for (const name of ['juliet', 'romeo', 'nurse']) {
      const id = await bench.store.open({ transport: domain, jid: `${name}@example.org`, remote: name });
      if (typeof id === 'number') bench.accounts.push(id);
    }
    await bench.begin();
    return bench;
  }

  /** `doubt`: the lanes before were killed. */
  async begin(start: { readonly doubt?: boolean } = {}): Promise<void> {
    const fence = await this.store.acquire(front, 'node', 1_000);
    if (fence === undefined) throw new Error('no fence');
    this.fence = fence;
    this.sink = new TestSink();
    const { sink } = this;
    this.lanes = new InLanes({
      fence,
      store: this.store,
      sink,
      clock: this.clock,
      log: this.log,
      render: (entry, again) => this.render((entry.body as { text: string }).text, again),
    });
    await this.lanes.load(start);
  }

  lane(chat = 1, account = 0): LaneKey {
    return { account: this.accounts[account] ?? 0, direction: 'in', chat, slot: 'main' };
  }

  /** The network says something. */
  async say(texts: readonly string[], { chat = 1, account = 0, wake = true } = {}): Promise<Seq[]> {
    const lane = this.lane(chat, account);
    const append = texts.map((text) => {
      this.#keys += 1;
      return { lane, owner: front, key: `${this.#keys}`, at: 1, body: { text }, stanza: `id ${text}` };
    });
    const fence = await this.store.acquire('test', 'node', 1_000);
    if (fence === undefined) throw new Error('no fence');
    const { seqs } = await this.store.step({ fence, append });
    const entries = append.map((entry, index): Entry => {
      const seq = seqs[index] ?? 0;
      return { ...entry, seq, state: 'queued', starts: 0, done: 0, notBefore: 0 };
    });
    if (wake) for (const entry of entries) this.lanes.wake(lane, [entry]);
    await turn();
    return entries.map(({ seq }) => seq);
  }

  bounce(text: string, condition: string, type = 'cancel'): Promise<void> {
    return this.lanes.bounced(this.accounts[0] ?? 0, `id ${text}`, { type, condition });
  }

  settle(): Promise<void> {
    return settled(this.store);
  }

  /** Time passes, and what that sets going is let settle. */
  pass(ms: number): Promise<void> {
    return passed(this.clock, this.store, ms);
  }

  /** The fence comes back, and what that settles is on disk. */
  async back(): Promise<void> {
    this.sink.back();
    await this.settle();
  }

  /** The stream ends and another comes up. */
  async reconnect(end: { readonly clean: boolean; readonly silent?: number }): Promise<void> {
    this.sink.broken();
    this.lanes.offline(end);
    await this.settle();
    this.lanes.pump();
    await this.settle();
    await this.clock.advance(20);
    await this.settle();
  }

  /** Texts that wait in a lane. */
  async waiting(chat = 1, account = 0): Promise<string[]> {
    const entries = await this.store.head(this.lane(chat, account), 0, 100_000);
    return entries.map(({ body }) => (body as { text: string }).text);
  }
}

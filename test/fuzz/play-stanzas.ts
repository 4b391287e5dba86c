// Stanzas from a grammar, whole and damaged, many at a time, into a front on a real store: one answer for each request,
// none for an error, each message delivered or refused, and nothing of it left in memory.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LinkError } from '../../src/link.ts';
import { StoreError, type Entry } from '../../src/store/api.ts';
import { x, type Child, type Element } from '../../src/xmpp/stanza.ts';
import { domain, FrontBench, tokenForm, tokenSubmit } from '../unit/front/bench.ts';
import { playHalf } from './run.ts';
import { anyStanza, members } from './stanzas.ts';
import { judgeErrors, judgeMessages, judgeRequests, judgeSenders } from './verdict.ts';

/** Stanzas of one run: they overlap, as on a stream. */
const AT_ONCE = 20;

/** How the network behind the front does. */
const mood = fc.constantFrom('well', 'well', 'well', 'down', 'logged out', 'failing');

class Play {
  readonly bench: FrontBench;
  #ids = 0;

  constructor(bench: FrontBench) {
    this.bench = bench;
    bench.back.steps.set('more', { type: 'form', flow: '', form: tokenForm });
    bench.back.steps.set('yes', { type: 'show', flow: '', as: 'link', value: 'https://net.example/login' });
  }

  async run(stanzas: readonly Element[], now: string): Promise<void> {
    const { bench } = this;
    for (const user of members) await this.#register(user);
    this.#feel(now);
    this.#forget();
    const came = stanzas.map((stanza) => {
      this.#ids += 1;
      return numbered(stanza, `fuzz-${this.#ids}`);
    });
    await this.#passing(Promise.all(came.map((stanza) => bench.front.stanza(stanza))));
    const said = [...bench.sent];
    judgeRequests(came, said);
    judgeErrors(came, said);
    judgeSenders(said);
    judgeMessages(came, said, bench.back.woken);
    assert.deepEqual(bench.logged, [], 'nothing failed');
    await this.#settle(bench.back.woken);
    bench.clock.advance(700);
  }

  /** Lets time pass until the work is done: some of it waits for an answer of the server's that never comes. */
  async #passing(work: Promise<unknown>): Promise<void> {
    let done = false;
    const end = work.finally(() => (done = true));
    for (let turn = 0, until = Date.now() + 20_000; !done && Date.now() < until; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn % 50 === 49) this.bench.clock.advance(1_000);
    }
    assert(done, 'a stanza was never done with');
    await end;
  }

  /** Ends what is under way, and lets every patience run out. */
  async rest(): Promise<void> {
    for (let hour = 0; hour < 3; hour += 1) {
      this.bench.clock.advance(3_600_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.bench.store.prune({ settled: Number.MAX_SAFE_INTEGER, keys: 0 });
    this.#forget();
  }

  async #register(user: string): Promise<void> {
    const known = await this.bench.store.account(domain, user);
    if (known?.state === 'active') return;
    await this.#passing(
      this.bench.hear(`<iq type='set' id='in' from='${user}/a' to='${domain}'>${tokenSubmit('right')}</iq>`),
    );
  }

  #feel(now: string): void {
    const { back } = this.bench;
    const failure = now === 'down' ? ({ code: 'offline' } as const) : ({ code: 'internal', reference: 'r' } as const);
    back.found = now === 'down' || now === 'failing' ? new LinkError(failure) : 'people';
    const state = now === 'logged out' ? 'parked' : now === 'down' ? 'connecting' : 'online';
    back.now = { state, self: 'romeo', can: ['send', 'resolve', 'search', 'setContact', 'typing', 'edit', 'react'] };
  }

  #forget(): void {
    const { back, available, bounced, logged, sent } = this.bench;
    for (const list of [back.calls, back.hints, back.woken, available, bounced, logged, sent]) list.length = 0;
  }

  /** Does what the network would have done: an account takes no more than so much that waits. */
  async #settle(entries: readonly Entry[]): Promise<void> {
    for (const [account, all] of Map.groupBy(entries, ({ lane }) => lane.account)) {
      const fence = await this.bench.store.acquire(`account/${account}`, 'node', 1_000);
      assert(fence);
      await this.bench.store.step({ fence, move: all.map(({ seq }) => ({ seq, to: 'settled' })) }).catch(unlessGone);
    }
  }
}

const unlessGone = (error: unknown): void =>
  assert(error instanceof StoreError && error.code === 'gone', String(error));

/** Another stanza with this id wherever '*' stands for one. */
function numbered({ name, attrs, children }: Element, id: string): Element {
  const inner = children.map((child: Child) => (typeof child === 'object' && child ? numbered(child, id) : child));
  return x(name, attrs['id'] === '*' ? { ...attrs, id } : attrs, ...inner);
}

await using bench = await FrontBench.start({ admins: ['friar@example.org'] });
const play = new Play(bench);
const stanzas = fc.array(anyStanza, { minLength: AT_ONCE, maxLength: AT_ONCE });
const report = await playHalf({
  ...{ cases: fc.tuple(stanzas, mood), atOnce: AT_ONCE, warmUp: 8_000, measured: 60_000 },
  play: ([some, now]) => play.run(some, now),
  rest: () => play.rest(),
});
console.log(JSON.stringify(report));

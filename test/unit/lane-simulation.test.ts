// Random histories of both directions: nothing lost, nothing reordered in a lane, doubled only where that is allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sent } from '../../src/adapter/api.ts';
import type { ArchivedBody } from '../../src/message/entry.ts';
import { InBench } from '../support/in-bench.ts';
import { OutBench, fault, gate, temporary, uncertain, type Call } from '../support/out-bench.ts';

const RUNS = { numRuns: 20, seed: 20_261_122 };
const CHATS = 3;
/** One of them. */
const GROUP = 3;

/** What one attempt comes to: whether the network takes it, and what the adapter says. */
const behaviours = [
  'taken',
  'refused',
  'limited',
  'rejected',
  'lost-reply',
  'lost-request',
  'hang-taken',
  'hang',
] as const;
type Behaviour = (typeof behaviours)[number];
type OutAct =
  | { readonly do: 'write'; readonly chat: number; readonly count: number }
  | { readonly do: 'behave'; readonly next: readonly Behaviour[] }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'crash' | 'drop' | 'online' };

const outActs: fc.Arbitrary<OutAct> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    chat: fc.integer({ min: 1, max: CHATS }),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant('behave' as const), next: fc.array(fc.constantFrom(...behaviours), { maxLength: 5 }) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 2_000, 40_000, 90_000) }),
  fc.record({ do: fc.constantFrom('crash' as const, 'drop' as const, 'online' as const) }),
);

/** Behind these, what is under way already is not taken either: a line that is broken, or a gate that is shut. */
const BREAKING: ReadonlySet<Behaviour> = new Set(['refused', 'limited', 'lost-request', 'hang']);

/** A network that does as it is told, and knows what it has. */
class Model {
  readonly shown: { readonly chat: string; readonly text: string; readonly token: string }[] = [];
  next: Behaviour[] = [];
  /** The most that was under way in a chat at once. */
  widest = 0;
  #dedupe: boolean;
  readonly #underWay = new Map<string, number>();
  readonly #broken = new Map<string, Behaviour>();

  constructor(dedupe: boolean) {
    this.#dedupe = dedupe;
  }

  answer = async (call: Call): Promise<Sent> => {
    const { chat, delivery } = call;
    const before = this.#underWay.get(chat) ?? 0;
    if (before === 0) this.#broken.delete(chat);
    this.#underWay.set(chat, before + 1);
    this.widest = Math.max(this.widest, before + 1);
    // Whoever called has to hear of it first: what he began meanwhile was under way, too.
    const ended = (): unknown => setImmediate(() => this.#underWay.set(chat, (this.#underWay.get(chat) ?? 1) - 1));
    delivery.signal.addEventListener('abort', ended, { once: true });
    try {
      return await this.#answer(call);
    } finally {
      delivery.signal.removeEventListener('abort', ended);
      if (!delivery.signal.aborted) ended();
    }
  };

  #answer({ chat, text, delivery }: Call): Promise<Sent> {
    const behaviour = this.#broken.get(chat) ?? this.next.shift() ?? 'taken';
    if (BREAKING.has(behaviour)) this.#broken.set(chat, behaviour);
    const { token } = delivery;
    if (['taken', 'lost-reply', 'hang-taken'].includes(behaviour)) {
      const known = this.#dedupe && this.shown.some((one) => one.token === token);
      if (!known) this.shown.push({ chat, text, token });
    }
    switch (behaviour) {
      case 'taken':
        return Promise.resolve({ id: token });
      case 'refused':
        return Promise.reject(temporary());
      case 'limited':
        return Promise.reject(fault({ code: 'rate-limited', retryAfterMs: 3_000, scope: 'account' }));
      case 'rejected':
        return Promise.reject(fault({ code: 'rejected', reason: 'forbidden' }));
      case 'lost-reply':
      case 'lost-request':
        return Promise.reject(uncertain());
      case 'hang':
      case 'hang-taken':
        return gate<Sent>().promise;
    }
  }
}

for (const [resend, window] of [
  ['safe', 1],
  ['unsafe', 1],
  ['unsafe', 4],
] as const)
  test(
    `out, ${resend}, ${window} at once: whatever the network does and whenever the process dies`,
    { timeout: 300_000 },
    async (t) => {
      await fc.assert(
        fc.asyncProperty(fc.array(outActs, { minLength: 5, maxLength: 25 }), async (acts) => {
          const bench = await OutBench.open(t, { onUncertain: 'resend' });
          const model = new Model(resend === 'safe');
          bench.network.answer = model.answer;
          bench.groups.add(GROUP);
          const online = () => bench.online({ resend, limits: { text: 1_000, window } });
          online();
          const written = new Map<number, string[]>();
          let count = 0;
          let crashes = 0;
          for (const act of acts) {
            if (act.do === 'write') {
              const texts = Array.from({ length: act.count }, () => `m${(count += 1)}`);
              written.set(act.chat, [...(written.get(act.chat) ?? []), ...texts]);
              await bench.write(texts, { chat: act.chat });
            } else if (act.do === 'behave') model.next = [...act.next];
            else if (act.do === 'pass') await bench.pass(act.ms);
            else if (act.do === 'drop') {
              bench.lanes.rest();
              void bench.lanes.abort();
            } else {
              if (act.do === 'crash') {
                crashes += 1;
                await bench.begin();
              }
              online();
              await bench.settle();
            }
          }
          model.next = [];
          for (let round = 0; round < 60; round += 1) {
            online();
            await bench.pass(100_000);
            if ((await bench.store.usage(bench.account, 'out')).entries === 0) break;
          }
          for (const [chat, texts] of written) await check(bench, model, chat, texts, resend, crashes);
        }),
        RUNS,
      );
    },
  );

async function check(
  bench: OutBench,
  model: Model,
  chat: number,
  texts: readonly string[],
  resend: 'safe' | 'unsafe',
  crashes: number,
): Promise<void> {
  const shown = model.shown.filter((one) => one.chat === `user ${chat}`).map(({ text }) => text);
  const outcomes = new Map<string, string[]>();
  for (const told of await bench.told(chat)) {
    const [what = '', text = ''] = told.split(' stanza ');
    if (!what.startsWith('notice')) outcomes.set(text, [...(outcomes.get(text) ?? []), what]);
  }
  for (const text of texts) {
    const [what, ...more] = outcomes.get(text) ?? [];
    assert(what !== undefined && more.length === 0, `${text} has one outcome: ${what} ${more.join(' ')}`);
    if (chat === GROUP) assert.notEqual(what, 'receipt', 'there are none in groups');
    else assert.notEqual(what, 'own', 'only groups reflect');
    if (what === 'receipt' || what === 'own') assert(shown.includes(text), `${text} was taken and shown`);
    if (what === 'forbidden') continue;
    if (what === 'internal') assert(crashes > 0, 'poison needs a crash: without one it is uncertain');
    if (what === 'uncertain') assert.equal(resend, 'unsafe');
  }
  if (chat === GROUP) await checkArchive(bench, texts, outcomes);
  // What came in a window and goes again comes again as a whole.
  const order = [...new Set(shown)].map((text) => texts.indexOf(text));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'in order',
  );
  const doubled = shown.filter((text, index) => shown.indexOf(text) !== index);
  if (resend === 'safe') assert.deepEqual(doubled, []);
  const uncertainLines = bench.log.lines.filter(({ message }) => message === 'sending again what may have arrived');
  assert(doubled.length <= uncertainLines.length, 'doubled only what was uncertain, and logged');
}

/** The archive has what was reflected, each once and in order. */
async function checkArchive(
  bench: OutBench,
  texts: readonly string[],
  outcomes: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const { account, store } = bench;
  const rows = (await store.archive({ account, chat: GROUP, limit: 1_000 }))?.rows ?? [];
  const archived = rows.map(({ body }) => {
    const said = body as unknown as ArchivedBody;
    return said.type === 'own' && said.body.type === 'message' ? said.body.content.text : '';
  });
  const reflected = texts.filter((text) => outcomes.get(text)?.[0] === 'own');
  assert.deepEqual(archived, reflected);
}

type InAct =
  | { readonly do: 'say'; readonly chat: number; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'fence' | 'clean' | 'broken' | 'crash' };

const inActs: fc.Arbitrary<InAct> = fc.oneof(
  fc.record({
    do: fc.constant('say' as const),
    chat: fc.integer({ min: 1, max: CHATS }),
    count: fc.integer({ min: 1, max: 90 }),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 2_000, 6_000) }),
  fc.record({
    do: fc.constantFrom('fence' as const, 'fence' as const, 'clean' as const, 'broken' as const, 'crash' as const),
  }),
);

test(
  'in: whenever the stream breaks, the server loses its last seconds or the process dies',
  { timeout: 300_000 },
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(inActs, { minLength: 5, maxLength: 30 }), async (acts) => {
        const bench = await InBench.open(t);
        const kept: string[] = []; // what the server has for good
        let routed: { readonly text: string; readonly at: number }[] = []; // what it loses when it dies
        const take = (): void => {
          for (const stanza of bench.sink.news())
            routed.push({ text: stanza.replace(' again', ''), at: bench.clock.monotonic() });
        };
        const fence = async (): Promise<void> => {
          take();
          await bench.back();
          take();
        };
        const said = new Map<number, string[]>();
        let count = 0;
        for (const act of acts) {
          if (act.do === 'say') {
            const texts = Array.from({ length: act.count }, () => `c${act.chat}m${(count += 1)}`);
            said.set(act.chat, [...(said.get(act.chat) ?? []), ...texts]);
            await bench.say(texts, { chat: act.chat });
            await bench.settle();
          } else if (act.do === 'pass') await bench.pass(act.ms);
          else if (act.do === 'fence') await fence();
          else if (act.do === 'crash') {
            take();
            kept.push(...routed.map(({ text }) => text)); // one death at a time: what the server has routed it keeps
            routed = [];
            await bench.begin();
            await bench.settle();
          } else {
            take();
            const end = bench.clock.monotonic();
            const safe = act.do === 'clean' ? routed : routed.filter(({ at }) => end - at >= 5_000);
            kept.push(...safe.map(({ text }) => text));
            routed = [];
            await bench.reconnect({ clean: act.do === 'clean' });
          }
          take();
        }
        for (let round = 0; round < 40 && (await bench.store.usage(bench.accounts[0] ?? 0)).entries > 0; round += 1)
          await fence();
        kept.push(...routed.map(({ text }) => text));
        for (const [chat, texts] of said) {
          const seen = kept.filter((text) => text.startsWith(`c${chat}m`));
          assert.deepEqual([...new Set(seen)], texts, 'all of it, first seen in order');
          assert.deepEqual(await bench.waiting(chat), []);
        }
      }),
      RUNS,
    );
  },
);

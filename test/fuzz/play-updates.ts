// Updates from a grammar, whole and damaged, many at a time, through the adapter for Telegram and a whole gateway, between
// good ones that must arrive; and messages the other way, to a Bot API that answers as it likes: each is taken there, or its
// sender gets one error.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { startGateway } from '../../src/gateway.ts';
import type { Log } from '../../src/log.ts';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import { Watch } from '../server/until.ts';
import { BotApi, type Answer } from './bot-api.ts';
import { hastyClock } from './haste.ts';
import { playHalf } from './run.ts';
import { ComponentServer } from './server.ts';
import { anyUpdate, attempts, goodAuthor, oddNumber, people, polls } from './updates.ts';

const domain = 'net.example.org';
const alice = 'alice@example.org';
/** Updates of one run, and messages the other way. */
const AT_ONCE = 400;
const MESSAGES = 20;
const GOOD_EVERY = 20;
const WAIT_MS = 30_000;
const SAID_OF_BAD_UPDATES = 'an update could not be read';

interface Sent {
  readonly answers: Answer[];
  taken: number;
  errors: number;
}
const isGood = ({ how }: Answer): boolean => how === 'well' || how === 'odd';

class Play {
  readonly #server: ComponentServer;
  readonly #api: BotApi;
  readonly #faults: unknown[];
  readonly #watch = new Watch();
  /** What arrived of good updates, by who wrote it. */
  readonly #arrived = new Map<number, string[]>();
  readonly #sent = new Map<string, Sent>();
  #count = 0;
  /** What a probe was answered by. */
  #probed: string | undefined;

  constructor(server: ComponentServer, api: BotApi, faults: unknown[]) {
    this.#server = server;
    this.#api = api;
    this.#faults = faults;
    server.onStanza = (stanza) => this.#hear(stanza);
    api.onCall = (method, payload) => this.#called(method, payload['text']);
  }

  /** The user has an account: the login form, filled in. */
  async register(): Promise<void> {
    const token = x('field', { var: 'token' }, x('value', {}, `700:${'a'.repeat(35)}`));
    const form = x('x', { xmlns: 'jabber:x:data', type: 'submit' }, token);
    const online = Promise.withResolvers<void>();
    this.#server.onStanza = (stanza) => {
      if (stanza.is('iq') && stanza.attrs['type'] === 'error') online.reject(new Error(stanza.toString()));
      if (stanza.is('iq') && stanza.attrs['type'] === 'result') online.resolve();
    };
    const query = x('query', { xmlns: 'jabber:iq:register' }, form);
    this.#server.write(x('iq', { type: 'set', id: 'in', from: `${alice}/a`, to: domain }, query));
    await online.promise;
    this.#server.onStanza = (stanza) => this.#hear(stanza);
  }

  async run(updates: readonly Told[], messages: readonly Message[], how: Answer[]): Promise<void> {
    const expected = new Map<number, string[]>();
    this.#api.polls = [...how];
    this.#api.push(updates.flatMap((told, index) => this.#update(told, index, expected)));
    for (const message of messages) this.#send(message);
    const done = (): boolean =>
      this.#faults.length > 0 ||
      (this.#isThere(expected) && [...this.#sent.values()].every(({ taken, errors }) => taken + errors > 0));
    await this.#watch.until('the end of a run', done, WAIT_MS).catch(() => undefined);
    assert.deepEqual(this.#faults, [], 'nothing failed');
    assert.deepEqual(
      Object.fromEntries(this.#arrived),
      Object.fromEntries(expected),
      'what is good arrived, in order, once',
    );
    for (const [id, { taken, errors, answers }] of this.#sent)
      assert(
        taken > 0 ? errors === 0 : errors === 1,
        `${id}: taken ${taken} times, ${errors} errors; left ${JSON.stringify(answers)}`,
      );
    assert.equal(this.#server.connections, 1, 'the stream stood');
    this.#arrived.clear();
    this.#sent.clear();
  }

  /** Waits until the last poll has confirmed everything, and what that changed for the user is done with. */
  async rest(): Promise<void> {
    const end = (): boolean => this.#api.unconfirmed === 0;
    for (let turn = 0; !end() && turn < 1_000; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert(end(), 'polling goes on');
    // His presences are answered behind what came before; too many that wait are refused.
    for (let refused = true; refused;) {
      this.#probed = undefined;
      const to = `${people[0]}@${domain}`;
      this.#server.write(x('presence', { type: 'probe', id: 'rest', from: `${alice}/a`, to }));
      refused = (await this.#watch.until('an answer to a probe', () => this.#probed, WAIT_MS)) === 'error';
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** An update that may be bad, and now and then a good one behind it. */
  #update(
    { update, says, author }: Told,
    index: number,
    expected: Map<number, string[]>,
  ): ((number: number) => unknown)[] {
    const isObject = typeof update === 'object' && update !== null && !Array.isArray(update);
    const bad = (number: number): unknown =>
      isObject ? { update_id: says === 'true' ? number : says, ...update } : update;
    if (index % GOOD_EVERY !== GOOD_EVERY - 1) return [bad];
    this.#count += 1;
    const text = `good-${this.#count}`;
    const message_id = 1_000_000 + this.#count;
    expected.set(author, [...(expected.get(author) ?? []), text]);
    const from = { id: author, is_bot: false, first_name: `P${author % 100}` };
    const message = { message_id, date: 1_700_000_000, from, chat: { ...from, type: 'private' }, text };
    return [bad, (number) => ({ update_id: number, message })];
  }

  #send({ to, answers, text }: Message): void {
    this.#count += 1;
    const id = `m-${this.#count}-`;
    this.#sent.set(id, { answers: [...answers], taken: 0, errors: 0 });
    const body = x('body', {}, `${id}${text}`);
    this.#server.write(x('message', { type: 'chat', id, from: `${alice}/a`, to: `${to}@${domain}` }, body));
  }

  #called(method: string, text: unknown): Answer {
    const sent = this.#sent.get(/^m-\d+-/.exec(typeof text === 'string' ? text : '')?.[0] ?? '');
    if (method !== 'sendMessage' || sent === undefined) return { how: 'well' };
    const answer = sent.answers.shift() ?? { how: 'well' };
    if (isGood(answer)) sent.taken += 1;
    this.#watch.notify();
    return answer;
  }

  #hear(stanza: Element): void {
    const { id = '', type = 'available', from = '' } = stanza.attrs;
    if (stanza.is('presence') && from.startsWith(`${people[0]}@`)) {
      if (type === 'unsubscribed' || id === 'rest') this.#probed = type;
      this.#watch.notify();
    }
    if (!stanza.is('message')) return;
    const text = stanza.getChildText('body') ?? '';
    const sent = type === 'error' ? this.#sent.get(id) : undefined;
    if (sent !== undefined) sent.errors += 1;
    if (/^good-\d+$/.test(text)) {
      const author = Number.parseInt(from, 10);
      this.#arrived.set(author, [...(this.#arrived.get(author) ?? []), text]);
    }
    this.#watch.notify();
  }

  #isThere(expected: ReadonlyMap<number, readonly string[]>): boolean {
    return [...expected].every(([author, texts]) => (this.#arrived.get(author)?.length ?? 0) >= texts.length);
  }
}

interface Told {
  readonly update: unknown;
  readonly says: unknown;
  readonly author: number;
}
interface Message {
  readonly to: number;
  readonly answers: readonly Answer[];
  readonly text: string;
}

const told: fc.Arbitrary<Told> = fc.record({ update: anyUpdate, says: oddNumber, author: goodAuthor });
const message: fc.Arbitrary<Message> = fc.record({
  to: fc.constantFrom(...people),
  answers: attempts,
  text: fc.string({ maxLength: 20, unit: 'grapheme' }),
});

/** Tells nobody, but keeps what must not have happened. */
function watchingLog(faults: unknown[]): Log {
  const quiet = (): void => undefined;
  const error = (fields: object, said: string): void =>
    void (said === SAID_OF_BAD_UPDATES || faults.push({ said, ...fields }));
  const log: Log = { debug: quiet, info: quiet, warn: quiet, error, child: () => log };
  return log;
}

const folder = mkdtempSync(path.join(tmpdir(), 'moongate-fuzz-'));
mkdirSync(path.join(folder, 'node_modules'));
symlinkSync(path.join(import.meta.dirname, 'quick-telegram'), path.join(folder, 'node_modules', 'quick-telegram'));
await using api = await BotApi.listen();
await using server = await ComponentServer.listen(domain);
const faults: unknown[] = [];
const place = { key: '', line: 0 };
const gateway = await startGateway(
  {
    ...{ file: 'fuzz', folder, log: { level: 'error', content: false }, web: undefined, warnings: [] },
    archive: { days: 365, rows: 100_000 },
    store: { path: path.join(folder, 'db'), key: Buffer.alloc(32, 7).toString('base64') },
    transports: [
      {
        ...{ domain, adapter: 'quick-telegram', adapterPlace: place, place, secret: 's', onUncertain: 'resend' },
        ...{ server: { host: '127.0.0.1', port: server.port }, allow: ['example.org'], admins: [] },
        options: { api_root: api.root },
      },
    ],
  },
  { log: watchingLog(faults), clock: hastyClock },
);
try {
  const play = new Play(server, api, faults);
  while (!gateway.health().ready) await new Promise((resolve) => setTimeout(resolve, 5));
  await play.register();
  const run = fc.tuple(
    fc.array(told, { minLength: AT_ONCE, maxLength: AT_ONCE }),
    fc.array(message, { minLength: MESSAGES, maxLength: MESSAGES }),
    polls,
  );
  const report = await playHalf({
    ...{ cases: run, atOnce: AT_ONCE, warmUp: 4_000, measured: 28_000, once: true },
    play: (some) => play.run(...some),
    rest: () => play.rest(),
  });
  console.log(JSON.stringify(report));
} finally {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
}

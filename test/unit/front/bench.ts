// A front on a real store, with a back that does as the test says: what the user's stanzas cause, without a server.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'ltx';
import type { Chat, Field, Form, Found, Member, Reply, Role } from '../../../src/adapter/api.ts';
import type { Clock } from '../../../src/clock.ts';
import { startFront, type TransportFront } from '../../../src/front.ts';
import {
  LinkError,
  type Back,
  type Failed,
  type LaneView,
  type LoginProgress,
  type NetworkCommand,
  type OutHint,
  type RoomPage,
  type SessionStatus,
} from '../../../src/link.ts';
import type { ContactDocument, OutBody } from '../../../src/message/entry.ts';
import type { AccountId, Doc, Entry, Fence, Json, LaneKey, NewEntry, Seq, Store } from '../../../src/store/api.ts';
import { openStore } from '../../../src/store/sqlite/index.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';

export const domain = 'net.example.org';
export const juliet = 'juliet@example.org';
export const device = `${juliet}/balcony`;

/** A clock that moves only when the test says so; what is due at once comes in the next turn of the loop. */
export class TestClock implements Clock {
  #now = 1_000_000;
  #timers: { readonly at: number; readonly work: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  monotonic(): number {
    return this.#now;
  }
  random(): number {
    return 0.5;
  }
  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.push(timer);
    if (ms <= 0) setImmediate(() => this.advance(0));
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { work } of due) work();
  }
}

type Answer<T> = T | LinkError;
const given = <T>(answer: Answer<T>): T => {
  if (answer instanceof LinkError) throw answer;
  return answer;
};
export const tokenForm: Form = { title: 'Log in', fields: [{ name: 'token', label: 'Token', secret: true }] };

/** A back that asks for a token, lets in whoever knows the right one, and otherwise does as it is told. */
export class FakeBack implements Back {
  readonly #store: Store;
  readonly calls: string[] = [];
  readonly woken: Entry[] = [];
  readonly hints: OutHint[] = [];
  front: TransportFront | undefined;
  now: SessionStatus = { state: 'online', self: 'romeo', can: ['send', 'resolve', 'search', 'setContact'] };
  people: readonly Found[] = [{ chat: { kind: 'direct', id: '42' }, name: 'Romeo', note: '@romeo' }];
  found: Answer<Found | undefined> | 'people' = 'people';
  /** What comes after a form, by the token given; default: 'done' for 'right'. */
  steps = new Map<string, LoginProgress>();
  form: Form = tokenForm;
  #flows = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  async network() {
    return {
      ...{ id: 'toy', name: 'Toy', prompt: 'a number', settings: [] },
      logins: [{ id: 'token', title: 'With a token' }],
    };
  }
  async login(_transport: string, jid: string): Promise<LoginProgress> {
    this.#flows += 1;
    return { type: 'form', flow: `${this.#flows} ${jid}`, form: this.form };
  }
  async proceed(flow: string, reply: Readonly<Record<string, string>>): Promise<LoginProgress> {
    this.calls.push(`proceed ${JSON.stringify(reply)}`);
    const jid = flow.slice(flow.indexOf(' ') + 1);
    const told = this.steps.get(reply['token'] ?? reply['code'] ?? '');
    if (told && 'flow' in told) return { ...told, flow };
    if (told) return told;
    if (reply['token'] !== 'right' && reply['code'] !== 'right')
      return { type: 'refused', failure: { code: 'auth-lost', detail: 'wrong token' } };
    const known = await this.#store.account(domain, jid);
    const account = known?.id ?? (await this.#store.open({ transport: domain, jid, remote: `bot of ${jid}` }));
    assert(typeof account === 'number');
    return { type: 'done', account };
  }
  async open(transport: string, jid: string, realm?: string): Promise<AccountId> {
    this.calls.push(`open ${jid} ${realm}`);
    const known = await this.#store.account(transport, jid, realm);
    if (known) return known.id;
    const opened = await this.#store.open({ transport, jid, ...(realm && { realm }), remote: `${jid} ${realm}` });
    assert(typeof opened === 'number');
    return opened;
  }
  settings = async (): Promise<readonly Field[]> => [];
  async configure(_account: AccountId, answers: Reply): Promise<void> {
    this.calls.push(`configure ${JSON.stringify(answers)}`);
  }
  async abandon(flow: string): Promise<void> {
    this.calls.push(`abandon ${flow}`);
  }
  async remove(account: AccountId): Promise<void> {
    this.calls.push('remove');
    const fence = await this.#store.acquire(`account/${account}`, 'node', 1_000);
    assert(fence);
    await this.#store.step({ fence, account: { id: account, state: 'closing' } });
    await this.#store.erase(account);
  }
  async status(): Promise<SessionStatus> {
    return this.now;
  }
  async resolve(_account: AccountId, query: string): Promise<Found | undefined> {
    this.calls.push(`resolve ${query}`);
    if (this.found !== 'people') return given(this.found);
    return this.people.find(({ chat, note }) => chat.id === query || note === query);
  }
  async search(_account: AccountId, query: string): Promise<readonly Found[]> {
    return this.people.filter(({ name }) => name.includes(query));
  }
  async setContact(_account: AccountId, user: string, listed: boolean): Promise<void> {
    this.calls.push(`setContact ${user} ${listed}`);
  }
  listed: (page: { readonly after?: string; readonly limit: number }) => RoomPage = () => ({ rooms: [] });
  async rooms(_account: AccountId, _query: string, page: { readonly after?: string; readonly limit: number }) {
    return this.listed(page);
  }
  async join(_account: AccountId, room: string, password?: string): Promise<void> {
    this.calls.push(`join ${room} ${password ?? ''}`.trimEnd());
  }
  async leave(_account: AccountId, room: string): Promise<void> {
    this.calls.push(`leave ${room}`);
  }
  async create(_account: AccountId, name: string): Promise<string> {
    this.calls.push(`create ${name}`);
    return name;
  }
  async describe(_account: AccountId, room: string, change: object): Promise<void> {
    this.calls.push(`describe ${room} ${JSON.stringify(change)}`);
  }
  async invite(_account: AccountId, room: string, user: string): Promise<void> {
    this.calls.push(`invite ${room} ${user}`);
  }
  async setRole(_account: AccountId, room: string, user: string, role: Role): Promise<void> {
    this.calls.push(`setRole ${room} ${user} ${role}`);
  }
  /** What a rename comes to. */
  renaming: Answer<undefined> = undefined;
  async rename(_account: AccountId, room: string, name: string): Promise<void> {
    this.calls.push(`rename ${room} ${name}`);
    given(this.renaming);
  }
  async members(_account: AccountId, room: string): Promise<void> {
    this.calls.push(`members ${room}`);
  }
  outcasts: Answer<readonly Member[]> = new LinkError({ code: 'unsupported' });
  async banned(): Promise<readonly Member[]> {
    return given<readonly Member[]>(this.outcasts);
  }
  async history(_account: AccountId, room: string, limit: number): Promise<number> {
    this.calls.push(`history ${room} ${limit}`);
    return 0;
  }
  /** What the network offers besides; 'offline' is how a back without a session refuses. */
  offered: readonly NetworkCommand[] | 'offline' = [];
  async commands(): Promise<readonly NetworkCommand[]> {
    if (this.offered === 'offline') throw new LinkError({ code: 'offline' });
    return this.offered;
  }
  async run(account: AccountId, command: string, values: Reply, chat?: Chat): Promise<string> {
    if (this.offered === 'offline') throw new LinkError({ code: 'offline' });
    this.calls.push(
      `run ${account} ${command} ${JSON.stringify(values)} ${chat ? `${chat.kind}/${chat.id}` : ''}`.trim(),
    );
    return `${command} is done`;
  }
  async waiting() {
    return { waiting: 2, failed: 1 };
  }
  failures: readonly Failed[] = [];
  async failed(): Promise<readonly Failed[]> {
    return this.failures;
  }
  async retry(account: AccountId, only?: readonly number[]): Promise<number> {
    this.calls.push(`retry ${account} ${only?.join(' ') ?? 'all'}`);
    return only?.length ?? 1;
  }
  async drop(account: AccountId, only?: readonly number[]): Promise<number> {
    this.calls.push(`drop ${account} ${only?.join(' ') ?? 'all'}`);
    return only?.length ?? this.failures.length;
  }
  async lanes(): Promise<readonly LaneView[]> {
    return [
      { direction: 'out', chat: { kind: 'direct', id: '42' }, count: 3, bytes: 99 },
      { direction: 'in', count: 1, bytes: 7 },
    ];
  }
  async announce(transport: string, text: string): Promise<number> {
    this.calls.push(`announce ${transport} ${text}`);
    return 5;
  }
  async cancel(): Promise<number> {
    return 2;
  }
  wake(_lane: LaneKey, entries: readonly Entry[]): void {
    this.woken.push(...entries);
  }
  hint(_account: AccountId, hint: OutHint): void {
    this.hints.push(hint);
  }
}

interface Waiter {
  readonly matches: (stanza: Element) => boolean;
  readonly resolve: (stanza: Element) => void;
}
export interface BenchOptions {
  readonly allow?: readonly string[];
  readonly admins?: readonly string[];
  readonly maxPages?: number;
}

/** The front of one transport, its store in a folder of its own. */
export class FrontBench implements AsyncDisposable {
  readonly store: Store;
  readonly back: FakeBack;
  readonly clock = new TestClock();
  readonly sent: Element[] = [];
  readonly bounced: unknown[] = [];
  readonly available: AccountId[] = [];
  readonly logged: unknown[] = [];
  /** What is written in bulk need not wait. */
  writable = true;
  readonly #folder: string;
  readonly #options: BenchOptions;
  #front: TransportFront | undefined;
  #fence: Fence | undefined;
  #waiters: Waiter[] = [];
  #taken = new Set<Element>();
  #ids = 0;

  private constructor(store: Store, folder: string, options: BenchOptions) {
    this.store = store;
    this.#folder = folder;
    this.#options = options;
    this.back = new FakeBack(store);
  }

  static async start(options: BenchOptions = {}): Promise<FrontBench> {
    const folder = await mkdtemp(path.join(tmpdir(), 'moongate-front-'));
    const { maxPages } = options;
    const store = await openStore({ path: path.join(folder, 'db'), ...(maxPages === undefined ? {} : { maxPages }) });
    const bench = new FrontBench(store, folder, options);
    await bench.restart();
    return bench;
  }

  /** A front that knows only what is in the store. */
  async restart(): Promise<void> {
    await this.#front?.stop();
    this.#fence = await this.store.acquire(`stream/${domain}`, 'node', 1_000);
    assert(this.#fence);
    const log = (level: string) => (fields: object, message: string) => this.logged.push({ level, message, ...fields });
    this.#front = await startFront({
      ...{ domain, store: this.store, fence: this.#fence, back: this.back, clock: this.clock, version: '1' },
      key: new Uint8Array(32),
      allow: this.#options.allow ?? ['example.org'],
      admins: this.#options.admins ?? [],
      network: await this.back.network(),
      lanes: {
        wake: () => undefined,
        bounced: (...bounce) => this.bounced.push(bounce),
        available: (account) => this.available.push(account),
        retry: async (account, only) =>
          this.back.calls.push(`deliver ${account} ${only ? [...only].join(' ') : 'all'}`) && 1,
        drop: async (account, only) =>
          this.back.calls.push(`let go ${account} ${only ? [...only].join(' ') : 'all'}`) && 1,
      },
      send: (stanza) => this.#send(stanza),
      writable: () => this.writable,
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    });
    this.back.front = this.#front;
  }

  get front(): TransportFront {
    assert(this.#front);
    return this.#front;
  }

  #send(stanza: Element): void {
    this.sent.push(stanza);
    const waiter = this.#waiters.find(({ matches }) => matches(stanza));
    if (waiter === undefined) return;
    this.#waiters = this.#waiters.filter((one) => one !== waiter);
    this.#taken.add(stanza);
    waiter.resolve(stanza);
  }

  /** The next stanza sent that matches and was not waited for before. */
  next(matches: (stanza: Element) => boolean): Promise<Element> {
    const there = this.sent.find((stanza) => !this.#taken.has(stanza) && matches(stanza));
    if (there) {
      this.#taken.add(there);
      return Promise.resolve(there);
    }
    return new Promise((resolve) => this.#waiters.push({ matches, resolve }));
  }

  /** The next presence of a type from an address; 'available' has none. */
  presence(type: string, from = domain): Promise<Element> {
    const wanted = type === 'available' ? undefined : type;
    return this.next(
      (stanza) => stanza.is('presence') && stanza.attrs['type'] === wanted && stanza.attrs['from'] === from,
    );
  }

  /** Hands in a stanza as the stream would. */
  async hear(xml: string): Promise<void> {
    await this.front.stanza(parse(xml));
  }

  /** Asks, and reads the one answer. */
  async ask(type: 'get' | 'set', payload: string, to = domain, from = device): Promise<Element> {
    this.#ids += 1;
    const id = `ask${this.#ids}`;
    await this.hear(`<iq type='${type}' id='${id}' from='${from}' to='${to}'>${payload}</iq>`);
    const answers = this.sent.filter((stanza) => stanza.is('iq') && stanza.attrs['id'] === id);
    assert.equal(answers.length, 1, 'every request has one answer');
    const [answer] = answers;
    assert(answer);
    assert.equal(answer.attrs['to'], from);
    assert.equal(answer.attrs['from'], to);
    return answer;
  }

  /** Registers by form. */
  async register(from = device, token = 'right'): Promise<AccountId> {
    const known = await this.store.account(domain, from.split('/')[0] ?? '');
    const answer = await this.ask('set', tokenSubmit(token), domain, from);
    assert.equal(answer.attrs['type'], 'result', answer.toString());
    const account = await this.store.account(domain, from.split('/')[0] ?? '');
    assert(account);
    if (known === undefined) await this.presence('subscribe');
    return account.id;
  }

  /** What waits in an account's lanes, in order of append. */
  async waiting(account: AccountId): Promise<readonly OutBody[]> {
    const entries: Entry[] = [];
    for (const { lane } of await this.store.lanes(`account/${account}`))
      entries.push(...(await this.store.head(lane, 0, 10_000)));
    return entries.sort((a, b) => a.seq - b.seq).map(({ body }) => body as unknown as OutBody);
  }

  /** The network says something of a person. */
  async contact(account: AccountId, user: string, document: ContactDocument | null): Promise<void> {
    assert(this.#fence);
    const value: Json = document && { ...document };
    const doc: Doc = { account, kind: 'contact', key: user, value };
    await this.store.step({ fence: this.#fence, docs: [doc] });
    this.front.contact(account, user);
  }

  /** An entry that was to be shown to a user, and that his server has refused. */
  async refused(entry: NewEntry, why: string): Promise<Seq> {
    assert(this.#fence);
    const { seqs } = await this.store.step({ fence: this.#fence, append: [entry] });
    const [seq] = seqs;
    assert(typeof seq === 'number');
    await this.store.step({ fence: this.#fence, move: [{ seq, to: 'failed', why }] });
    return seq;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#front?.stop();
    await this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export const tokenSubmit = (token: string): string =>
  `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>` +
  `<field var='token'><value>${token}</value></field></x></query>`;

/** The condition of an error stanza. */
export function condition(stanza: Element): string | undefined {
  return stanza.getChild('error')?.getChildElements()[0]?.getName();
}
/** The words of an error stanza. */
export const words = (stanza: Element): string => stanza.getChild('error')?.getChildText('text') ?? '';

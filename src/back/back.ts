// The back half: owns the accounts' sessions and answers what the front asks.
import { randomBytes } from 'node:crypto';
import type { Field, Reply } from '../adapter/api.ts';
import { Gate } from '../lane/gate.ts';
import { lander, sleep } from '../lane/land.ts';
import { LinkError, type Back, type LoginProgress, type Network, type OutHint, type SessionStatus } from '../link.ts';
import { randomId } from '../message/ids.ts';
import { StoreError, type Account, type AccountId, type Entry, type LaneKey, type Step } from '../store/api.ts';
import { announcement, build, type BackTransport, type House, type Street, type Surroundings } from './house.ts';
import { Logins, type LoggedIn } from './logins.ts';
import { Queues } from './queues.ts';
import { answered, merged } from './settings.ts';
import { Turnstile } from './turnstile.ts';

/** Sessions of one transport that connect at the same time. */
const CONNECTING = 32;
/** What is under way when the process ends has so long to end, and all of it together with the closing of the sessions. */
const STOP_MS = 3_000;
const STOPPED_MS = 7_000;
/** Accounts that are taken over at the same time. */
const OPENING = 64;
/** How long a removed account's last errors and receipts may take to reach the user. */
const FAREWELL_MS = 10_000;
const FAREWELL_STEP_MS = 50;
const OWNERSHIP_MS = 60_000;

export type BackOptions = Surroundings & {
  readonly transports: readonly BackTransport[];
  /** Names this process among the nodes. */
  readonly node: string;
};

export class Backend extends Queues implements Back {
  readonly #options: BackOptions;
  readonly #transports: ReadonlyMap<string, BackTransport>;
  readonly #streets: ReadonlyMap<string, Street>;
  readonly #houses = new Map<AccountId, House>();
  /** Accounts that are being erased, by transport and JID. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** Accounts that are being opened at their first use. */
  readonly #entering = new Map<string, Promise<AccountId>>();
  readonly #logins: Logins;
  #stopping = false;

  constructor(options: BackOptions) {
    super(options.clock, options.store);
    this.#options = options;
    this.#transports = new Map(options.transports.map((transport) => [transport.domain, transport]));
    // A network that is away holds up its own accounts alone.
    const street = (): Street => ({ gate: new Gate(options.clock), turnstile: new Turnstile(CONNECTING) });
    this.#streets = new Map(options.transports.map(({ domain }) => [domain, street()]));
    this.#logins = new Logins(options.clock, options.log);
  }

  /** Loads all accounts and begins to connect those that are not parked. */
  async start(): Promise<void> {
    for (const { domain } of this.#options.transports) {
      let opening: Promise<House | undefined>[] = [];
      for await (const account of this.#options.store.accounts(domain)) {
        if (opening.push(this.#open(account)) < OPENING) continue;
        await Promise.all(opening);
        opening = [];
      }
      await Promise.all(opening);
    }
    for (const house of this.#houses.values()) {
      if (house.account.state === 'active') house.runner.start();
      if (house.account.state === 'closing') this.#leave(house);
    }
  }

  /** Ends all sessions; what is under way gets a few seconds, and what does not end stays started. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ended = new AbortController();
    const houses = [...this.#houses.values()].map(async ({ out, runner }) => {
      await out.stop(STOP_MS);
      await runner.stop();
    });
    const all = Promise.all([this.#logins.stop(), ...houses, ...this.#leaving.values()]);
    await Promise.race([all, sleep(this.#options.clock, STOPPED_MS, ended.signal)]);
    ended.abort();
  }

  network(transport: string): Promise<Network> {
    const { adapter, config } = this.#transport(transport);
    const { id, name, prompt, logins, settings } = adapter;
    const realm = adapter.realm?.(config);
    return Promise.resolve({
      id,
      name,
      ...(prompt === undefined ? {} : { prompt }),
      logins: logins.map(({ id: login, title }) => ({ id: login, title })),
      settings: settings ?? [],
      ...(realm === undefined ? {} : { realm }),
    });
  }

  async login(domain: string, jid: string, login: string): Promise<LoginProgress> {
    const { adapter, config } = this.#transport(domain);
    await this.#leaving.get(keyOf({ transport: domain, jid }));
    const known = await this.#options.store.account(domain, jid);
    const [previous] = known ? await this.#options.sealed.open(known.id, ['credentials']) : [];
    const enter = (result: LoggedIn) => this.#enter(domain, jid, result);
    return this.#logins.begin({ adapter, config, login, whose: `${domain} ${jid}`, previous, enter });
  }

  proceed(flow: string, reply: Readonly<Record<string, string>>): Promise<LoginProgress> {
    return this.#logins.proceed(flow, reply);
  }

  abandon(flow: string): Promise<void> {
    return this.#logins.abandon(flow);
  }

  open(domain: string, jid: string, realm?: string): Promise<AccountId> {
    const key = keyOf({ transport: domain, jid, ...(realm === undefined ? {} : { realm }) });
    const opening =
      this.#entering.get(key) ?? this.#openAt(domain, jid, realm).finally(() => this.#entering.delete(key));
    this.#entering.set(key, opening);
    return opening;
  }

  async settings(id: AccountId): Promise<readonly Field[]> {
    const { adapter } = this.house(id).transport;
    const [answers] = await this.#options.sealed.open(id, ['settings']);
    return answered(adapter.settings ?? [], answers);
  }

  async configure(id: AccountId, answers: Reply): Promise<void> {
    const { store, sealed } = this.#options;
    const { transport, fence, runner } = this.house(id);
    const [before] = await sealed.open(id, ['settings']);
    const value = sealed.value(id, 'settings', merged(transport.adapter.settings ?? [], before, answers));
    await runner.stop();
    try {
      // A session that its user had to mend may now come up.
      const parked = (await store.accountById(id))?.state === 'parked';
      await this.#write({ fence, secrets: [value], ...(parked && { account: { id, state: 'active' } }) });
    } finally {
      runner.start();
    }
  }

  async remove(id: AccountId): Promise<void> {
    const house = this.house(id);
    if (this.#leaving.has(keyOf(house.account))) return;
    await this.#write({ fence: house.fence, account: { id, state: 'closing' } });
    await house.out.stop(0);
    await house.runner.stop();
    this.#leave(house);
  }

  status(id: AccountId): Promise<SessionStatus> {
    return Promise.resolve(this.house(id).runner.status);
  }

  async announce(domain: string, text: string): Promise<number> {
    const { store, clock } = this.#options;
    const { front } = this.#transport(domain);
    const land = lander(store, (lane, entries) => front.wake(lane, entries));
    const key = `announcement/${randomId(randomBytes)}`;
    const houses = [...this.#houses.values()].filter(
      ({ account, transport }) => transport.domain === domain && !this.#leaving.has(keyOf(account)),
    );
    for (let at = 0; at < houses.length; at += OPENING)
      await Promise.all(
        houses.slice(at, at + OPENING).map(async ({ account, fence, transport }) => {
          await land({ fence, append: [announcement(account, transport, clock.now(), key, text)] });
        }),
      );
    return houses.length;
  }

  wake(lane: LaneKey, entries: readonly Entry[]): void {
    this.#houses.get(lane.account)?.out.wake(lane, entries);
  }

  hint(id: AccountId, hint: OutHint): void {
    const session = this.#houses.get(id)?.runner.session;
    try {
      if (hint.type === 'typing') session?.typing?.(hint.chat, hint.on);
      else session?.presence?.(hint.show, hint.text);
    } catch (error) {
      this.#options.log.debug({ error, account: id }, 'a hint failed');
    }
  }

  #transport(domain: string): BackTransport {
    const transport = this.#transports.get(domain);
    if (transport === undefined) throw new LinkError({ code: 'not-found' });
    return transport;
  }

  protected override house(id: AccountId): House {
    const house = this.#houses.get(id);
    if (house === undefined) throw new LinkError({ code: 'not-registered' });
    return house;
  }

  /** Takes an account over and loads what waits in its lanes. */
  async #open(account: Account): Promise<House | undefined> {
    const { store, node } = this.#options;
    const transport = this.#transport(account.transport);
    const street = this.#streets.get(transport.domain);
    const fence = await store.acquire(`account/${account.id}`, node, OWNERSHIP_MS);
    if (fence === undefined || street === undefined) return undefined;
    const house = build(this.#options, transport, account, fence, street);
    await Promise.all([house.out.load(), house.moves.load()]);
    this.#houses.set(account.id, house);
    return house;
  }

  /** Where no login is needed: at the first use, and again after what only the user could mend. */
  async #openAt(domain: string, jid: string, realm: string | undefined): Promise<AccountId> {
    const { store } = this.#options;
    const { adapter, config } = this.#transport(domain);
    if (adapter.logins.length > 0) throw new LinkError({ code: 'not-registered' });
    if ((realm === undefined) !== (adapter.realm?.(config) === undefined)) throw new LinkError({ code: 'not-found' });
    const whose = { transport: domain, jid, ...(realm === undefined ? {} : { realm }) };
    await this.#leaving.get(keyOf(whose));
    const known = await store.account(domain, jid, realm);
    if (known === undefined && realm !== undefined) refuse(realm, adapter.refuses?.(realm, config));
    const account = known ?? (await this.#first(whose));
    if (account.state === 'closing') throw new LinkError({ code: 'closing' });
    const house = this.#houses.get(account.id) ?? (await this.#open(account));
    if (house === undefined || this.#stopping) throw new LinkError({ code: 'offline' });
    if (house.runner.status.state === 'parked')
      await this.#write({ fence: house.fence, account: { id: account.id, state: 'active' } });
    house.runner.start();
    return account.id;
  }

  /** The network tells no id before it is connected to, so the account goes by its user and realm. */
  async #first(whose: Pick<Account, 'transport' | 'jid' | 'realm'>): Promise<Account> {
    const remote = [whose.jid, whose.realm ?? []].flat().join(' ');
    const id = await this.#options.store.open({ ...whose, remote });
    if (typeof id === 'string') throw new LinkError({ code: 'conflict' });
    return { ...whose, id, remote, state: 'active' };
  }

  async #enter(domain: string, jid: string, { account: remote, credentials, state }: LoggedIn): Promise<AccountId> {
    const { store, sealed } = this.#options;
    await this.#leaving.get(keyOf({ transport: domain, jid }));
    let account = await store.account(domain, jid);
    if (account?.state === 'closing') throw new LinkError({ code: 'closing' });
    if (account && account.remote !== remote) throw new LinkError({ code: 'conflict' });
    if (account === undefined) {
      const id = await store.open({ transport: domain, jid, remote });
      if (typeof id === 'string') throw new LinkError({ code: 'conflict' });
      account = { id, transport: domain, jid, remote, state: 'active' };
    }
    const { id } = account;
    const house = this.#houses.get(id) ?? (await this.#open(account));
    if (house === undefined || this.#stopping) throw new LinkError({ code: 'offline' });
    const secrets = [sealed.value(id, 'credentials', credentials ?? null)];
    for (const [key, value] of state) secrets.push(sealed.bytes(id, `state/${key}`, value));
    await house.runner.stop();
    try {
      await this.#write({ fence: house.fence, secrets, account: { id, state: 'active' } });
    } finally {
      house.runner.start(); // if not with the new credentials, then with those that are there
    }
    return id;
  }

  /** Gives back what is queued, lets the user read that, and erases every row. */
  #leave(house: House): void {
    const { account } = house;
    const key = keyOf(account);
    const gone = this.#erase(house)
      .catch((error: unknown) => this.#options.log.error({ error, account: account.id }, 'an account was not erased'))
      .finally(() => this.#leaving.delete(key));
    this.#leaving.set(key, gone);
  }

  async #erase({ account, out }: House): Promise<void> {
    const { store, clock } = this.#options;
    const never = new AbortController().signal;
    // Again and again, for what the other half had taken before it heard of the removal comes late.
    for (let waited = 0; ; waited += FAREWELL_STEP_MS) {
      const given = await out.cancel({ code: 'closing' }, { started: true });
      const { entries } = await store.usage(account.id, 'in');
      if (this.#stopping) return;
      if (given === 0 && (entries === 0 || waited >= FAREWELL_MS)) break;
      await sleep(clock, FAREWELL_STEP_MS, never);
    }
    this.#houses.delete(account.id);
    await store.erase(account.id);
  }

  /** A step that a user waits for: tried once, and he is told. */
  async #write(step: Step): Promise<void> {
    try {
      await this.#options.store.step(step);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'full')
        throw new LinkError({ code: 'quota' }, { cause: error });
      throw error;
    }
  }
}

/** Nothing is opened in a realm that cannot be: a user would keep it for ever. `words`: why. */
function refuse(realm: string, words: string | undefined): void {
  if (realm !== '' && words === undefined) return;
  throw new LinkError({
    code: realm === '' ? 'not-found' : 'forbidden',
    ...(words !== undefined && { detail: words }),
  });
}

const keyOf = ({ transport, jid, realm = '' }: Pick<Account, 'transport' | 'jid' | 'realm'>): string =>
  `${transport} ${jid} ${realm}`;

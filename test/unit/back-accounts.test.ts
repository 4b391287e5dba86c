// Accounts come and go: logging in, logging in again, removal, restarts.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { ask, type AnyAdapter, type Session } from '../../src/adapter/api.ts';
import { Backend } from '../../src/back/back.ts';
import { Sealed } from '../../src/back/sealed.ts';
import { LinkError, type Front, type SessionStatus } from '../../src/link.ts';
import type { InBody } from '../../src/message/entry.ts';
import type { AccountId, Store } from '../../src/store/api.ts';
import { Vault } from '../../src/store/vault.ts';
import { ManualClock, turn, until } from '../support/clock.ts';
import { KeptLog, Network, domain, fault, front as owner, gate, storeOf } from '../support/out-bench.ts';
import { ailingStore } from '../support/store-with.ts';

const other = 'other.example.org';

class Bench {
  readonly clock = new ManualClock();
  readonly log = new KeptLog();
  readonly network = new Network();
  readonly store: Store;
  readonly credentials: unknown[] = [];
  readonly statuses: [AccountId, SessionStatus['state']][] = [];
  connect: () => Promise<Session> = () => Promise.resolve(this.network.session());
  full = false;
  back!: Backend;
  readonly #vault = new Vault(randomBytes(32).toString('base64'), 'test');

  private constructor(store: Store) {
    this.store = store;
  }

  static async open(t: TestContext): Promise<Bench> {
    const bench = new Bench(await storeOf(t));
    await bench.begin();
    return bench;
  }

  /** A process begins. */
  async begin(): Promise<void> {
    const front: Front = {
      wake: () => undefined,
      hint: () => undefined,
      session: (account, { state }) => void this.statuses.push([account, state]),
      contact: () => undefined,
      room: () => undefined,
      members: () => undefined,
      moved: () => undefined,
    };
    const store = ailingStore(this.store, 'step', () => this.full);
    const transport = (name: string) => ({
      ...{ domain: name, adapter: this.#adapter(name), config: {}, onUncertain: 'resend' as const, front },
    });
    this.back = new Backend({
      ...{
        store,
        sealed: new Sealed(this.store, this.#vault),
        key: new Uint8Array(32),
        clock: this.clock,
        log: this.log,
      },
      ...{ node: 'node', transports: [transport(domain), transport(other)] },
    });
    await this.back.start();
    await this.settle();
  }

  #adapter(name: string): AnyAdapter {
    const run = async function* () {
      const { token = '' } = yield* ask({ title: 'Log in', fields: [{ name: 'token', label: 'Token' }] });
      return { account: token.split('/')[0] ?? '', credentials: token };
    };
    return {
      ...{ api: 1, id: name, name, parseConfig: (input: unknown) => input },
      logins: [{ id: 'token', title: 'Token', run }],
      connect: (host) => {
        this.credentials.push(host.credentials);
        return name === other ? gate<Session>().promise : this.connect();
      },
    };
  }

  async login(token: string, jid = 'juliet@example.org', where = domain): Promise<AccountId> {
    const form = await this.back.login(where, jid, 'token');
    assert(form.type === 'form');
    const done = await this.back.proceed(form.flow, { token });
    if (done.type === 'refused') throw new LinkError(done.failure);
    assert(done.type === 'done');
    await this.settle();
    return done.account;
  }

  async write(account: AccountId, text: string): Promise<void> {
    const lane = { account, direction: 'out' as const, chat: 1, slot: 'main' as const };
    const body = {
      ...{ type: 'message', chat: { kind: 'direct', id: 'x' }, content: { text } },
      sender: { jid: 'juliet@example.org/a', id: text },
    };
    const fence = await this.store.acquire('test', 'node', 1_000);
    assert(fence);
    await this.store.step({ fence, append: [{ lane, owner: `account/${account}`, key: text, at: 1, body }] });
  }

  async told(account: AccountId): Promise<string[]> {
    const lanes = await this.store.lanes(owner);
    const told: string[] = [];
    for (const { lane } of lanes)
      if (lane.account === account)
        for (const { body } of await this.store.head(lane, 0, 100)) {
          const said = body as unknown as InBody;
          told.push(said.type === 'error' ? `${said.failure.code} ${said.to.id}` : said.type);
        }
    return told;
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 12; round += 1) {
      await this.store.usage(0);
      await turn();
    }
  }
}

const refused = (code: string) => (error: unknown) => error instanceof LinkError && error.failure.code === code;

test('a login opens an account, seals its credentials, and its session comes up with them', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.login('bot/1');
  assert.deepEqual(bench.credentials, ['bot/1']);
  assert.equal((await bench.back.status(id)).state, 'online');
  const sealed = await bench.store.secret(id, ['credentials']);
  assert.doesNotMatch(Buffer.from(sealed.get('credentials') ?? []).toString(), /bot/);
});

test('a remote account that another user holds is a conflict', async (t) => {
  const bench = await Bench.open(t);
  await bench.login('bot/1');
  await assert.rejects(bench.login('bot/2', 'romeo@example.org'), refused('conflict'));
  assert.equal(await bench.store.account(domain, 'romeo@example.org'), undefined);
});

test('logging in again renews the credentials; another remote account is refused and disturbs nothing', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.login('bot/1');
  await assert.rejects(bench.login('another/1'), refused('conflict'));
  assert.equal((await bench.back.status(id)).state, 'online');
  assert.equal(await bench.login('bot/2'), id);
  assert.deepEqual(bench.credentials, ['bot/1', 'bot/2']);
});

test('logging in again while the disk is full is refused as quota, and the old session comes back', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.login('bot/1');
  bench.full = true;
  await assert.rejects(bench.login('bot/2'), refused('quota'));
  bench.full = false;
  await bench.settle();
  assert.equal((await bench.back.status(id)).state, 'online');
  assert.deepEqual(bench.credentials, ['bot/1', 'bot/1']);
});

test('auth-lost is told once, and the account is parked also after a restart, until the user logs in', async (t) => {
  const bench = await Bench.open(t);
  bench.connect = () => Promise.reject(fault({ code: 'auth-lost' }, 'Revoked.'));
  const id = await bench.login('bot/1');
  await bench.settle();
  assert.deepEqual(await bench.told(id), ['notice']);
  await bench.back.stop();
  await bench.begin();
  assert.equal((await bench.back.status(id)).state, 'parked');
  assert.deepEqual([await bench.told(id), bench.credentials.length], [['notice'], 1]);
  bench.connect = () => Promise.resolve(bench.network.session());
  await bench.login('bot/2');
  assert.equal((await bench.back.status(id)).state, 'online');
});

test('a network that is away does not hold up the connecting of another', async (t) => {
  const bench = await Bench.open(t);
  for (let user = 0; user < 40; user += 1) await bench.login(`hang${user}`, `user${user}@example.org`, other);
  const id = await bench.login('bot/1');
  assert.equal((await bench.back.status(id)).state, 'online');
});

test('removal: closing, what is queued is given back, then every row is erased; the number is never used again', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.login('bot/1');
  bench.network.answer = () => gate<never>().promise;
  await bench.write(id, 'queued');
  const removed = bench.back.remove(id);
  await bench.settle();
  await removed;
  assert.equal((await bench.store.accountById(id))?.state, 'closing');
  await until('the error', async () => (await bench.told(id)).length > 0);
  assert.deepEqual(await bench.told(id), ['closing queued']);
  const lane = (await bench.store.lanes(owner))[0]?.lane;
  assert(lane);
  const [entry] = await bench.store.head(lane, 0, 1);
  const fence = await bench.store.acquire(owner, 'node', 1_000);
  assert(fence);
  await bench.store.step({ fence, move: [{ seq: entry?.seq ?? 0, to: 'settled' }] });
  await until('it is erased', async () => {
    await bench.clock.advance(50);
    return (await bench.store.accountById(id)) === undefined;
  });
  await bench.settle();
  await assert.rejects(async () => bench.back.retry(id), refused('not-registered'));
  assert((await bench.login('bot/3')) > id);
});

test('a removal that a crash cut short is finished, and what was queued is given back first', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.login('bot/1');
  await bench.back.stop();
  await bench.write(id, 'queued');
  const fence = await bench.store.acquire('test', 'node', 1_000);
  assert(fence);
  await bench.store.step({ fence, account: { id, state: 'closing' } });
  const connected = bench.credentials.length;
  await bench.begin();
  await until('the error', async () => (await bench.told(id)).length > 0);
  assert.deepEqual(await bench.told(id), ['closing queued']);
  await until('it is erased, the user away', async () => {
    await bench.clock.advance(1_000);
    return (await bench.store.accountById(id)) === undefined;
  });
  assert.equal(bench.credentials.length, connected);
});

test('an account that never got its credentials is parked, not tried without', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.store.open({ transport: domain, jid: 'juliet@example.org', remote: 'bot' });
  assert(typeof id === 'number');
  await bench.begin();
  await until('it is parked', async () => (await bench.back.status(id)).state === 'parked');
  assert.deepEqual(bench.credentials, []);
});

test('requests: offline without a session, unsupported without the method, timeout after 20 s', async (t) => {
  const bench = await Bench.open(t);
  const id = await bench.login('bot/1');
  await assert.rejects(bench.back.resolve(id, 'x'), refused('unsupported'));
  bench.connect = () => Promise.resolve(bench.network.session({ resolve: () => gate<undefined>().promise }));
  await bench.login('bot/2');
  const late = bench.back.resolve(id, 'x');
  late.catch(() => undefined);
  await bench.clock.advance(20_000);
  await assert.rejects(late, refused('timeout'));
  const away = await bench.login('hang', 'romeo@example.org', other);
  await assert.rejects(bench.back.resolve(away, 'x'), refused('offline'));
  await assert.rejects(async () => bench.back.status(9_999), refused('not-registered'));
});

test('commands of the network itself are listed without what runs them, and each runs in its own place', async (t) => {
  const bench = await Bench.open(t);
  const runs: unknown[] = [];
  const field = { name: 'nick', label: 'Nick' };
  const command = (on: 'account' | 'contact' | 'room', id = 'who') => ({
    ...{ id, on, title: `Who (${on})`, fields: [field] },
    run: (...asked: unknown[]) => Promise.resolve(`${on} ${runs.push(asked)}`),
  });
  const broken = {
    ...command('account', 'broken'),
    run: () => Promise.reject(fault({ code: 'rejected', reason: 'forbidden' })),
  };
  const commands = [command('account'), command('room'), broken];
  bench.connect = () => Promise.resolve(bench.network.session({ commands }));
  const id = await bench.login('bot/1');
  const listed = await bench.back.commands(id);
  assert.deepEqual(listed, JSON.parse(JSON.stringify(commands)));
  const { can } = await bench.back.status(id);
  assert.deepEqual([can.includes('roomCommands'), can.includes('contactCommands')], [true, false]);
  const room = { kind: 'group', id: 'garden' } as const;
  assert.equal(await bench.back.run(id, 'who', { nick: 'romeo' }), 'account 1');
  assert.equal(await bench.back.run(id, 'who', {}, room), 'room 2');
  assert.deepEqual(runs, [
    [{ nick: 'romeo' }, undefined],
    [{}, room],
  ]);
  await assert.rejects(bench.back.run(id, 'who', {}, { kind: 'direct', id: 'romeo' }), refused('not-found'));
  await assert.rejects(bench.back.run(id, 'broken', {}, room), refused('not-found'));
  await assert.rejects(bench.back.run(id, 'broken', {}), refused('forbidden'));
  const away = await bench.login('hang', 'romeo@example.org', other);
  await assert.rejects(bench.back.commands(away), refused('offline'));
});

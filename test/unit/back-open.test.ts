// Networks without a login: accounts open at their first use, one in each realm, and their users may set them up.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { AnyAdapter, Host, Session } from '../../src/adapter/api.ts';
import { Backend } from '../../src/back/back.ts';
import { Sealed } from '../../src/back/sealed.ts';
import { LinkError, type Front } from '../../src/link.ts';
import type { Store } from '../../src/store/api.ts';
import { Vault } from '../../src/store/vault.ts';
import { ManualClock, turn } from '../support/clock.ts';
import { KeptLog, Network, domain, fault, storeOf } from '../support/out-bench.ts';

const juliet = 'juliet@example.org';
const fields = [
  { name: 'nick', label: 'Nick', value: 'guest' },
  { name: 'password', label: 'Password', secret: true, optional: true },
] as const;

class Bench {
  readonly store: Store;
  readonly back: Backend;
  readonly hosts: Host<unknown, unknown, unknown>[] = [];
  connect: () => Promise<Session> = () => Promise.resolve(new Network().session());

  constructor(store: Store, more: Partial<AnyAdapter>) {
    this.store = store;
    const adapter: AnyAdapter = {
      ...{ api: 1, id: 'irc', name: 'IRC', logins: [], parseConfig: (input: unknown) => input, settings: fields },
      realm: () => '%',
      connect: (host) => {
        this.hosts.push(host);
        return this.connect();
      },
      ...more,
    };
    const nothing = (): undefined => undefined;
    const names = ['wake', 'hint', 'session', 'contact', 'room', 'members', 'moved'];
    const front = Object.fromEntries(names.map((name) => [name, nothing])) as unknown as Front;
    this.back = new Backend({
      ...{ store, key: new Uint8Array(32), clock: new ManualClock(), log: new KeptLog(), node: 'node' },
      sealed: new Sealed(store, new Vault(randomBytes(32).toString('base64'), 'test')),
      transports: [{ domain, adapter, config: {}, onUncertain: 'resend', front }],
    });
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      await this.store.usage(1);
      await turn();
    }
  }
}

async function bench(t: TestContext, more: Partial<AnyAdapter> = {}): Promise<Bench> {
  const made = new Bench(await storeOf(t), more);
  await made.back.start();
  t.after(() => made.back.stop());
  return made;
}
const coded = (code: string) => (error: unknown) => error instanceof LinkError && error.failure.code === code;

test('an account opens at its first use, however often that is asked for, and connects', async (t) => {
  const { back, hosts, store } = await bench(t);
  const opened = await Promise.all([1, 2, 3].map(() => back.open(domain, juliet, 'irc.example')));
  assert.equal(new Set(opened).size, 1);
  const other = await back.open(domain, juliet, 'irc.other');
  assert.notEqual(other, opened[0]);
  for (let round = 0; round < 20; round += 1) {
    await store.usage(1);
    await turn();
  }
  assert.deepEqual(
    hosts.map(({ realm, user }) => `${user} ${realm}`),
    ['juliet irc.example', 'juliet irc.other'],
  );
  assert.equal((await store.account(domain, juliet, 'irc.example'))?.id, opened[0]);
  assert.equal((await back.network(domain)).realm, '%');
});

test('a realm is named where there are realms and nowhere else; a login is not gone around', async (t) => {
  const { back } = await bench(t);
  await assert.rejects(back.open(domain, juliet), coded('not-found'));
  const one = await bench(t, { realm: () => undefined });
  await assert.rejects(one.back.open(domain, juliet, 'irc.example'), coded('not-found'));
  assert.equal(typeof (await one.back.open(domain, juliet)), 'number');
  const run = async function* () {} as never;
  const closed = await bench(t, { logins: [{ id: 'token', title: 'Token', run }] });
  await assert.rejects(closed.back.open(domain, juliet, 'irc.example'), coded('not-registered'));
});

test('where no realm of that name can be nothing is opened, and the adapter says why', async (t) => {
  const refuses = (realm: string): string | undefined => (realm === 'irc.example' ? undefined : `no ${realm}`);
  const { back, store } = await bench(t, { refuses });
  await assert.rejects(back.open(domain, juliet, 'irc.evil'), (error) => {
    assert(error instanceof LinkError);
    assert.deepEqual(error.failure, { code: 'forbidden', detail: 'no irc.evil' });
    return true;
  });
  await assert.rejects(back.open(domain, juliet, ''), coded('not-found'));
  assert.equal(await store.account(domain, juliet, 'irc.evil'), undefined);
  assert.equal(typeof (await back.open(domain, juliet, 'irc.example')), 'number');
});

test('what only the user can mend ends with his next use', async (t) => {
  const made = await bench(t);
  made.connect = () => Promise.reject(fault({ code: 'rejected', reason: 'forbidden' }));
  const id = await made.back.open(domain, juliet, 'irc.example');
  await made.settle();
  assert.equal((await made.back.status(id)).state, 'parked');
  made.connect = () => Promise.resolve(new Network().session());
  assert.equal(await made.back.open(domain, juliet, 'irc.example'), id);
  await made.settle();
  assert.equal((await made.back.status(id)).state, 'online');
  assert.equal((await made.store.accountById(id))?.state, 'active');
});

test('settings are kept sealed, handed to the adapter, and a change connects again', async (t) => {
  const made = await bench(t);
  const id = await made.back.open(domain, juliet, 'irc.example');
  await made.settle();
  await made.back.configure(id, { nick: 'jules', password: 'secret', stranger: 'x' });
  await made.settle();
  await made.back.configure(id, { nick: 'jul', password: '' });
  await made.settle();
  assert.deepEqual(
    made.hosts.map(({ settings }) => settings),
    [
      { nick: 'guest', password: '' },
      { nick: 'jules', password: 'secret' },
      { nick: 'jul', password: 'secret' },
    ],
  );
  assert.deepEqual(await made.back.settings(id), [{ ...fields[0], value: 'jul' }, fields[1]], 'no secret is shown');
});

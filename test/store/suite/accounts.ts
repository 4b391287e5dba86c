// Accounts: opening, erasing, and copies of the whole.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Scene } from '../suite.ts';
import { all, coded, owner } from '../build.ts';

const transport = 'net.example.org';

export function accountTests(scene: Scene): void {
  const close = (id: number) => scene.store.step({ fence: scene.bench.fence, account: { id, state: 'closing' } });

  describe('accounts', () => {
    test('there is one for each JID and one for each remote account of a transport', async () => {
      const { store } = scene;
      const open = (jid: string, remote: string, on = transport) => store.open({ transport: on, jid, remote });
      const id = await open('romeo@example.org', '7');
      assert.equal(typeof id, 'number');
      assert.equal(await open('romeo@example.org', '8'), 'jid-taken');
      assert.equal(await open('tybalt@example.org', '7'), 'remote-taken');
      assert.equal(typeof (await open('romeo@example.org', '7', 'other.example.org')), 'number');
      const racing = await Promise.all([open('nurse@example.org', '9'), open('nurse@example.org', '10')]);
      assert.deepEqual(
        racing.map((opened) => typeof opened),
        ['number', 'string'],
      );
      const account = { id, transport, jid: 'romeo@example.org', remote: '7', state: 'active' };
      assert.deepEqual(await store.account(transport, 'romeo@example.org'), account);
      assert.equal(await store.account(transport, 'nobody@example.org'), undefined);
      const own = (await all(store.accounts(transport))).map(({ jid }) => jid);
      assert.deepEqual(own, ['juliet@example.org', 'nurse@example.org', 'romeo@example.org']);
    });

    test('there may be one in each realm', async () => {
      const { store } = scene;
      const open = (realm: string, remote: string) =>
        store.open({ transport, jid: 'romeo@example.org', realm, remote });
      const [one, other] = [await open('irc.example', '1'), await open('irc.example.net', '2')];
      assert(typeof one === 'number' && typeof other === 'number' && one !== other);
      assert.equal(await open('irc.example', '3'), 'jid-taken');
      const account = {
        id: one,
        transport,
        jid: 'romeo@example.org',
        realm: 'irc.example',
        remote: '1',
        state: 'active',
      };
      assert.deepEqual(await store.account(transport, 'romeo@example.org', 'irc.example'), account);
      assert.deepEqual(await store.accountById(one), account);
      assert.equal(await store.account(transport, 'romeo@example.org'), undefined);
      const realms = (await all(store.accounts(transport))).map(({ realm }) => realm);
      assert.deepEqual(realms, [undefined, 'irc.example', 'irc.example.net']);
    });

    test('are walked page by page', async () => {
      const { store } = scene;
      const open = (index: number) =>
        store.open({ transport: 'big', jid: `u${index}@example.org`, remote: `${index}` });
      await Promise.all(Array.from({ length: 450 }, (_, index) => open(index)));
      const ids = new Set((await all(store.accounts('big'))).map(({ id }) => id));
      assert.equal(ids.size, 450);
    });

    test('erasing takes every row of a closing account, none of another, and frees JID and remote', async () => {
      const { store, bench, clock } = scene;
      const mine = bench.account;
      const other = await store.open({ transport, jid: 'romeo@example.org', remote: '2' });
      assert(typeof other === 'number');
      for (const account of [mine, other]) {
        const chats = await Promise.all(
          Array.from({ length: 600 }, (_, n) => store.chatNumber(account, `direct/${n}`)),
        );
        const at = { account, author: null, part: 0, at: 1, stanza: 's' };
        await store.step({
          fence: bench.fence,
          append: chats.map((chat) => bench.entry(`key ${chat}`, { lane: { ...bench.lane(chat), account } })),
          ids: chats.map((chat) => ({ ...at, chat, remote: `r${chat}` })),
          docs: chats.map((chat) => ({ account, kind: 'contact', key: `c${chat}`, value: 1 })),
          secrets: [{ account, key: 'token', value: Buffer.alloc(40, account) }],
        });
      }
      const chat = await store.chatNumber(mine, 'direct/1');
      await close(mine);
      await store.erase(mine);
      assert.deepEqual(await store.usage(mine), { entries: 0, bytes: 0 });
      assert.equal((await store.lanes(owner)).length, 600);
      assert.equal(await store.account(transport, 'juliet@example.org'), undefined);
      assert.deepEqual(await all(store.docs(mine, 'contact')), []);
      assert.deepEqual(await store.byStanza(mine, chat, 's'), []);
      assert.equal(await store.chatName(mine, chat), undefined);
      assert.equal((await store.sealers()).length, 1);
      assert.equal((await all(store.docs(other, 'contact'))).length, 600);
      assert.equal((await store.usage(other)).entries, 600);
      clock.now += 1;
      assert.deepEqual(await store.prune({ keys: clock.now }), { removed: 600 });

      const { jid, remote } = { jid: 'juliet@example.org', remote: 'remote of juliet@example.org' };
      await scene.restart();
      const again = await scene.store.account(transport, jid);
      assert(again !== undefined && again.remote === remote && again.id > other, 'numbers are not used again');
      assert((await scene.store.chatNumber(again.id, 'direct/1')) > chat + 600);
    });

    test('from the moment of erasing nothing late is written for the account, and its chats are forgotten', async () => {
      const { store, bench } = scene;
      await store.chatNumber(bench.account, 'direct/1');
      await bench.add('a');
      await close(bench.account);
      await bench.add('to be told that it is closing');
      const erasing = store.erase(bench.account);
      const late = bench.append(bench.entry('late'));
      await assert.rejects(late, coded('gone'));
      await erasing;
      await assert.rejects(store.chatNumber(bench.account, 'direct/1'), coded('gone'));
      await assert.rejects(close(bench.account), coded('gone'));
      await store.erase(bench.account);
    });

    test('an account that is not closing is not erased', async () => {
      const { store, bench } = scene;
      await bench.add('a');
      await assert.rejects(store.erase(bench.account), coded('invalid', /not closing/));
      assert.deepEqual(await bench.keys(), ['a']);
      await bench.add('b');
    });

    test('erasing that was cut short by a restart is finished by the next call', async () => {
      const { bench } = scene;
      const keys = Array.from({ length: 2_000 }, (_, index) => `key ${index}`);
      await bench.append(...keys.map((key) => bench.entry(key)));
      await close(bench.account);
      const cut = scene.store.erase(bench.account);
      const closing = scene.store.close();
      await assert.rejects(cut, coded('closed'));
      await closing;
      await scene.restart();
      const left = await scene.store.account(transport, 'juliet@example.org');
      assert.equal(left?.state, 'closing');
      await scene.store.erase(bench.account);
      assert.equal(await scene.store.accountById(bench.account), undefined);
      assert.deepEqual(await scene.store.lanes(owner), []);
    });
  });

  describe('backup', () => {
    test('is a copy that opens, taken while steps go on, and never overwrites', async () => {
      const { store, bench, place, clock } = scene;
      await bench.append(...Array.from({ length: 2_000 }, (_, index) => bench.entry(`key ${index}`)));
      const backup = store.backup(place.backupPath);
      await bench.add('meanwhile');
      await backup;
      await assert.rejects(store.backup(place.backupPath), coded('invalid', /exists/));
      const copy = await place.openBackup(() => clock.now);
      assert((await copy.usage(bench.account)).entries >= 2_000);
      assert.equal((await copy.account(transport, 'juliet@example.org'))?.id, bench.account);
      await copy.close();
    });
  });
}

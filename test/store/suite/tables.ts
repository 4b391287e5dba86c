// Ids, chats, documents and secrets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Doc, IdRow, Store } from '../../../src/store/api.ts';
import { all } from '../build.ts';
import type { Scene } from '../suite.ts';

export function tableTests(scene: Scene): void {
  const row = (more: Partial<IdRow>): IdRow => ({
    account: scene.bench.account,
    chat: 1,
    remote: 'r',
    part: 0,
    stanza: 's',
    author: null,
    at: 1,
    ...more,
  });
  const write = (...ids: readonly IdRow[]) => scene.store.step({ fence: scene.bench.fence, ids });
  const put = (key: string, value: Doc['value'], kind: Doc['kind'] = 'contact') =>
    scene.store.step({ fence: scene.bench.fence, docs: [{ account: scene.bench.account, kind, key, value }] });

  describe('ids', () => {
    test('lead from one remote message to its stanzas and from one stanza to its remote messages', async () => {
      const { store, bench } = scene;
      const rows = [
        row({ stanza: 's0' }),
        row({ part: 1, stanza: 's1' }),
        row({ remote: 'q', stanza: 's1', author: 'u' }),
      ];
      await write(...rows.toReversed());
      assert.deepEqual(await store.byRemote(bench.account, 1, 'r'), rows.slice(0, 2));
      assert.deepEqual(await store.byStanza(bench.account, 1, 's1'), [rows[2], rows[1]]);
      assert.deepEqual(await store.byStanza(bench.account, 2, 's1'), []);
      assert.deepEqual(await store.byRemote(bench.account + 1, 1, 'r'), []);
    });

    test('are found without a chat, for networks whose deletes name none', async () => {
      const { store, bench } = scene;
      await write(row({ chat: 1 }), row({ chat: 2 }));
      assert.equal((await store.byRemote(bench.account, undefined, 'r')).length, 2);
      assert.deepEqual(await store.byRemote(bench.account, 2, 'r'), [row({ chat: 2 })]);
    });

    test('of one part are written once: the first stays', async () => {
      await write(row({ stanza: 'first' }));
      await write(row({ stanza: 'second' }));
      const found = await scene.store.byRemote(scene.bench.account, 1, 'r');
      assert.deepEqual(
        found.map(({ stanza }) => stanza),
        ['first'],
      );
    });
  });

  describe('chats', () => {
    test('have one number for each account and name, also after a restart, and lead back to the name', async () => {
      const { store, bench } = scene;
      const asked = ['direct/1', 'direct/2', 'direct/1'].map((name) => store.chatNumber(bench.account, name));
      const [one, two, again] = await Promise.all(asked);
      assert(one !== undefined && one > 0);
      assert.deepEqual([again === one, two === one], [true, false]);
      assert.notEqual(await store.chatNumber(0, 'direct/1'), one);
      await scene.restart();
      assert.equal(await scene.store.chatNumber(bench.account, 'direct/1'), one);
      assert.equal(await scene.store.chatName(bench.account, one), 'direct/1');
      assert.equal(await scene.store.chatName(0, one), undefined);
      assert.equal(await scene.store.chatName(bench.account, 0), undefined);
    });

    test('go by another name: both lead to the number, which says the new one', async () => {
      const { store, bench } = scene;
      const { account, fence } = bench;
      const chat = await store.chatNumber(account, 'group/1');
      const taken = await store.chatNumber(account, 'group/2');
      await store.step({ fence, rename: [{ account, chat, name: 'group/2' }] });
      const check = async (open: Store): Promise<void> => {
        assert.equal(await open.chatNumber(account, 'group/1'), chat);
        assert.equal(await open.chatNumber(account, 'group/2'), chat);
        assert.equal(await open.chatName(account, chat), 'group/2');
        assert.equal(await open.chatName(account, taken), 'group/2');
      };
      await check(store);
      await scene.restart();
      await check(scene.store);
    });

    test("go by another name only where they are the account's", async () => {
      const { store, bench } = scene;
      const other = await store.open({ transport: 'net.example.org', jid: 'b@example.org', remote: 'b' });
      assert(typeof other === 'number');
      const chat = await store.chatNumber(bench.account, 'group/1');
      await store.step({ fence: bench.fence, rename: [{ account: other, chat, name: 'group/2' }] });
      assert.equal(await store.chatName(bench.account, chat), 'group/1');
      assert.notEqual(await store.chatNumber(other, 'group/2'), chat);
    });
  });

  describe('documents', () => {
    test('are written over, and deleted by null', async () => {
      const { store, bench } = scene;
      await put('a', { name: 'one', gone: undefined });
      await put('a', ['two']);
      assert.deepEqual(await store.doc(bench.account, 'contact', 'a'), ['two']);
      assert.equal(await store.doc(bench.account, 'member', 'a'), undefined);
      assert.equal(await store.doc(0, 'contact', 'a'), undefined);
      await put('a', null);
      await put('never there', null);
      assert.equal(await store.doc(bench.account, 'contact', 'a'), undefined);
    });

    test('are walked by kind and prefix, page by page, each once', async () => {
      const { store, bench } = scene;
      const keys = Array.from({ length: 450 }, (_, index) => `p/${String(index).padStart(4, '0')}`);
      await Promise.all([...keys, '', 'p', 'p0', 'q/1', 'o/9'].map((key) => put(key, key)));
      await put('p/other kind', 1, 'member');
      const found = await all(store.docs(bench.account, 'contact', 'p/'));
      assert.deepEqual(
        found.map((doc) => doc.key),
        keys,
      );
      assert.deepEqual(found[7], { account: bench.account, kind: 'contact', key: 'p/0007', value: 'p/0007' });
      assert.equal((await all(store.docs(bench.account, 'contact'))).length, 455);
      assert.deepEqual(await all(store.docs(bench.account, 'contact', 'x')), []);
    });
  });

  describe('secrets', () => {
    test('come back byte for byte, by name and by prefix, and are deleted by null', async () => {
      const { store, bench } = scene;
      const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
      const secret = (key: string, value: Uint8Array | null) => ({ account: bench.account, key, value });
      const written = [secret('state/a', bytes), secret('state/b', new Uint8Array(8)), secret('token', bytes)];
      await store.step({ fence: bench.fence, secrets: written });
      await store.step({ fence: bench.fence, secrets: [secret('state/b', null)] });
      const [found, ...more] = await all(store.secrets(bench.account, 'state/'));
      assert.deepEqual([found?.key, more.length], ['state/a', 0]);
      assert.deepEqual(Buffer.from(found?.value ?? []), Buffer.from(bytes));
      assert.equal((await store.secret(bench.account, ['state/b'])).size, 0);
      assert.equal((await store.secret(0, ['token'])).size, 0);
    });

    test('tell which keys sealed them, each once', async () => {
      const { store, bench } = scene;
      const sealed = (key: string, head: string) => ({
        account: bench.account,
        key,
        value: Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc(40)]),
      });
      assert.deepEqual(await store.sealers(), []);
      const heads = ['00000000000000aa', 'ff000000000000bb'];
      const secrets = [sealed('1', heads[0] ?? ''), sealed('2', heads[1] ?? ''), sealed('3', heads[1] ?? '')];
      await store.step({ fence: bench.fence, secrets });
      assert.deepEqual((await store.sealers()).toSorted(), heads);
      await store.step({ fence: bench.fence, secrets: [sealed('1', heads[1] ?? '')] });
      assert.deepEqual(await store.sealers(), [heads[1]]);
    });
  });
}

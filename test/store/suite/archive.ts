// Archives of groups, as XEP-0313 needs them of an engine.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ArchivePage, ArchiveQuery, ArchiveRow } from '../../../src/store/api.ts';
import { coded } from '../build.ts';
import type { Scene } from '../suite.ts';

const chat = 1;

export function archiveTests(scene: Scene): void {
  const row = (id: string, more: Partial<ArchiveRow> = {}): ArchiveRow => ({
    ...{ account: scene.bench.account, chat, id, key: `key of ${id}`, from: 'romeo', at: 1_000, body: { text: id } },
    ...more,
  });
  const add = (...rows: readonly ArchiveRow[]) => scene.store.step({ fence: scene.bench.fence, archive: rows });
  const addAll = (ids: string, more: (id: string, index: number) => Partial<ArchiveRow> = () => ({})) =>
    add(...[...ids].map((id, index) => row(id, { at: 1_000 * (index + 1), ...more(id, index) })));
  const ask = (more: Partial<ArchiveQuery> = {}) =>
    scene.store.archive({ account: scene.bench.account, chat, limit: 100, ...more });
  /** What a query brings in short: ids, a dot where that is all, total and index. */
  const told = (page: ArchivePage | undefined): string => {
    if (page === undefined) return 'unknown';
    const count = page.count === undefined ? '' : ` ${page.count.index}/${page.count.total}`;
    return `${page.rows.map(({ id }) => id).join('')}${page.complete ? '.' : ''}${count}`;
  };
  const get = async (more: Partial<ArchiveQuery> = {}): Promise<string> => told(await ask(more));

  describe('archive', () => {
    test('a row comes back as it was written, also after a restart', async () => {
      await add(row('a', { from: null, body: { deep: ['ünïcode', 1] } }));
      const expected = row('a', { from: null, body: { deep: ['ünïcode', 1] } });
      assert.deepEqual((await ask())?.rows, [{ ...expected, arrived: 1_000 }]);
      await scene.restart();
      assert.deepEqual((await ask())?.rows, [{ ...expected, arrived: 1_000 }]);
    });

    test('an archive that has no row is empty and complete', async () => {
      assert.equal(await get(), '. 0/0');
      assert.equal(await get({ last: true }), '. 0/0');
      assert.equal(await get({ from: ['romeo'] }), '.');
      assert.equal(await get({ start: 5, end: 9 }), '. 0/0');
    });

    test('rows of different chats and accounts do not mix', async () => {
      const other = await scene.store.open({ transport: 'net.example.org', jid: 'b@example.org', remote: 'b' });
      assert(typeof other === 'number');
      await add(row('a'), row('b', { chat: 2 }), row('c', { account: other }), row('d'));
      assert.equal(await get(), 'ad. 0/2');
      assert.equal(await get({ chat: 2 }), 'b. 0/1');
      assert.equal(await get({ account: other }), 'c. 0/1');
      assert.equal(await get({ after: 'b' }), 'unknown');
      assert.equal(await get({ ids: ['c'] }), 'unknown');
    });

    test('a row whose key is known is skipped, and leaves no gap', async () => {
      await addAll('ab');
      await add(row('x', { key: 'key of a' }), row('c', { at: 3_000 }));
      assert.equal(await get(), 'abc. 0/3');
      assert.equal(await get({ after: 'b' }), 'c. 2/3');
      await add(row('y', { key: 'key of a', chat: 2 }));
      assert.equal(await get({ chat: 2 }), 'y. 0/1', 'keys of one chat are not those of another');
    });

    test('an id that is known is skipped', async () => {
      await addAll('ab');
      await add(row('a', { key: 'other' }), row('c'));
      assert.equal(await get(), 'abc. 0/3');
    });

    test('a step that is refused writes no row, and one is written together with its entry', async () => {
      await assert.rejects(add(row('a'), row('b', { account: 77 })), coded('gone'));
      await assert.rejects(add(row('a'), row('b', { at: Number.NaN })), coded('invalid'));
      assert.equal(await get(), '. 0/0');
      await scene.store.step({
        ...{ fence: scene.bench.fence, archive: [row('a')], append: [scene.bench.entry('e')] },
      });
      assert.equal(await get(), 'a. 0/1');
      assert.deepEqual(await scene.bench.keys(), ['e']);
    });

    describe('pages', () => {
      test('forwards: limit, behind a row, to the end', async () => {
        await addAll('abcde');
        assert.equal(await get({ limit: 2 }), 'ab 0/5');
        assert.equal(await get({ limit: 2, after: 'b' }), 'cd 2/5');
        assert.equal(await get({ limit: 2, after: 'd' }), 'e. 4/5');
        assert.equal(await get({ limit: 2, after: 'c' }), 'de. 3/5');
        assert.equal(await get({ limit: 2, after: 'e' }), '. 5/5');
      });

      test('backwards: the last ones, in order, and those in front of a row', async () => {
        await addAll('abcde');
        assert.equal(await get({ limit: 2, last: true }), 'de 3/5');
        assert.equal(await get({ limit: 2, last: true, before: 'd' }), 'bc 1/5');
        assert.equal(await get({ limit: 2, last: true, before: 'b' }), 'a. 0/5');
        assert.equal(await get({ limit: 2, last: true, before: 'a' }), '. 0/5');
      });

      test('between two rows, from either side', async () => {
        await addAll('abcde');
        assert.equal(await get({ limit: 2, after: 'a', before: 'e' }), 'bc 1/5');
        assert.equal(await get({ limit: 2, after: 'a', before: 'e', last: true }), 'cd 2/5');
        assert.equal(await get({ limit: 3, after: 'a', before: 'e', last: true }), 'bcd. 1/5');
      });

      test('from a number on', async () => {
        await addAll('abcde');
        assert.equal(await get({ index: 3 }), 'de. 3/5');
        assert.equal(await get({ index: 1, limit: 2 }), 'bc 1/5');
        assert.equal(await get({ index: 9 }), '. 5/5');
        assert.equal(await get({ index: 1, start: 2_000, limit: 1 }), 'c 1/4');
        await assert.rejects(get({ index: 1, from: ['romeo'] }), coded('invalid'));
      });

      test('none at all: a count', async () => {
        await addAll('abc');
        assert.equal(await get({ limit: 0 }), ' 0/3');
      });

      test('with an id that is not there', async () => {
        await addAll('ab');
        for (const name of ['after', 'before', 'afterId', 'beforeId'] as const)
          assert.equal(await get({ [name]: 'x' }), 'unknown', name);
      });
    });

    describe('filters', () => {
      test('by time: both ends included, exact counts', async () => {
        await addAll('abcde');
        assert.equal(await get({ start: 2_000 }), 'bcde. 0/4');
        assert.equal(await get({ start: 2_001 }), 'cde. 0/3');
        assert.equal(await get({ end: 4_000 }), 'abcd. 0/4');
        assert.equal(await get({ end: 3_999 }), 'abc. 0/3');
        assert.equal(await get({ start: 2_000, end: 4_000, limit: 1, last: true }), 'd 2/3');
        assert.equal(await get({ start: 9_000 }), '. 0/0');
        assert.equal(await get({ start: 4_000, end: 2_000 }), '. 0/0');
        assert.equal(await get({ start: 2_000, after: 'a', limit: 1 }), 'b 0/4', 'the row may lie outside');
      });

      test('by rows: they count only what lies between', async () => {
        await addAll('abcde');
        assert.equal(await get({ afterId: 'a', beforeId: 'e' }), 'bcd. 0/3');
        assert.equal(await get({ afterId: 'a', after: 'b', limit: 1 }), 'c 1/4');
        assert.equal(await get({ beforeId: 'a' }), '. 0/0');
      });

      test('by who said it', async () => {
        const authors = ['romeo', null, 'romeo', 'tybalt', 'romeo'];
        await addAll('abcde', (_id, index) => ({ from: authors[index] ?? null }));
        assert.equal(await get({ from: ['romeo'] }), 'ace.');
        assert.equal(await get({ from: ['romeo'], limit: 2 }), 'ac');
        assert.equal(await get({ from: ['romeo'], limit: 2, last: true }), 'ce');
        assert.equal(await get({ from: ['romeo'], limit: 2, last: true, before: 'e' }), 'ac.');
        assert.equal(await get({ from: [null, 'tybalt'] }), 'bd.');
        assert.equal(await get({ from: [null, 'romeo', 'romeo'], start: 2_000, limit: 2 }), 'bc');
        assert.equal(await get({ from: ['nobody'] }), '.');
        assert.equal(await get({ from: [] }), '.');
        assert.equal(await get({ from: [''] }), '.', 'an empty id is not the account');
      });

      test('by ids: in the order of the archive, each once', async () => {
        await addAll('abcde');
        assert.equal(await get({ ids: ['d', 'a', 'd'] }), 'ad. 0/2');
        assert.equal(await get({ ids: ['d', 'x'] }), 'unknown');
        assert.equal(await get({ ids: ['d', 'a', 'c'], limit: 1, after: 'a' }), 'c 1/3');
        assert.equal(await get({ ids: ['d', 'a', 'c'], start: 2_000 }), 'cd. 0/2');
        assert.equal(await get({ ids: ['d', 'a'], from: ['tybalt'] }), '.');
        assert.equal(await get({ ids: ['d', 'a', 'c'], index: 2 }), 'd. 2/3');
      });
    });

    describe('the old end', () => {
      test('history goes in front, in its own order, and counts stay exact', async () => {
        await addAll('de', (_id, index) => ({ at: 50_000 + index }));
        await add(row('b', { end: 'old', at: 20_000 }), row('c', { end: 'old', at: 30_000 }));
        await add(row('a', { end: 'old', at: 10_000 }), row('f', { at: 60_000 }));
        assert.equal(await get(), 'abcdef. 0/6');
        assert.equal(await get({ after: 'b', limit: 1 }), 'c 2/6');
        assert.equal(await get({ start: 20_000, end: 50_000 }), 'bcd. 0/3');
        assert.equal(await get({ index: 1, limit: 2 }), 'bc 1/6');
      });

      test('history of an empty archive, and what is known already', async () => {
        await add(row('a', { end: 'old' }), row('b', { end: 'old' }));
        await add(row('x', { end: 'old' }), row('y', { end: 'old', key: 'key of a' }));
        assert.equal(await get(), 'xab. 0/3');
      });
    });

    describe('time among neighbours', () => {
      const arrived = async () => (await ask())?.rows.map((each) => each.arrived);

      test('never goes back, whatever was told', async () => {
        await add(row('a', { at: 5_000 }), row('b', { at: 4_000 }), row('c', { at: 6_000 }));
        assert.deepEqual(await arrived(), [5_000, 5_000, 6_000]);
        assert.equal(await get({ start: 5_000, end: 5_000 }), 'ab. 0/2');
        await add(row('d', { end: 'old', at: 7_000 }));
        assert.deepEqual(await arrived(), [5_000, 5_000, 5_000, 6_000]);
      });

      test('is not after the clock, so one wrong time moves no other', async () => {
        await add(row('a', { at: scene.clock.now + 9_000_000 }));
        scene.clock.now += 10;
        await add(row('b', { at: scene.clock.now }));
        assert.deepEqual(await arrived(), [scene.clock.now - 10, scene.clock.now]);
      });
    });

    test('ends', async () => {
      const ends = () => scene.store.archiveEnds(scene.bench.account, chat);
      assert.equal(await ends(), undefined);
      await addAll('abc');
      assert.deepEqual(await ends(), { first: { id: 'a', at: 1_000 }, last: { id: 'c', at: 3_000 } });
    });

    describe('prune', () => {
      test('takes from the old end what arrived before a time', async () => {
        await addAll('abcde');
        assert.deepEqual(await scene.store.prune({ archive: { before: 3_000 } }), { removed: 2 });
        assert.equal(await get(), 'cde. 0/3');
        assert.equal(await get({ after: 'b' }), 'unknown');
        assert.equal(await get({ after: 'c' }), 'de. 1/3');
        assert.equal(await get({ start: 4_000 }), 'de. 0/2');
      });

      test('takes of each chat what is more than so many rows', async () => {
        await addAll('abcde');
        await addAll('xyz', () => ({ chat: 2 }));
        assert.deepEqual(await scene.store.prune({ archive: { rows: 2 } }), { removed: 4 });
        assert.equal(await get(), 'de. 0/2');
        assert.equal(await get({ chat: 2 }), 'yz. 0/2');
      });

      test('takes a whole archive, which goes on with what comes next', async () => {
        await addAll('abc');
        await scene.store.prune({ archive: { before: 9_000 } });
        assert.equal(await get(), '. 0/0');
        await add(row('d', { at: 9_000 }));
        assert.equal(await get(), 'd. 0/1');
      });

      test('works in slices: many rows, many chats, and steps between', async () => {
        const many = Array.from({ length: 1_000 }, (_each, index) => row(`m${index}`, { at: index }));
        const chats = Array.from({ length: 120 }, (_each, index) => row(`c${index}`, { chat: index + 10, at: 5 }));
        await add(...many, ...chats);
        const pruning = scene.store.prune({ archive: { before: 900, rows: 1_000 } });
        await add(row('new', { at: 2_000 }));
        assert.deepEqual(await pruning, { removed: 900 + 120 });
        const page = await ask({ limit: 1 });
        assert.equal(page?.rows[0]?.id, 'm900');
        assert.deepEqual(page.count, { total: 101, index: 0 });
      });
    });

    test('erasing an account takes its archives and no others', async () => {
      const other = await scene.store.open({ transport: 'net.example.org', jid: 'b@example.org', remote: 'b' });
      assert(typeof other === 'number');
      await add(...Array.from({ length: 1_200 }, (_each, index) => row(`m${index}`)), row('z', { account: other }));
      await scene.store.step({
        ...{ fence: scene.bench.fence, account: { id: scene.bench.account, state: 'closing' } },
      });
      await scene.store.erase(scene.bench.account);
      assert.equal(await get(), '. 0/0');
      assert.equal(await get({ account: other }), 'z. 0/1');
      await assert.rejects(add(row('late')), coded('gone'));
    });

    test('a copy of the store holds it', async () => {
      await addAll('abc');
      await scene.store.backup(scene.place.backupPath);
      const copy = await scene.place.openBackup(() => 0);
      assert.equal(told(await copy.archive({ account: scene.bench.account, chat, limit: 9 })), 'abc. 0/3');
      await copy.close();
    });
  });
}

// Lanes: order, idempotency, what became of an entry, and how long it is kept.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Move } from '../../../src/store/api.ts';
import type { Scene } from '../suite.ts';
import { owner } from '../build.ts';

const MINUTE = 60_000;

export function laneTests(scene: Scene): void {
  const move = (...moves: readonly Move[]) => scene.store.step({ fence: scene.bench.fence, move: moves });

  describe('lane', () => {
    test('gives its entries in order of append, whole, also after a restart', async () => {
      const { bench } = scene;
      const body = { text: 'smörgås \u{1f680} \u0000 \ud800', nested: [null, 1.5, { deep: true }] };
      const seq = await bench.add('first', { at: 1_700_000_000_000, body, stanza: 'base' });
      await bench.add('second');
      await bench.add('elsewhere', { lane: bench.lane(2) });
      await scene.restart();
      const entries = await scene.store.head(bench.lane(), 0, 10);
      assert.deepEqual(entries[0], {
        seq,
        lane: bench.lane(),
        owner,
        state: 'queued',
        key: 'first',
        at: 1_700_000_000_000,
        body,
        stanza: 'base',
        starts: 0,
        done: 0,
        notBefore: 0,
      });
      assert.deepEqual(await scene.bench.keys(), ['first', 'second']);
      assert.deepEqual(
        (await scene.store.head(bench.lane(), seq, 10)).map((entry) => entry.key),
        ['second'],
      );
      assert.equal((await scene.store.head(bench.lane(), 0, 1)).length, 1);
    });

    test('is told apart by account, direction, chat and slot', async () => {
      const { store, bench } = scene;
      const other = await store.open({ transport: 'net.example.org', jid: 'romeo@example.org', remote: '2' });
      assert(typeof other === 'number');
      const lanes = [bench.lane(), bench.lane(2), bench.lane(1, 'in'), bench.lane(1, 'out', 'read')];
      lanes.push({ ...bench.lane(), account: other });
      for (const [index, lane] of lanes.entries()) await bench.add(`key ${index}`, { lane });
      for (const [index, lane] of lanes.entries()) assert.deepEqual(await bench.keys(lane), [`key ${index}`]);
    });

    test('is summed up for its owner, and for nobody else', async () => {
      const { store, bench } = scene;
      const first = await bench.add('a', { body: 'four' });
      const last = await bench.add('b', { body: 'x' });
      await bench.add('c', { lane: bench.lane(2), owner: 'stream/net.example.org' });
      const summary = { lane: bench.lane(), first, last, count: 2, bytes: 9 };
      assert.deepEqual(await store.lanes(owner), [summary]);
      await scene.restart();
      assert.deepEqual(await scene.store.lanes(owner), [summary]);
      assert.deepEqual(await scene.store.usage(bench.account), { entries: 3, bytes: 9 + 12 });
      await scene.bench.settle(first, last);
      assert.deepEqual(await scene.store.lanes(owner), []);
      assert.equal((await scene.store.lanes('stream/net.example.org')).length, 1);
    });

    test('belongs to the owner of its newest entry', async () => {
      const { store, bench } = scene;
      await bench.add('a');
      await bench.add('b', { owner: 'account/other' });
      assert.deepEqual(await store.lanes(owner), []);
      await scene.restart();
      assert.equal((await scene.store.lanes('account/other'))[0]?.count, 2);
    });

    test('usage counts what waits, by direction', async () => {
      const { store, bench } = scene;
      const seq = await bench.add('out', { body: 'xx' });
      await bench.add('in', { body: 'xxx', lane: bench.lane(1, 'in') });
      assert.deepEqual(await store.usage(bench.account, 'out'), { entries: 1, bytes: 4 });
      assert.deepEqual(await store.usage(bench.account, 'in'), { entries: 1, bytes: 5 });
      await bench.settle(seq);
      assert.deepEqual(await store.usage(bench.account), { entries: 1, bytes: 5 });
    });

    test('never gives out a number twice, also when its last entry was erased before a restart', async () => {
      const { store, bench } = scene;
      const seq = await bench.add('a');
      await bench.settle(seq);
      scene.clock.now += MINUTE;
      await store.prune({ settled: scene.clock.now });
      await scene.restart();
      assert((await scene.bench.add('b')) > seq);
    });
  });

  describe('idempotency', () => {
    test('the same key in one account and direction is one entry, whatever the lane and slot', async () => {
      const { bench } = scene;
      const seqs = await bench.append(
        bench.entry('a'),
        bench.entry('a', { lane: bench.lane(2) }),
        bench.entry('a', { lane: bench.lane(1, 'in') }),
      );
      assert.deepEqual(
        seqs.map((seq) => typeof seq),
        ['number', 'undefined', 'number'],
      );
    });

    test('a key outlives its entry until it is pruned itself', async () => {
      const { store, bench } = scene;
      await bench.settle(await bench.add('a'));
      scene.clock.now += MINUTE;
      assert.deepEqual(await store.prune({ settled: scene.clock.now }), { removed: 1 });
      await scene.restart();
      assert.deepEqual(await scene.bench.append(bench.entry('a')), [undefined]);
      assert.deepEqual(await scene.store.prune({ keys: scene.clock.now }), { removed: 1 });
      await scene.bench.add('a');
    });

    test('a key from before `since` counts as new, and as seen again', async () => {
      const { bench, clock } = scene;
      const started = clock.now;
      await bench.add('a');
      clock.now += MINUTE;
      assert.deepEqual(await bench.append(bench.entry('a', { since: started })), [undefined]);
      await bench.add('a', { since: started + 1 });
      assert.deepEqual(await bench.append(bench.entry('a', { since: started + 1 })), [undefined]);
    });
  });

  describe('replaces', () => {
    test('the unstarted entries of the lane give way, started ones stay', async () => {
      const { bench } = scene;
      const lane = bench.lane(1, 'out', 'read');
      const [started] = await bench.append(bench.entry('1', { lane, replaces: true }));
      assert(started !== undefined);
      await move({ seq: started, to: 'started' });
      await bench.append(bench.entry('2', { lane, replaces: true }), bench.entry('3', { lane, replaces: true }));
      assert.deepEqual(await bench.keys(lane), ['1', '3']);
      await scene.restart();
      assert.deepEqual(await scene.bench.keys(lane), ['1', '3']);
      assert.deepEqual(await scene.store.usage(bench.account), { entries: 2, bytes: 24 });
    });

    test('a known key replaces nothing', async () => {
      const { bench } = scene;
      const lane = bench.lane(1, 'out', 'read');
      await bench.append(bench.entry('1', { lane }), bench.entry('2', { lane, replaces: true }));
      await bench.append(bench.entry('1', { lane, replaces: true }));
      assert.deepEqual(await bench.keys(lane), ['2']);
    });
  });

  describe('move', () => {
    test('started counts, and the first plan stays', async () => {
      const { bench } = scene;
      const seq = await bench.add('a');
      await move({ seq, to: 'started', plan: ['one', 'two'] });
      await move({ seq, to: 'started', plan: ['other'] });
      await move({ seq, to: 'started' });
      await scene.restart();
      const entry = await scene.bench.first();
      assert.deepEqual([entry.starts, entry.plan], [3, ['one', 'two']]);
    });

    test('parts are settled one by one and never come back', async () => {
      const { bench } = scene;
      const seq = await bench.add('a');
      await move({ seq, to: 'part', done: 2 });
      await move({ seq, to: 'part', done: 1 });
      assert.equal((await bench.first()).done, 2);
    });

    test('a settled part and a known failure end the attempt: only starts without an end are counted', async () => {
      const { bench } = scene;
      const seq = await bench.add('a');
      await move({ seq, to: 'started', plan: ['x', 'y'] }, { seq, to: 'part', done: 1 });
      assert.equal((await bench.first()).starts, 0);
      await move({ seq, to: 'started' }, { seq, to: 'later', notBefore: 1, why: 'temporary' }, { seq, to: 'started' });
      assert.equal((await bench.first()).starts, 1);
    });

    test('later keeps the entry at its place, with time and reason', async () => {
      const { bench } = scene;
      const seq = await bench.add('a');
      await bench.add('b');
      await move({ seq, to: 'later', notBefore: 77.5, why: 'temporary' });
      const entry = await bench.first();
      assert.deepEqual([entry.key, entry.notBefore, entry.why], ['a', 77, 'temporary']);
    });

    test('settled and failed end the waiting; failed ones are listed for the account', async () => {
      const { store, bench } = scene;
      const [settled, failed, other] = [await bench.add('a'), await bench.add('b'), await bench.add('c')];
      await move({ seq: settled, to: 'settled' }, { seq: failed, to: 'failed', why: 'rejected' });
      assert.deepEqual(await bench.keys(), ['c']);
      const [entry, ...more] = await store.failed(bench.account, 10);
      assert.deepEqual([entry?.seq, entry?.state, entry?.why, more.length], [failed, 'failed', 'rejected', 0]);
      assert.deepEqual(await store.failed(bench.account + 1, 10), []);
      await move({ seq: other, to: 'failed', why: 'later' });
      assert.equal((await store.failed(bench.account, 1))[0]?.seq, failed);
      assert.deepEqual(
        (await store.failed(bench.account, 9, failed)).map(({ seq }) => seq),
        [other],
      );
    });

    test('what was settled last of an owner is known by its distance from the last, however long ago that was', async () => {
      const { store, bench, clock } = scene;
      const [old, late, last] = [await bench.add('a'), await bench.add('b'), await bench.add('c')];
      const foreign = await bench.add('d', { lane: bench.lane(2), owner: 'stream/net.example.org' });
      const failed = await bench.add('e');
      assert.deepEqual(await store.lately(owner, 5_000), []);
      await move({ seq: old, to: 'settled' });
      clock.now += 5_001;
      await move(
        { seq: last, to: 'settled' },
        { seq: foreign, to: 'settled' },
        { seq: failed, to: 'failed', why: 'x' },
      );
      await move({ seq: late, to: 'settled' });
      clock.now += MINUTE;
      await scene.restart();
      assert.deepEqual(await scene.store.lately(owner, 5_000), [late, last]);
      assert.deepEqual(await scene.store.lately(owner, 5_001), [old, late, last]);
      const tried: readonly Move[] = [
        { seq: late, to: 'queued' },
        { seq: late, to: 'started' },
      ];
      await move(...tried, { seq: late, to: 'settled' });
      assert.deepEqual(await scene.store.lately(owner, MINUTE * 2), [old, last]);
    });

    test('a bounce finds the settled entry by its stanza, and it may fail for good', async () => {
      const { store, bench } = scene;
      const seq = await bench.add('a', { stanza: 'base' });
      await bench.settle(seq);
      assert.deepEqual([(await store.bounced(bench.account, 'base'))?.state], ['settled']);
      assert.equal(await store.bounced(bench.account, 'other'), undefined);
      assert.equal(await store.bounced(bench.account + 1, 'base'), undefined);
      await move({ seq, to: 'failed', why: 'service-unavailable' });
      assert.equal((await store.bounced(bench.account, 'base'))?.why, 'service-unavailable');
      assert.deepEqual(await bench.keys(), []);
    });

    test('revived entries are back at their old place, unstarted, with their parts unless told otherwise', async () => {
      const { bench } = scene;
      const [a, b, c] = [await bench.add('a'), await bench.add('b'), await bench.add('c')];
      await move({ seq: a, to: 'started', plan: ['x', 'y'] }, { seq: a, to: 'part', done: 1 });
      await move({ seq: a, to: 'settled' }, { seq: b, to: 'failed', why: 'poison' });
      await move({ seq: b, to: 'queued' }, { seq: a, to: 'queued' }, { seq: c, to: 'queued' });
      assert.deepEqual(await bench.keys(), ['a', 'b', 'c']);
      const entry = await bench.first();
      assert.deepEqual([entry.starts, entry.done, entry.plan, entry.why], [0, 1, ['x', 'y'], undefined]);
      await move({ seq: a, to: 'settled' }, { seq: a, to: 'queued', done: 0 });
      await scene.restart();
      assert.deepEqual(await scene.bench.keys(), ['a', 'b', 'c']);
      assert.equal((await scene.bench.first()).done, 0);
      assert.equal((await scene.store.usage(bench.account)).entries, 3);
    });

    test('of an entry that is no longer kept is passed over', async () => {
      const { store, bench } = scene;
      const seq = await bench.add('a');
      await bench.settle(seq);
      scene.clock.now += MINUTE;
      await store.prune({ settled: scene.clock.now });
      const moves = ['settled', 'queued', 'started'] as const;
      await move(...moves.map((to) => ({ seq, to })), { seq, to: 'failed', why: '' }, { seq, to: 'part', done: 1 });
      assert.deepEqual(await bench.keys(), []);
    });
  });

  describe('prune', () => {
    test('takes what ended before the time, each kind by its own, and never what waits', async () => {
      const { store, bench, clock } = scene;
      const [settled, failed] = [await bench.add('settled'), await bench.add('failed')];
      await bench.add('waits');
      await move({ seq: settled, to: 'settled' }, { seq: failed, to: 'failed', why: 'x' });
      clock.now += MINUTE;
      const late = await bench.add('late', { stanza: 'late' });
      await bench.settle(late);
      assert.deepEqual(await store.prune({ settled: clock.now - MINUTE }), { removed: 0 });
      assert.deepEqual(await store.prune({ settled: clock.now }), { removed: 1 });
      assert.equal((await store.failed(bench.account, 9)).length, 1);
      assert.deepEqual(await store.prune({ failed: clock.now }), { removed: 1 });
      assert.equal((await store.bounced(bench.account, 'late'))?.seq, late);
      assert.deepEqual(await bench.keys(), ['waits']);
    });

    test('finds what a clock that was set back has left', async () => {
      const { store, bench, clock } = scene;
      clock.now += 100 * MINUTE;
      await bench.settle(await bench.add('future'));
      clock.now -= 90 * MINUTE;
      await bench.settle(await bench.add('now'));
      clock.now += 5 * MINUTE;
      assert.deepEqual(await store.prune({ settled: clock.now }), { removed: 1 });
      clock.now += 100 * MINUTE;
      assert.deepEqual(await store.prune({ settled: clock.now }), { removed: 1 });
    });

    test('goes on in slices over thousands of rows while steps are answered in between', async () => {
      const { store, bench, clock } = scene;
      const keys = Array.from({ length: 3_000 }, (_, index) => `key ${index}`);
      const seqs = await bench.append(...keys.map((key) => bench.entry(key)));
      const row = { account: bench.account, chat: 1, part: 0, stanza: 's', author: null };
      await store.step({ fence: bench.fence, ids: keys.map((remote, at) => ({ ...row, remote, at })) });
      await bench.settle(...seqs.filter((seq, index) => index % 2 === 0 && seq !== undefined).map(Number));
      clock.now += MINUTE;
      let pruned = false;
      const pruning = store.prune({ settled: clock.now, keys: clock.now, ids: 1_000 }).then((result) => {
        pruned = true;
        return result;
      });
      let between = 0;
      while (!pruned) {
        await bench.add(`between ${between}`);
        between += 1;
      }
      assert.deepEqual(await pruning, { removed: 1_500 + 3_000 + 1_000 });
      assert(between >= 10, `only ${between} steps got in between`);
      assert.equal((await store.usage(bench.account)).entries, 1_500 + between);
      assert.equal((await store.byRemote(bench.account, 1, 'key 999')).length, 0);
      assert.equal((await store.byRemote(bench.account, 1, 'key 1000')).length, 1);
    });
  });
}

// The only way in: commit().
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, LogEvent, Sent } from '../../src/adapter/api.ts';
import { MOST_WAITING } from '../../src/back/inbox.ts';
import { InboxBench as Bench } from '../support/inbox-bench.ts';
import { gate } from '../support/out-bench.ts';

const message = (key: string, more: object = {}): LogEvent => ({
  ...{ type: 'message', key, chat: { kind: 'direct', id: 'romeo' }, from: 'romeo', at: 1, content: { text: key } },
  ...more,
});
const said = (...keys: readonly string[]): Batch<unknown, unknown> => ({ events: keys.map((key) => message(key)) });

test('events, cursor, state and credentials land together; the front is woken then', async (t) => {
  const bench = await Bench.open(t);
  const batch = { ...said('a', 'b'), cursor: { offset: 7 }, credentials: 'new', state: { ratchet: Buffer.from('x') } };
  await bench.inbox().commit(batch);
  assert.deepEqual(
    [await bench.keys(), bench.woken],
    [
      ['event/a', 'event/b'],
      ['event/a', 'event/b'],
    ],
  );
  assert.deepEqual(await bench.sealed.open(bench.account, ['cursor', 'credentials']), [{ offset: 7 }, 'new']);
  const state = await bench.sealed.state(bench.account).get(['ratchet']);
  assert.equal(Buffer.from(state.get('ratchet') ?? []).toString(), 'x');
});

test('the same key twice is one event, also after a restart', async (t) => {
  const bench = await Bench.open(t);
  await bench.inbox().commit(said('a', 'b'));
  await bench.inbox().commit(said('b', 'c'));
  assert.deepEqual(await bench.keys(), ['event/a', 'event/b', 'event/c']);
});

test('commits land in call order, however many are under way and whatever they must look up', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox();
  const keys = Array.from({ length: 50 }, (_, index) => `m${index}`);
  const events = keys.map((key, index) => (index % 3 ? message(key) : message(key, { from: null, id: `id ${key}` })));
  await Promise.all(events.map((event) => inbox.commit({ events: [event] })));
  assert.deepEqual(
    await bench.keys(),
    keys.map((key) => `event/${key}`),
  );
});

test('disk full: commit() does not resolve until all of it has landed, and goes on by itself', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox();
  bench.full = true;
  const order: string[] = [];
  const [a, b] = [inbox.commit(said('a')), inbox.commit(said('b'))];
  void a.then(() => order.push('a'));
  void b.then(() => order.push('b'));
  await bench.pass(5_000);
  assert.deepEqual(order, []);
  bench.full = false;
  await bench.pass(1_000);
  assert.deepEqual(
    [order, await bench.keys()],
    [
      ['a', 'b'],
      ['event/a', 'event/b'],
    ],
  );
  assert.deepEqual(bench.ends, []);
});

test('no batch lands after one that did not: the session begins anew', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox();
  const huge = { ...said('a'), state: { big: new Uint8Array(1_048_577) } };
  const [first, second] = [inbox.commit(huge), inbox.commit(said('b'))];
  await assert.rejects(first, RangeError);
  await assert.rejects(second, RangeError);
  await assert.rejects(inbox.commit(said('c')), RangeError);
  assert.deepEqual([await bench.keys(), bench.ends], [[], ['a commit failed']]);
});

test('a session that is taken away commits nothing, and what waited for room is rejected', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox({ most: 1 });
  await inbox.commit(said('a'));
  const waits = inbox.commit(said('b'));
  await bench.settle();
  bench.session.abort();
  await assert.rejects(waits);
  await assert.rejects(inbox.commit(said('c')));
  assert.deepEqual([await bench.keys(), bench.ends], [['event/a'], []]);
});

test('the bound is 50,000 entries; then commit() waits, goes on with room, and nothing is dropped', async (t) => {
  assert.equal(MOST_WAITING, 50_000);
  const bench = await Bench.open(t);
  const inbox = bench.inbox({ most: 3 });
  await inbox.commit(said('a', 'b', 'c'));
  let landed = false;
  const waits = inbox.commit(said('d')).then(() => (landed = true));
  await bench.pass(30_000);
  assert.equal(landed, false);
  const [first] = await bench.store.head(bench.lane(1), 0, 1);
  await bench.store.step({ fence: bench.fence, move: [{ seq: first?.seq ?? 0, to: 'settled' }] });
  await bench.pass(1_000);
  await waits;
  assert.deepEqual(await bench.keys(), ['event/b', 'event/c', 'event/d']);
  assert.deepEqual(bench.ends, []);
});

test('after 60 s without room the session is closed', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox({ most: 1 });
  await inbox.commit(said('a'));
  const waits = inbox.commit(said('b'));
  await bench.pass(59_000);
  assert.deepEqual(bench.ends, []);
  await bench.pass(2_000);
  assert.deepEqual(bench.ends, ['the user reads too slowly']);
  bench.session.abort();
  await assert.rejects(waits);
});

test('the echo of an own message, its id in the map, is dropped; one from another device is not', async (t) => {
  const bench = await Bench.open(t);
  const chat = await bench.store.chatNumber(bench.account, 'direct/romeo');
  const row = { account: bench.account, chat, remote: 'sent', part: 0, stanza: 's', author: null, at: 1 };
  await bench.store.step({ fence: bench.fence, ids: [row] });
  const own = (key: string, id: string): LogEvent => message(key, { from: null, id });
  await bench.inbox().commit({ events: [own('echo', 'sent'), own('phone', 'other')] });
  assert.deepEqual(await bench.keys(chat), ['event/phone']);
});

test('an own message is not shown while a send of its chat is in flight', async (t) => {
  const bench = await Bench.open(t);
  const chat = await bench.store.chatNumber(bench.account, 'direct/romeo');
  const sending = gate<void>();
  const asked: (string | undefined)[] = [];
  bench.echo = (number, token, sent: Sent) => {
    asked.push(`${number} ${token} ${sent.id}`);
    return sending.promise;
  };
  const commit = bench.inbox().commit({ events: [message('echo', { from: null, id: '77', token: 't' })] });
  await bench.settle();
  assert.deepEqual([asked, await bench.keys(chat)], [[`${chat} t 77`], []]);
  const row = { account: bench.account, chat, remote: '77', part: 0, stanza: 's', author: null, at: 1 };
  await bench.store.step({ fence: bench.fence, ids: [row] });
  sending.open();
  await commit;
  assert.deepEqual(await bench.keys(chat), []);
});

test('an own message waits at most 30 s for a send', async (t) => {
  const bench = await Bench.open(t);
  bench.echo = () => gate<void>().promise;
  const commit = bench.inbox().commit({ events: [message('phone', { from: null, id: '77' })] });
  await bench.pass(30_000);
  await commit;
  assert.deepEqual(await bench.keys(), ['event/phone']);
});

test('what commits one after the other say of a contact adds up, also when none waits for the one before', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox();
  const about = (more: object) => inbox.commit({ events: [{ type: 'contact', user: 'romeo', ...more }] });
  await Promise.all([about({ name: 'Romeo' }), about({ listed: true }), about({ asks: true }), about({ name: 'R.' })]);
  const document = await bench.store.doc(bench.account, 'contact', 'romeo');
  assert.deepEqual(document, { name: 'R.', listed: true, asks: true });
  assert.deepEqual(bench.contacts, ['romeo', 'romeo', 'romeo', 'romeo']);
  await about({ name: 'R.' }); // no news
  assert.equal(bench.contacts.length, 4);
});

test('a retraction that names no chat is placed by its target; without it there is nothing to show', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox();
  await inbox.commit({ events: [message('a', { id: '1' })] });
  const retract = (key: string, target: string): LogEvent => ({ type: 'retract', key, target, at: 2 });
  await inbox.commit({ events: [retract('r1', '1'), retract('r2', 'unknown')] });
  assert.deepEqual(await bench.keys(), ['event/a', 'event/r1']);
});

const edited = (key: string, target: string): LogEvent => ({
  ...{ type: 'edit', key, target, chat: { kind: 'direct', id: 'romeo' }, from: 'romeo', at: 2, content: { text: key } },
});
const retracted = (key: string, target: string): LogEvent => ({
  ...{ type: 'retract', key, target, chat: { kind: 'direct', id: 'romeo' }, from: 'romeo', at: 2 },
});
const reacted = (key: string, target: string): LogEvent => ({
  ...{ type: 'react', key, target, chat: { kind: 'direct', id: 'romeo' }, from: 'romeo', at: 2, emojis: ['👍'] },
});

test('an edit, a reaction, a reply and a deletion name the stanza that they are about', async (t) => {
  const bench = await Bench.open(t);
  const inbox = bench.inbox();
  const reply = message('reply', { content: { text: 'yes', replyTo: { id: 'm1' } } });
  await inbox.commit({ events: [message('a', { id: 'm1' }), edited('b', 'm1')] });
  await inbox.commit({ events: [reacted('c', 'm1'), reply, retracted('d', 'm1')] });
  const bodies = (await bench.store.head(bench.lane(1), 0, 10)).map(({ body }) => body as Record<string, unknown>);
  const reference = { stanza: 'direct/romeo {"remote":"m1"}', mine: false };
  assert.deepEqual(
    bodies.map(({ target, reply: answered }) => target ?? answered),
    [undefined, reference, reference, reference, reference],
  );
});

test('of what is not known an edit is shown, a reaction is not, and a deletion waits for its message', async (t) => {
  const bench = await Bench.open(t);
  await bench.inbox().commit({ events: [edited('a', 'm1'), reacted('b', 'm2'), retracted('c', 'm3')] });
  assert.deepEqual(await bench.keys(), ['event/a']);
  await bench.inbox().commit({ events: [message('d', { id: 'm3' }), message('e', { id: 'm3' })] });
  assert.deepEqual(await bench.keys(), ['event/a', 'event/e']);
});

test('a reaction that comes before its message is known waits for the send that is under way', async (t) => {
  const bench = await Bench.open(t);
  const sending = gate<void>();
  bench.echo = () => sending.promise;
  const committed = bench.inbox().commit({ events: [reacted('a', 'm1')] });
  await bench.settle();
  const { account, fence } = bench;
  const row = { account, chat: 1, remote: 'm1', part: 0, stanza: 'mine', author: null, at: 1 };
  await bench.store.step({ fence, ids: [row] });
  sending.open();
  await committed;
  const [entry] = await bench.store.head(bench.lane(1), 0, 10);
  assert.deepEqual((entry?.body as Record<string, unknown>)['target'], { stanza: 'mine', mine: true });
});

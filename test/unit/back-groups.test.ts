// What comes in of groups: documents, members, moves, and what was said, which is archived as it is shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chat, LogEvent, NetworkEvent } from '../../src/adapter/api.ts';
import type { ArchivedBody, InBody } from '../../src/message/entry.ts';
import { archiveId } from '../../src/message/ids.ts';
import type { ArchivedRow } from '../../src/store/api.ts';
import { InboxBench } from '../support/inbox-bench.ts';

const garden: Chat = { kind: 'group', id: 'garden' };
const message = (key: string, more: object = {}): LogEvent => ({
  ...{ type: 'message', key, id: key, chat: garden, from: 'romeo', at: 1, content: { text: key } },
  ...more,
});
const change = (type: 'edit' | 'react' | 'retract', key: string, target: string, more: object = {}): LogEvent => ({
  ...{ type, key, target, chat: garden, from: 'romeo', at: 2, content: { text: key }, emojis: ['👍'] },
  ...more,
});

async function archive(bench: InboxBench, chat = 1): Promise<readonly ArchivedRow[]> {
  return (await bench.store.archive({ account: bench.account, chat, limit: 100 }))?.rows ?? [];
}
async function shown(bench: InboxBench, chat = 1): Promise<InBody[]> {
  return (await bench.store.head(bench.lane(chat), 0, 100)).map(({ body }) => body as unknown as InBody);
}
const keys = (rows: readonly ArchivedRow[]): string[] => rows.map(({ key }) => key);

test('what is said in a group and its archive row are one step; a key that comes again adds neither', async (t) => {
  const bench = await InboxBench.open(t);
  const said = [message('a'), change('edit', 'b', 'a'), change('react', 'c', 'a'), change('retract', 'd', 'a')];
  await bench.inbox().commit({ events: said });
  await bench.inbox().commit({ events: said });
  const [rows, bodies] = [await archive(bench), await shown(bench)];
  assert.deepEqual(keys(rows), ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    rows.map(({ body }) => body),
    bodies,
  );
  const first = rows[0]?.id;
  for (const body of bodies.slice(1)) {
    assert(body.type === 'event');
    assert.deepEqual(body.target, { stanza: first, mine: false, archived: first });
  }
  const entries = await bench.store.head(bench.lane(1), 0, 100);
  assert.deepEqual(
    entries.map(({ stanza }) => stanza),
    rows.map(({ id }) => id),
    'what a client can name is one id',
  );
});

test('neither read markers nor failures are archived', async (t) => {
  const bench = await InboxBench.open(t);
  const about = { chat: garden, from: 'romeo', at: 2 };
  const read = { type: 'read', key: 'r', upTo: 'a', level: 'read', ...about } as const;
  const failed = { type: 'failed', key: 'f', target: 'a', reason: 'blocked', ...about } as const;
  await bench.inbox().commit({ events: [message('a'), read, failed] });
  assert.deepEqual([keys(await archive(bench)), await bench.keys()], [['a'], ['event/a', 'event/r', 'event/f']]);
});

test('who set a topic stands with it until there is another one', async (t) => {
  const bench = await InboxBench.open(t);
  const topic = async (more: object): Promise<unknown> => {
    await bench.inbox().commit({ events: [{ type: 'chat', chat: garden, ...more }] });
    return bench.store.doc(bench.account, 'chat', 'group/garden');
  };
  const roses = { topic: 'Roses', topicBy: 'romeo', topicAt: 5 };
  assert.deepEqual(await topic(roses), roses);
  assert.deepEqual(await topic({ topic: 'Roses' }), roses, 'said again');
  assert.deepEqual(await topic({ name: 'Garden' }), { ...roses, name: 'Garden' });
  assert.deepEqual(await topic({ topic: 'Lilies' }), { topic: 'Lilies', name: 'Garden' });
  assert.deepEqual(await topic({ topic: '', topicBy: null }), { topic: '', topicBy: null, name: 'Garden' });
});

test('a retraction that names no chat finds its group', async (t) => {
  const bench = await InboxBench.open(t);
  await bench.inbox().commit({ events: [message('a')] });
  await bench.inbox().commit({ events: [{ type: 'retract', key: 'r', target: 'a', at: 2 }] });
  const rows = await archive(bench);
  assert.deepEqual([keys(rows), rows[1]?.from], [['a', 'r'], '']);
});

test('what the account says from another device is shown as its own; the echo of what went through us is not', async (t) => {
  const bench = await InboxBench.open(t);
  await bench.inbox().commit({ events: [message('a')] });
  const row = { account: bench.account, chat: 1, remote: 'sent', part: 0, stanza: 'mine', author: null, at: 1 };
  await bench.store.step({ fence: bench.fence, ids: [row] });
  const inbox = bench.inbox({ isOurs: (token) => token === 'ours' });
  const own = (key: string, more: object) => message(key, { from: null, id: undefined, ...more });
  await inbox.commit({ events: [own('b', { id: 'sent' }), own('c', { token: 'ours' }), own('d', { id: 'phone' })] });
  const rows = await archive(bench);
  assert.deepEqual([keys(rows), rows[1]?.from], [['a', 'd'], null]);
  const reaction = change('react', 'e', 'sent');
  await inbox.commit({ events: [reaction] });
  const last = (await shown(bench)).at(-1);
  assert(last?.type === 'event');
  const archived = archiveId(new Uint8Array(32), bench.account, 1, { remote: 'sent', at: 1 });
  assert.deepEqual(last.target, { stanza: 'mine', mine: true, archived });
});

test('old events go to the archive alone, in their place', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  await inbox.commit({ events: [message('a', { old: true }), message('b', { old: true }), message('c')] });
  assert.deepEqual([keys(await archive(bench)), await bench.keys()], [['a', 'b', 'c'], ['event/c']]);
});

test('what was said before the archive begins goes to its old end, once, and is shown to nobody', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  await inbox.commit({ events: [message('d')] });
  const past = [message('a'), message('b'), message('c'), message('d')];
  assert.equal(await inbox.add(past, 'past'), 3);
  assert.equal(await inbox.add(past, 'past'), 0);
  assert.deepEqual([keys(await archive(bench)), await bench.keys()], [['a', 'b', 'c', 'd'], ['event/d']]);
  await inbox.commit({ events: [change('react', 'e', 'b')] });
  assert.deepEqual((await bench.keys()).at(-1), 'event/e', 'it can be referred to');
});

test('what was missed is shown, with its time, before what is newer, which waits for it', async (t) => {
  const bench = await InboxBench.open(t);
  await bench.inbox().commit({ events: [message('a')] });
  const filled = Promise.withResolvers<void>();
  const inbox = bench.inbox({ gap: { chats: new Set(['group/garden']), filled: filled.promise } });
  const news = inbox.commit({ events: [message('d')] });
  await bench.settle();
  assert.equal(await inbox.add([message('a'), message('b', { old: true }), message('c', { old: true })], 'missed'), 2);
  filled.resolve();
  await news;
  assert.deepEqual(keys(await archive(bench)), ['a', 'b', 'c', 'd']);
  assert.deepEqual(await bench.keys(), ['event/a', 'event/b', 'event/c', 'event/d']);
  const old = (await archive(bench)).map(({ body }) => {
    const said = body as unknown as ArchivedBody;
    return said.type === 'event' && 'old' in said.event && said.event.old;
  });
  assert.deepEqual(old.slice(1, 3), [true, true]);
});

const chat = (more: object): NetworkEvent => ({ type: 'chat', chat: garden, ...more });
const members = (...users: readonly string[]): NetworkEvent => ({
  ...{ type: 'members', chat: garden, complete: true },
  members: users.map((user) => ({ user, role: 'member' })),
});

test('what was told last of members is on disk with the event: all behind the newest complete list', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  const lately = (): Promise<unknown> => bench.store.doc(bench.account, 'member', 'lately/group/garden');
  const goes = (user: string): NetworkEvent => ({ type: 'members', chat: garden, members: [{ user, role: 'none' }] });
  await inbox.commit({ events: [goes('tybalt'), members('romeo', 'paris'), goes('paris')] });
  const list = {
    members: [
      { user: 'romeo', role: 'member' },
      { user: 'paris', role: 'member' },
    ],
    complete: true,
  };
  const gone = { members: [{ user: 'paris', role: 'none' }] };
  assert.deepEqual(await lately(), [list, gone]);
  await bench.clock.advance(5_000);
  await inbox.commit({ events: [goes('romeo')] });
  assert.deepEqual(await lately(), [{ members: [{ user: 'romeo', role: 'none' }] }], 'older ones are in the snapshot');
  await inbox.commit({ events: [members(...Array.from({ length: 201 }, (_, index) => `guest${index}`))] });
  assert.deepEqual(await lately(), [], 'those of a large room are not written twice');
});

test('how a group is adds up to its document, and the front hears of it and of its members in order', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  await Promise.all([
    inbox.commit({ events: [chat({ name: 'Garden', joined: true }), members('romeo', 'juliet')] }),
    inbox.commit({ events: [chat({ topic: 'Roses' }), members('romeo')] }),
    inbox.commit({ events: [chat({ topic: 'Roses' })] }),
  ]);
  const document = { name: 'Garden', joined: true, topic: 'Roses' };
  assert.deepEqual(await bench.store.doc(bench.account, 'chat', 'group/garden'), document);
  const told = ['room garden', 'members garden romeo,juliet all', 'room garden', 'members garden romeo all'];
  assert.deepEqual(bench.told, told);
});

const moved: NetworkEvent = { type: 'moved', from: garden, to: { kind: 'group', id: 'park' } };

test('a group that moves keeps number and archive; what comes late for its old id reaches the new one', async (t) => {
  const bench = await InboxBench.open(t);
  await bench.inbox().commit({ events: [chat({ name: 'Garden', joined: true }), message('a')] });
  const inbox = bench.inbox();
  await inbox.commit({ events: [moved, message('late'), message('b', { chat: moved.to }), moved] });
  await inbox.commit({ events: [members('romeo')] });
  assert.deepEqual(bench.told, ['room garden', 'moved garden park', 'members park romeo all']);
  assert.deepEqual(keys(await archive(bench)), ['a', 'late', 'b']);
  const chats = (await shown(bench)).map(
    (body) => body.type === 'event' && 'chat' in body.event && body.event.chat?.id,
  );
  assert.deepEqual(chats, ['garden', 'park', 'park']);
  const { store, account } = bench;
  const [old, now] = [await store.doc(account, 'chat', 'group/garden'), await store.doc(account, 'chat', 'group/park')];
  assert.deepEqual(
    [old, now, await store.chatName(account, 1)],
    [undefined, { name: 'Garden', joined: true }, 'group/park'],
  );
  await bench.moves.load();
  assert.deepEqual(bench.moves.of(garden), moved.to, 'also after a restart');
  await bench.inbox().commit({ events: [{ type: 'moved', from: moved.to, to: garden }] });
  assert.deepEqual([bench.moves.of(moved.to), await store.chatName(account, 1)], [garden, 'group/garden'], 'and back');
});

test('limits of a chat are known as soon as they are on disk, and after a restart', async (t) => {
  const bench = await InboxBench.open(t);
  const limits = { chatRate: { count: 20, perMs: 60_000 } };
  await bench.inbox().commit({ events: [chat({ limits }), moved] });
  const park = { kind: 'group', id: 'park' } as const;
  assert.deepEqual([bench.limits.of(garden), bench.limits.of(park)], [undefined, limits]);
  await bench.limits.load(bench.account, bench.store);
  assert.deepEqual([bench.limits.of(garden), bench.limits.of(park)], [undefined, limits]);
});

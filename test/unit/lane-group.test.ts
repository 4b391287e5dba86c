// What a user does in a group: reflected and archived when the network has taken it, and in the same step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chat, Session } from '../../src/adapter/api.ts';
import type { ArchivedBody, OutBody } from '../../src/message/entry.ts';
import type { ArchivedRow } from '../../src/store/api.ts';
import { OutBench, fault, gate, uncertain } from '../support/out-bench.ts';

const garden: Chat = { kind: 'group', id: 'garden' };
const sender = (id: string) => ({ jid: 'juliet@example.org/balcony', id, receipt: true }) as const;
const say = (id: string): OutBody => ({ type: 'message', chat: garden, content: { text: id }, sender: sender(id) });

async function archive(bench: OutBench): Promise<readonly ArchivedRow[]> {
  return (await bench.store.archive({ account: bench.account, chat: 1, limit: 100 }))?.rows ?? [];
}
/** What the room is told, and that it is what the archive has. */
async function reflected(bench: OutBench): Promise<readonly string[]> {
  const entries = await bench.store.head({ ...bench.lane(), direction: 'in' }, 0, 100);
  const own = entries.filter(({ key }) => key.startsWith('own/'));
  const rows = await archive(bench);
  assert.deepEqual(
    rows.map(({ key, body }) => ({ key, body })),
    own.map(({ key, body }) => ({ key, body })),
  );
  for (const { id, body, from } of rows) {
    assert.equal((body as unknown as ArchivedBody).archived, id);
    assert.equal(from, null);
  }
  return rows.map(({ body }) => {
    const said = body as unknown as ArchivedBody;
    return said.type === 'own' ? `${said.body.type} ${said.body.sender.id}` : said.type;
  });
}

/** Calls of what is done to messages, as the network sees them. */
function deeds(calls: string[]): Partial<Session> {
  return {
    edit: (_, target, { text }) => Promise.resolve(void calls.push(`edit ${target} ${text}`)),
    retract: (_, target) => Promise.resolve(void calls.push(`retract ${target}`)),
    react: (_, target, emojis) => Promise.resolve(void calls.push(`react ${target} ${emojis.join('')}`)),
    read: (_, target) => Promise.resolve(void calls.push(`read ${target}`)),
  };
}

test('a message is reflected when the network has it, not before, and there is no receipt', async (t) => {
  const bench = await OutBench.open(t);
  const taken = gate<{ id: string }>();
  bench.network.answer = () => taken.promise;
  bench.online();
  await bench.accept(say('m1'));
  await bench.settle();
  assert.deepEqual(await reflected(bench), []);
  taken.open({ id: 'r1' });
  await bench.settle();
  assert.deepEqual([await reflected(bench), await bench.told()], [['message m1'], ['own m1']]);
});

test('what the network refuses is not reflected; its sender is told', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.failing(fault({ code: 'rejected', reason: 'forbidden' }));
  bench.online();
  await bench.accept(say('m1'));
  await bench.settle();
  assert.deepEqual([await archive(bench), await bench.told()], [[], ['forbidden m1']]);
});

test('what was sent in several parts is reflected once, as it was written, when all of it is there', async (t) => {
  const bench = await OutBench.open(t);
  let sent = 0;
  bench.network.answer = () => {
    sent += 1;
    if (sent === 2) throw uncertain();
    return { id: `r${sent}`, at: 1_000 };
  };
  bench.online({ limits: { text: 4 } });
  await bench.accept({ ...say('m1'), content: { text: 'abcdefgh' } } as OutBody);
  await bench.settle();
  await bench.begin(); // killed between the parts
  bench.online({ limits: { text: 4 } });
  await bench.pass(1_000);
  assert.deepEqual(await reflected(bench), ['message m1']);
  const [row] = await archive(bench);
  const said = row?.body as unknown as ArchivedBody;
  assert(said.type === 'own' && said.body.type === 'message');
  assert.equal(said.body.content.text, 'abcdefgh');
  assert.equal(row?.at, 1_000, 'its time is that of its first part');
});

test('edit, reaction and retraction are reflected, and may name a message by its stanza-id', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = ({ text }) => ({ id: `r ${text}`, at: 5 });
  const calls: string[] = [];
  bench.online(deeds(calls));
  await bench.accept(say('m1'));
  await bench.settle();
  const [row] = await archive(bench);
  const archived = row?.id ?? '';
  const about = { chat: garden, target: archived } as const;
  await bench.accept({ ...about, type: 'react', emojis: ['👍'], sender: sender('s2') });
  await bench.accept({ ...about, type: 'edit', target: 'm1', content: { text: 'x' }, sender: sender('s3') });
  await bench.accept({ ...about, type: 'read', sender: sender('s4') });
  await bench.accept({ ...about, type: 'retract', sender: sender('s5') });
  for (let rounds = 0; rounds < 4; rounds += 1) await bench.settle();
  assert.deepEqual(calls, ['react r m1 👍', 'edit r m1 x', 'read r m1', 'retract r m1']);
  assert.deepEqual(await reflected(bench), ['message m1', 'react s2', 'edit s3', 'retract s5']);
});

test('a stanza-id names one message, also where the client gave its id to several', async (t) => {
  const bench = await OutBench.open(t);
  let sent = 0;
  bench.network.answer = () => ({ id: `r${(sent += 1)}`, at: sent });
  const calls: string[] = [];
  bench.online(deeds(calls));
  await bench.accept({ ...say('1'), content: { text: 'one' } } as OutBody);
  await bench.accept({ ...say('1'), content: { text: 'two' } } as OutBody);
  await bench.settle();
  for (const { id } of await archive(bench))
    await bench.accept({ type: 'react', chat: garden, target: id, emojis: ['👍'], sender: sender('s') });
  await bench.settle();
  assert.deepEqual(calls, ['react r1 👍', 'react r2 👍']);
});

test('what waits for a group that has moved is sent and reflected where it is now', async (t) => {
  const bench = await OutBench.open(t);
  await bench.accept(say('m1'));
  bench.moved.set('garden', { kind: 'group', id: 'park' });
  bench.online();
  await bench.settle();
  assert.deepEqual(
    bench.network.calls.map(({ chat }) => chat),
    ['park'],
  );
  const said = (await archive(bench))[0]?.body as unknown as ArchivedBody;
  assert(said.type === 'own');
  assert.equal(said.body.chat.id, 'park');
});

test('a network without ids shows by the token that it has it', async (t) => {
  const bench = await OutBench.open(t);
  bench.network.answer = () => ({});
  bench.online();
  const seq = await bench.accept(say('m1'));
  assert.equal(bench.lanes.isOurs(`token ${seq}.0`), false);
  await bench.settle();
  assert.deepEqual([bench.lanes.isOurs(`token ${seq}.0`), await reflected(bench)], [true, ['message m1']]);
});

test('a chat may have limits of its own: what a message holds, and how often', async (t) => {
  const bench = await OutBench.open(t);
  bench.limits.set('garden', { text: 4, chatRate: { count: 1, perMs: 10_000 } });
  bench.online({ limits: { text: 1_000 } });
  await bench.accept({ ...say('m1'), content: { text: 'abcdefgh' } } as OutBody);
  await bench.write(['unlimited', 'here'], { chat: 2 });
  await bench.settle();
  assert.deepEqual(bench.network.texts.toSorted(), ['abcd', 'here', 'unlimited']);
  await bench.pass(10_000);
  assert.deepEqual(bench.network.texts.at(-1), 'efgh');
});

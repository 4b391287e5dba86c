// What a network remembers: gaps are filled before what is newer, and the past goes to the archive's old end.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Chat, LogEvent, Session } from '../../src/adapter/api.ts';
import { openGap } from '../../src/back/gap.ts';
import { History } from '../../src/back/history.ts';
import { archiveId } from '../../src/message/ids.ts';
import type { Json } from '../../src/store/api.ts';
import { turn } from '../support/clock.ts';
import { InboxBench } from '../support/inbox-bench.ts';
import { Network, OutBench } from '../support/out-bench.ts';

const garden: Chat = { kind: 'group', id: 'garden' };
const said = (at: number): LogEvent => ({
  ...{ type: 'message', key: `m${at}`, id: `${at}`, chat: garden, from: 'romeo', at, content: { text: `${at}` } },
});

/** A network that remembers so many messages. */
function remembering(last: number, asked: string[] = []): Session {
  const all = Array.from({ length: last }, (_, index) => said(index + 1));
  return new Network().session({
    history: async (_, { before, limit }) => {
      asked.push(`${before ?? 'end'} ${limit}`);
      const end = before === undefined ? all.length : Number(before) - 1;
      return all.slice(Math.max(0, end - limit), end);
    },
  });
}
const historyOf = ({ account, store }: Pick<InboxBench, 'account' | 'store'>): History =>
  new History({ account, store, archiveId: (chat, row) => archiveId(new Uint8Array(32), account, chat, row) });
async function archived(bench: Pick<InboxBench, 'account' | 'store'>): Promise<string[]> {
  const page = await bench.store.archive({ account: bench.account, chat: 1, limit: 2_000 });
  return (page?.rows ?? []).map(({ key }) => key.slice(1));
}
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
const never = new AbortController().signal;

test('what was missed is paged back to the newest that is known and added in order, once', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  await inbox.commit({ events: [said(1), said(2)] });
  const asked: string[] = [];
  for (let time = 0; time < 2; time += 1) await historyOf(bench).fill(remembering(250, asked), garden, inbox, never);
  assert.deepEqual(await archived(bench), numbers(1, 250));
  assert.deepEqual(asked, ['end 100', '151 100', '51 100', 'end 100']);
  assert.equal((await bench.keys()).length, 250, 'it is shown, too');
});

test('where nothing was archived nothing was missed, and an endless past is not fetched', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  await historyOf(bench).fill(remembering(250), garden, inbox, never);
  assert.deepEqual(await archived(bench), []);
  await inbox.commit({ events: [said(1)] });
  await historyOf(bench).fill(remembering(5_000), garden, inbox, never);
  assert.deepEqual(await archived(bench), ['1', ...numbers(4_001, 5_000)]);
});

/** A gap, filled of a network that remembers five messages, the third of which is his own. */
async function filledAfterOwn(t: TestContext, heard?: LogEvent): Promise<string[]> {
  const bench = await OutBench.open(t);
  const { account, fence, store } = bench;
  const chat = await store.chatNumber(account, 'group/garden');
  const body = { type: 'event', event: heard } as unknown as Json;
  if (heard)
    await store.step({ fence, archive: [{ account, chat, id: 'row', key: 'event/m1', from: 'romeo', at: 1, body }] });
  bench.network.answer = () => ({ id: '3', at: 3 });
  bench.online();
  const sender = { jid: 'juliet@example.org/balcony', id: 'mine' };
  await bench.accept({ type: 'message', chat: garden, content: { text: 'x' }, sender });
  await bench.settle();
  const added: LogEvent[] = [];
  const inbox = { add: async (events: readonly LogEvent[]) => added.push(...events) };
  await historyOf(bench).fill(remembering(5), garden, inbox, never);
  return added.map(({ key }) => key);
}

test('the newest may be one of his own, known by its archive row alone', async (t) => {
  assert.deepEqual(await filledAfterOwn(t), ['m4', 'm5']);
});

test('what was said before a message of his own, and did not get here before the gap, is not left out', async (t) => {
  assert.deepEqual(await filledAfterOwn(t, said(1)), ['m2', 'm3', 'm4', 'm5']);
});

test('the past is asked for before the oldest that is known, until there is none', async (t) => {
  const bench = await InboxBench.open(t);
  const inbox = bench.inbox();
  await inbox.commit({ events: [said(30), said(31)] });
  const counts: number[] = [];
  for (let time = 0; time < 4; time += 1) counts.push(await historyOf(bench).older(remembering(31), garden, 12, inbox));
  assert.deepEqual(counts, [12, 12, 5, 0]);
  assert.deepEqual(await archived(bench), numbers(1, 31));
  assert.deepEqual(await bench.keys(), ['event/m30', 'event/m31'], 'nobody is shown it');
});

test('newer events wait for the gap: at most 10 s for a connection, 30 s for a history', async (t) => {
  const bench = await InboxBench.open(t);
  const joined = { kind: 'chat', key: 'group/garden', value: { joined: true } } as const;
  await bench.store.step({ fence: bench.fence, docs: [{ account: bench.account, ...joined }] });
  const open = (fill: History['fill'], signal = never) =>
    openGap(bench.account, bench.store, bench.clock, bench.log, { fill }, signal);
  const filled: string[] = [];
  const wait = async (name: string, promise: Promise<void> | undefined) => {
    await promise;
    filled.push(name);
  };
  const silent = () => new Promise<void>(() => undefined);
  const connecting = await open(silent);
  const slow = await open(silent);
  void wait('connecting', connecting?.filled);
  void wait('slow', slow?.filled);
  slow?.begin(remembering(1), bench.inbox());
  await bench.pass(9_000);
  assert.deepEqual(filled, []);
  await bench.pass(2_000);
  assert.deepEqual(filled, ['connecting']);
  await bench.pass(20_000);
  assert.deepEqual(filled, ['connecting', 'slow']);
  const forgetful = await open(silent);
  forgetful?.begin(new Network().session(), bench.inbox()); // without history there is nothing to wait for
  await forgetful?.filled;
  const ended = new AbortController();
  const over = await open(silent, ended.signal);
  ended.abort();
  await over?.filled;
  await turn();
});

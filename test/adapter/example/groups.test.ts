// Groups of Pigeon through the example adapter: how they are, who is in them, and what is done to them.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import example from '@moongate/example';
import { AdapterError } from '../../../src/adapter/api.ts';
import type { Session, StateEvent } from '../../../src/adapter/api.ts';
import { TestAccount } from '../../../src/adapter/testing/account.ts';
import { type Pigeon, startPigeon } from '../../fake/network/index.ts';

type Asked = Required<Pick<Session, 'send' | 'join' | 'leave' | 'describe' | 'setRole'>>;

const choir = { kind: 'group', id: 'choir' } as const;

/** Bela's open choir, and Anna, who is logged in and in no group. */
async function start(t: TestContext) {
  const pigeon = await startPigeon();
  const { control } = pigeon;
  await control.createUser({ id: 'anna', name: 'Anna', password: 'a' });
  await control.createUser({ id: 'bela', name: 'Béla' });
  await control.createGroup({ id: 'choir', name: 'Choir', topic: 'La', members: ['bela'], open: true });
  const account = await loggedIn(pigeon);
  const link = await account.connect(example);
  t.after(async () => {
    await link.close();
    await pigeon.close();
  });
  const states = (type: StateEvent['type']) => account.upserts.filter((event) => event.type === type);
  return { control, account, link, states, session: link.session as Session & Asked };
}

async function loggedIn({ api }: Pigeon): Promise<TestAccount> {
  const body = JSON.stringify({ name: 'anna', password: 'a' });
  const credentials: unknown = await (await fetch(`${api}/login`, { method: 'POST', body })).json();
  return new TestAccount({ server: api }, credentials, new Map(), { patienceMs: 10_000, quietMs: 200 });
}

const anna = { user: 'anna', name: 'Anna', role: 'member' } as const;
const bela = { user: 'bela', name: 'Béla', role: 'owner' } as const;

test('who joins a group has its name, topic and members when join() resolves', async (t) => {
  const { session, states } = await start(t);
  await session.join('choir');
  assert.deepEqual(states('chat')[0], { type: 'chat', chat: choir, name: 'Choir', topic: 'La', joined: true });
  const members = [bela, anna];
  assert.deepEqual(states('members')[0], { type: 'members', chat: choir, members, complete: true });
});

test('what is said in the group goes both ways', async (t) => {
  const { session, control, account, link } = await start(t);
  await session.join('choir');
  await control.say({ by: 'bela', chat: choir, text: 'do' });
  await link.until(() => account.log.length > 0, 'a message');
  const [said] = account.log;
  assert.ok(said?.type === 'message' && said.from === 'bela' && said.content.text === 'do');
  assert.deepEqual(said.chat, choir);
  const open = () => Promise.reject(new Error('no files here'));
  const delivery = { token: 'a'.repeat(26), at: 1, attempt: 1, signal: new AbortController().signal, open };
  await session.send(choir, { text: 're', replyTo: { id: said.id ?? '' } }, delivery);
  const [, answer] = await control.messages({ by: 'bela', chat: choir });
  assert.deepEqual([answer?.text, answer?.from, answer?.replyTo], ['re', 'anna', '1']);
});

test('a group that was changed, and one that was left, is told', async (t) => {
  const { session, control, states, link } = await start(t);
  await session.join('choir');
  await control.describe({ by: 'bela', group: 'choir', topic: 'Lo' });
  await control.setRole({ by: 'bela', group: 'choir', user: 'anna', role: 'admin' });
  await link.until(() => JSON.stringify(states('members').at(-1)).includes('admin'), 'Anna is an admin');
  await session.describe('choir', { name: 'Chorus' });
  await session.leave('choir');
  const last = { type: 'chat', chat: choir, name: 'Chorus', topic: 'Lo', joined: false };
  await link.until(() => JSON.stringify(states('chat').at(-1)) === JSON.stringify(last), 'Anna is out');
});

test('what the network refuses is forbidden', async (t) => {
  const { session } = await start(t);
  await session.join('choir');
  for (const refused of [session.setRole('choir', 'bela', 'none'), session.describe('choir', { topic: 'x' })]) {
    await assert.rejects(refused, (error: unknown) => {
      assert.ok(AdapterError.is(error));
      assert.deepEqual(error.fault, { code: 'rejected', reason: 'forbidden' });
      return true;
    });
  }
});

// The fake network of the author's kit is held to its README, by plain fetch.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Pigeon, type PigeonEvent, spawnPigeon, startPigeon } from '../fake/network/index.ts';

const toBela = '/direct/bela';
const bela = { by: 'bela', chat: { kind: 'direct', id: 'anna' } } as const;
const anna = { by: 'anna', chat: { kind: 'direct', id: 'bela' } } as const;
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly events: readonly PigeonEvent[] };
}
type Ask = (method: string, path: string, body?: object, key?: string) => Promise<Answer>;

async function request(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

/** Anna and Bela, and how one of them asks. */
async function people(pigeon: Pigeon): Promise<(name: string) => Promise<Ask>> {
  await pigeon.control.createUser({ id: 'anna', name: 'Anna', password: 'a' });
  await pigeon.control.createUser({ id: 'bela', name: 'Bela', password: 'b' });
  return (name) => logIn(pigeon.api, name);
}

async function logIn(api: string, name: string): Promise<Ask> {
  const { body } = await request(`${api}/login`, {
    method: 'POST',
    body: JSON.stringify({ name, password: name.charAt(0) }),
  });
  return (method, where, content, key) =>
    request(api + where, {
      method,
      headers: { authorization: `Bearer ${String(body['session'])}`, ...(key && { 'idempotency-key': key }) },
      body: content === undefined ? null : JSON.stringify(content),
    });
}

async function start(t: TestContext): Promise<{ pigeon: Pigeon; ask: Ask; other: Ask }> {
  const pigeon = await startPigeon();
  t.after(() => pigeon.close());
  const enter = await people(pigeon);
  return { pigeon, ask: await enter('anna'), other: await enter('bela') };
}

test('a wrong password and a session that does not exist are 401, with words', async (t) => {
  const { pigeon } = await start(t);
  const login = { method: 'POST', body: JSON.stringify({ name: 'anna', password: 'x' }) };
  const wrong = await request(`${pigeon.api}/login`, login);
  assert.deepEqual([wrong.status, wrong.body['error']], [401, 'wrong-password']);
  const nobody = await request(`${pigeon.api}/me`, { headers: { authorization: 'Bearer x' } });
  assert.deepEqual([nobody.status, nobody.body['error']], [401, 'no-such-session']);
  assert.ok(nobody.body['message']);
});

test('events come until they are confirmed, and are forgotten then', async (t) => {
  const { pigeon, ask } = await start(t);
  await pigeon.control.say({ ...bela, text: 'one' });
  await pigeon.control.say({ ...bela, text: 'two' });
  for (let round = 0; round < 2; round++) {
    const { body } = await ask('GET', '/events?after=0&wait=0');
    assert.deepEqual([body.events.map(({ text }) => text), body['cursor']], [['one', 'two'], 2]);
  }
  assert.deepEqual((await ask('GET', '/events?after=1&wait=0')).body.events.length, 1);
  assert.deepEqual(
    (await ask('GET', '/events?after=0&wait=0')).body.events.map(({ text }) => text),
    ['two'],
  );
  assert.equal((await ask('GET', '/events?after=99&wait=0')).status, 400);
});

test('a long poll ends with news, and a second poll ends the first', async (t) => {
  const { pigeon, ask } = await start(t);
  const first = ask('GET', '/events?after=0&wait=30');
  await pigeon.control.waitForPoll({ user: 'anna' });
  const second = ask('GET', '/events?after=0&wait=30');
  assert.equal((await first).status, 409);
  await pigeon.control.waitForPoll({ user: 'anna' });
  await pigeon.control.say({ ...bela, text: 'news' });
  assert.deepEqual(
    (await second).body.events.map(({ text }) => text),
    ['news'],
  );
});

test('a key that was used is answered as before and done once; on another request it is refused', async (t) => {
  const { pigeon, ask } = await start(t);
  const send = (text: string) => ask('POST', `${toBela}/messages`, { text }, 'key-12345');
  const { body } = await send('once');
  const again = await send('once');
  assert.deepEqual(again.body, body);
  assert.equal((await send('other')).body['error'], 'key-reused');
  assert.equal((await pigeon.control.log({ type: 'message' })).length, 1);
});

test('keys that are not honoured mean nothing', async (t) => {
  const { pigeon, ask } = await start(t);
  await pigeon.control.setKeys({ honoured: false });
  for (let round = 0; round < 2; round++) await ask('POST', `${toBela}/messages`, { text: 'twice' }, 'key-12345');
  assert.equal((await pigeon.control.messages(anna)).length, 2);
  assert.equal((await ask('GET', '/me')).body['honoursKeys'], false);
});

test('edits, reactions and deletions change the message and are told to the other', async (t) => {
  const { pigeon, ask, other } = await start(t);
  const { body } = await ask('POST', `${toBela}/messages`, { text: 'fist' });
  const at = `${toBela}/messages/${String(body['id'])}`;
  await ask('PATCH', at, { text: 'first' });
  await ask('PUT', `${at}/reactions`, { emojis: ['👍'] });
  const [message] = await pigeon.control.messages(anna);
  assert.deepEqual([message?.text, message?.edited, message?.reactions], ['first', true, { anna: ['👍'] }]);
  await ask('DELETE', at);
  assert.equal((await ask('DELETE', at)).status, 200);
  const told = (await other('GET', '/events?after=0&wait=0')).body.events.map(({ type }) => type);
  assert.deepEqual(told, ['message', 'edit', 'react', 'delete']);
  const own = (await ask('GET', '/events?after=0&wait=0')).body.events.map(({ type }) => type);
  assert.deepEqual(own, ['message'], 'of what a session did its person is told messages alone');
});

test('what is not right is refused by name', async (t) => {
  const { pigeon, ask, other } = await start(t);
  await ask('POST', `${toBela}/messages`, { text: 'mine' });
  const refused = async (answer: Promise<Answer>): Promise<unknown> => (await answer).body['error'];
  assert.equal(await refused(ask('POST', `${toBela}/messages`, { text: ' ' })), 'no-text');
  assert.equal(await refused(ask('POST', `${toBela}/messages`, { text: 'x'.repeat(2001) })), 'too-long');
  assert.equal(await refused(ask('POST', `${toBela}/messages`, { text: 'x', more: 1 })), 'unknown-field more');
  assert.equal(await refused(ask('POST', '/direct/nobody/messages', { text: 'x' })), 'no-such-chat');
  assert.equal(await refused(ask('PATCH', `${toBela}/messages/9`, { text: 'x' })), 'no-such-message');
  assert.equal(await refused(other('PATCH', '/direct/anna/messages/1', { text: 'x' })), 'not-yours');
  assert.equal(await refused(ask('PUT', `${toBela}/messages/1/reactions`, { emojis: ['no'] })), 'not-an-emoji');
  await pigeon.control.advanceClock({ ms: 3600_001 });
  assert.equal(await refused(ask('PATCH', `${toBela}/messages/1`, { text: 'x' })), 'too-late');
  await pigeon.control.block({ by: 'bela', user: 'anna', on: true });
  assert.equal(await refused(ask('POST', `${toBela}/messages`, { text: 'x' })), 'blocked');
});

test('who is too fast is told how long to wait, and for what', async (t) => {
  const { pigeon, ask } = await start(t);
  await pigeon.control.setLimits({ chat: { burst: 1, perSecond: 0.5 } });
  await ask('POST', `${toBela}/messages`, { text: 'one' });
  const { status, headers, body } = await ask('POST', `${toBela}/messages`, { text: 'two' });
  assert.deepEqual([status, headers.get('retry-after'), body['scope']], [429, '2', 'chat']);
});

test('a group is told to its members, and is closed to others', async (t) => {
  const { pigeon, ask, other } = await start(t);
  await pigeon.control.createUser({ id: 'carl' });
  await pigeon.control.createGroup({ id: 'choir', name: 'Choir', members: ['anna', 'carl'] });
  await ask('POST', '/group/choir/messages', { text: 'la' });
  const [group, members, event] = await pigeon.control.pending({ user: 'carl' });
  assert.deepEqual([group?.type, group?.name, group?.joined], ['group', 'Choir', true]);
  assert.deepEqual(
    members?.members?.map(({ user, role }) => `${user} ${role}`),
    ['anna owner', 'carl member'],
  );
  assert.deepEqual([event?.chat, event?.from], [{ kind: 'group', id: 'choir' }, 'anna']);
  assert.equal((await other('POST', '/group/choir/messages', { text: 'no' })).status, 404);
});

/** Anna owns a choir with Carl in it; nobody has been told anything else. */
async function choir(t: TestContext, open = false) {
  const all = await start(t);
  const { control } = all.pigeon;
  await control.createUser({ id: 'carl' });
  await control.createGroup({ id: 'choir', name: 'Choir', members: ['anna', 'carl'], topic: 'La', open });
  const told = async (user: string) =>
    (await control.pending({ user })).map(({ type, topic, joined, members }) =>
      type === 'group' ? [topic, joined] : members?.map((one) => `${one.user} ${one.role}`),
    );
  return { ...all, control, told };
}

test('a group is joined if it is open, left, and told to whoever is concerned', async (t) => {
  const { other, told } = await choir(t, true);
  const joined = await other('POST', '/group/choir/members');
  assert.deepEqual(
    joined.body.events.map(({ type }) => type),
    ['group', 'members'],
  );
  await other('DELETE', '/group/choir/members');
  const three = ['anna owner', 'carl member', 'bela member'];
  assert.deepEqual(await told('carl'), [['La', true], three.slice(0, 2), three, three.slice(0, 2)]);
  assert.deepEqual(await told('bela'), [['La', true], three, ['La', false]]);
});

test('a closed group is joined by who is brought in, and by nobody who is banned', async (t) => {
  const { ask, other } = await choir(t);
  const join = () => other('POST', '/group/choir/members');
  assert.deepEqual([(await join()).status, (await join()).body['error']], [403, 'invitation-only']);
  await ask('PUT', '/group/choir/members/bela', { role: 'member' });
  assert.equal((await other('POST', '/group/choir/messages', { text: 'hi' })).status, 201);
  await ask('PUT', '/group/choir/members/bela', { role: 'banned' });
  assert.deepEqual([(await join()).status, (await join()).body['error']], [403, 'banned']);
  assert.equal((await other('GET', '/group/choir/messages')).status, 404);
});

test('who is above others mutes, appoints and renames, and nobody else does', async (t) => {
  const { ask, other, control, told } = await choir(t);
  await control.setRole({ by: 'carl', group: 'choir', user: 'bela', role: 'member' });
  for (const [method, to, body] of [
    ['PATCH', '/group/choir', { topic: 'x' }],
    ['PUT', '/group/choir/members/carl', { role: 'muted' }],
    ['PUT', '/group/choir/members/anna', { role: 'none' }],
    ['PUT', '/group/choir/members/bela', { role: 'admin' }],
  ] as const) {
    const { status, body: said } = await other(method, to, body);
    assert.deepEqual([status, said['error']], [403, 'not-allowed'], to);
  }
  await ask('PUT', '/group/choir/members/bela', { role: 'muted' });
  assert.equal((await other('POST', '/group/choir/messages', { text: 'x' })).body['error'], 'muted');
  await ask('PUT', '/group/choir/members/bela', { role: 'admin' });
  assert.equal((await other('PATCH', '/group/choir', { topic: 'Lo' })).status, 200);
  assert.equal((await other('PATCH', '/group/choir', { topic: 'Lo' })).status, 200);
  assert.deepEqual((await told('carl')).slice(2), [
    ['anna owner', 'carl member', 'bela member'],
    ['anna owner', 'carl member', 'bela muted'],
    ['anna owner', 'carl member', 'bela admin'],
    ['Lo', true],
  ]);
  assert.equal((await ask('PUT', '/group/choir/members/bela', { role: 'owner' })).body['error'], 'bad-role');
});

test('a group whose owner leaves belongs to who is longest in it', async (t) => {
  const { ask, told } = await choir(t);
  await ask('DELETE', '/group/choir/members');
  assert.deepEqual((await told('carl')).at(-1), ['carl owner']);
});

test('messages are read back in pages, oldest first, also by who came later', async (t) => {
  const { ask, other } = await choir(t, true);
  for (const text of ['one', 'two', 'three']) await ask('POST', '/group/choir/messages', { text });
  await other('POST', '/group/choir/members');
  const page = async (query: string) =>
    ((await other('GET', `/group/choir/messages${query}`)).body['messages'] as { text: string }[]).map(
      ({ text }) => text,
    );
  assert.deepEqual(await page(''), ['one', 'two', 'three']);
  assert.deepEqual(await page('?limit=2'), ['two', 'three']);
  assert.deepEqual(await page('?limit=2&before=2'), ['one']);
  assert.equal((await other('GET', '/group/choir/messages?limit=0')).status, 400);
  assert.equal((await other('GET', '/group/choir/messages?before=9')).status, 404);
});

test('a reply that is dropped was done all the same, and SIGKILL loses nothing that was accepted', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'moongate-network-'));
  const state = path.join(folder, 'state');
  let pigeon = await spawnPigeon({ state });
  t.after(async () => {
    await pigeon.close();
    await rm(folder, { recursive: true });
  });
  const ask = await (await people(pigeon))('anna');
  await pigeon.control.addFault({ path: '/messages', effect: { kind: 'drop-after' } });
  await assert.rejects(ask('POST', `${toBela}/messages`, { text: 'kept' }, 'key-12345'));
  await pigeon.kill();
  pigeon = await spawnPigeon({ state, port: Number(new URL(pigeon.api).port) });
  assert.deepEqual(
    (await pigeon.control.messages(anna)).map(({ text }) => text),
    ['kept'],
  );
  await ask('POST', `${toBela}/messages`, { text: 'kept' }, 'key-12345');
  assert.equal((await pigeon.control.messages(anna)).length, 1, 'the session and the key are known as before');
});

// What IRCv3 adds: gaps that are filled, scrolling back, replies, reactions, typing, labels, SASL, splits in one batch.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { AdapterError } from '../../../src/adapter/api.ts';
import { FakeIrc } from '../../fake/irc/server.ts';
import type { FakeIrcOptions } from '../../fake/irc/server.ts';
import { inspircd, onIrc } from '../../server/ircd.ts';
import { direct, group, User, world } from './world.ts';
import type { WorldOptions } from './world.ts';

async function keeper(
  t: TestContext,
  options: FakeIrcOptions & WorldOptions = {},
): Promise<{ server: FakeIrc; user: User }> {
  const server = await new FakeIrc(options).start();
  t.after(() => server.stop());
  const user = await new User(server.port, options).connect();
  t.after(() => user.close());
  return { server, user };
}

const textsIn = (user: User, id: string): readonly string[] =>
  user.account.log.flatMap((event) =>
    event.type === 'message' && event.chat.id === id ? [event.content.text ?? ''] : [],
  );

test('what was said while we were away comes first, once, in order, over several pages', async (t) => {
  const { server, user } = await keeper(t);
  await user.join('garden');
  server.say('bob', '#garden', 'before');
  await user.reads('before');
  await user.close();
  const missed = Array.from({ length: 45 }, (_, index) => `missed ${index}`);
  for (const text of missed) server.say('bob', '#garden', text);
  await user.connect();
  await user.link.until(() => server.channels.get('#garden')?.size === 1, 'rejoined');
  server.say('bob', '#garden', 'after');
  await user.reads('after');
  assert.deepEqual(textsIn(user, 'garden'), ['before', ...missed, 'after']);
  const events = user.account.log.filter(
    (event) => event.type === 'message' && event.content.text?.startsWith('missed'),
  );
  assert.ok(
    events.every((event) => !('old' in event)),
    'what was missed raises an alert',
  );
});

test('private messages of our absence come first, once, in order, also from somebody new', async (t) => {
  const { server, user } = await keeper(t);
  await user.send(direct('bob'), 'to bob');
  server.say('bob', 'alice', 'from bob');
  await user.reads('from bob');
  await user.close();
  const missed = Array.from({ length: 25 }, (_, index) => `missed ${index}`);
  for (const text of missed) server.say('bob', 'alice', text);
  server.say('eve', 'alice', 'out of the blue');
  server.say('mallory', 'dave', 'not for us');
  await user.connect();
  server.say('bob', 'alice', 'after');
  server.say('zoe', 'alice', 'hello');
  await user.reads('after');
  await user.reads('hello');
  await user.reads('out of the blue');
  assert.deepEqual(textsIn(user, 'bob'), ['from bob', ...missed, 'after']);
  assert.deepEqual(textsIn(user, 'eve'), ['out of the blue']);
  await user.close();
  await user.connect();
  server.say('bob', 'alice', 'the end');
  await user.reads('the end');
  assert.deepEqual(textsIn(user, 'bob'), ['from bob', ...missed, 'after', 'the end'], 'nothing comes twice');
});

test('a connection that ends while gaps are filled leaves them to the next', async (t) => {
  const { server, user } = await keeper(t);
  await user.join('garden');
  server.say('bob', '#garden', 'first');
  server.say('eve', 'alice', 'first to you');
  await user.reads('first to you');
  await user.close();
  server.say('bob', '#garden', 'missed');
  server.say('eve', 'alice', 'missed by you');
  for (const command of ['CHATHISTORY', 'PING']) server.deafTo.add(command);
  const asked = (): number => server.heard.filter(({ command }) => command === 'CHATHISTORY').length;
  const before = asked();
  await user.connect();
  while (asked() < before + 2) await new Promise((resolve) => setImmediate(resolve));
  server.say('bob', '#garden', 'then');
  server.say('eve', 'alice', 'then you');
  server.cut();
  await user.link.until(() => user.link.downs.length > 0, 'down() is called');
  await user.close();
  server.deafTo.clear();
  await user.connect();
  await user.reads('then');
  await user.reads('then you');
  assert.deepEqual(textsIn(user, 'garden'), ['first', 'missed', 'then']);
  assert.deepEqual(textsIn(user, 'eve'), ['first to you', 'missed by you', 'then you']);
});

test('what is said for the user is not shown to him as his: passwords, answers to programs', async (t) => {
  const settings = { nickserv_password: 'hush', commands: 'PRIVMSG bob :secret words' };
  const { server, user } = await keeper(t, { settings });
  server.say('bob', 'alice', '\x01VERSION\x01');
  server.say('bob', 'alice', 'well?');
  await user.reads('well?');
  await user.send(direct('bob'), 'well.');
  assert.deepEqual(
    server.kept.filter(({ prefix }) => prefix.startsWith('alice!')).map(({ target, command }) => [target, command]),
    [
      ['NickServ', 'PRIVMSG'],
      ['bob', 'PRIVMSG'],
      ['bob', 'NOTICE'],
      ['bob', 'PRIVMSG'],
    ],
  );
  assert.deepEqual([...textsIn(user, 'nickserv'), ...textsIn(user, 'bob')], ['well?']);
});

test('who scrolls back gets older messages, marked as such', async (t) => {
  const kept = Array.from({ length: 30 }, (_, index) => ({
    ...{ id: `k${index}`, at: 1_700_000_000_000 + index, prefix: 'bob!bob@friend.example', command: 'PRIVMSG' },
    ...{ target: '#garden', text: `old ${index}`, tags: {} },
  }));
  const { user } = await keeper(t, { kept });
  const garden = await user.join('garden');
  const last = await user.session.history(garden, { limit: 10 });
  assert.deepEqual(last.map((event) => event.type === 'message' && [event.id, event.old]).at(0), ['k20', true]);
  const before = await user.session.history(garden, { before: 'k20', limit: 10 });
  assert.deepEqual(
    before.map((event) => (event.type === 'message' ? event.content.text : '')),
    Array.from({ length: 10 }, (_, index) => `old ${index + 10}`),
  );
  assert.deepEqual(before[0]?.at, 1_700_000_000_010);
  assert.deepEqual(textsIn(user, 'garden'), [], 'what was asked for is not committed by itself');
});

test('a wrong SASL password wants the user to act', async (t) => {
  const server = await new FakeIrc({ accounts: { alice: 'right' } }).start();
  t.after(() => server.stop());
  for (const [password, code] of [
    ['wrong', 'auth-lost'],
    [undefined, 'auth-lost'],
  ] as const) {
    const settings: Record<string, string> = password === undefined ? {} : { sasl_password: password };
    const error = await new User(server.port, { settings }).connect().catch((reason: unknown) => reason);
    assert.ok(AdapterError.is(error), String(error));
    assert.equal(error.fault.code, code);
  }
});

test('an echo with its label is the acknowledgement', async (t) => {
  const { server, user } = await keeper(t);
  const garden = await user.join('garden');
  const sent = await user.send(garden, 'hello');
  assert.equal(sent.id, server.kept[0]?.id);
  assert.equal(sent.at, server.kept[0]?.at);
  assert.deepEqual(textsIn(user, 'garden'), [], 'the echo of what was waited for is not told again');
});

test('lines of one chat go in a window, and keep their order', async (t) => {
  const { server, user } = await keeper(t);
  const garden = await user.join('garden');
  const texts = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  await Promise.all(texts.map((text) => user.send(garden, text)));
  assert.deepEqual(
    server.kept.map(({ text }) => text),
    texts,
  );
});

test('a split is one batch of members', async (t) => {
  const { server, user } = await keeper(t);
  await user.join('garden');
  for (let index = 0; index < 200; index++)
    for (const guest of server.guests) guest.write(`:u${index}!u@x.example JOIN #garden`);
  await user.link.until(() => Object.keys(user.members('garden')).length === 201, 'all are there');
  const before = user.states('members').length;
  for (const guest of server.guests) {
    guest.write('BATCH +split netsplit one.example two.example');
    for (let index = 0; index < 200; index++)
      guest.write(`:u${index}!u@x.example QUIT :one.example two.example`, { batch: 'split' });
    guest.write('BATCH -split');
  }
  await user.seesMembers('garden', { me: 'member' });
  assert.equal(user.states('members').length - before, 1);
  for (const guest of server.guests) {
    guest.write('BATCH +join netjoin one.example two.example');
    for (let index = 0; index < 200; index++) guest.write(`:u${index}!u@x.example JOIN #garden`, { batch: 'join' });
    guest.write('BATCH -join');
  }
  await user.link.until(() => Object.keys(user.members('garden')).length === 201, 'all are back');
  assert.equal(user.states('members').length - before, 2, 'and so is the return');
  const back = user.states('members').at(-1)?.members ?? [];
  assert.deepEqual(
    back.map(({ user: id, name, was }) => [id, name, was]),
    Array.from({ length: 200 }, (_, index) => [`u${index}`, `u${index}`, undefined]),
    'each as who he was',
  );
});

test('a split without a batch is one batch all the same', async (t) => {
  const { server, user } = await keeper(t);
  await user.join('garden');
  for (const guest of server.guests)
    for (let index = 0; index < 50; index++) guest.write(`:u${index}!u@x.example JOIN #garden`);
  await user.link.until(() => Object.keys(user.members('garden')).length === 51, 'all are there');
  const before = user.states('members').length;
  for (let index = 0; index < 50; index++) {
    for (const guest of server.guests) guest.write(`:u${index}!u@x.example QUIT :one.example two.example`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await user.seesMembers('garden', { me: 'member' });
  assert.ok(user.states('members').length - before <= 2, `${user.states('members').length - before} batches`);
});

test('[inspircd] replies, reactions and typing, both ways', onIrc(inspircd), async (t) => {
  const { user, friend } = await world(t, inspircd);
  await friend.does('JOIN #garden');
  const garden = await user.join('garden');
  const { id = '' } = await user.send(garden, 'what do you think?');
  await friend.does(
    `@+draft/reply=${id} PRIVMSG #garden :good`,
    `@+draft/reply=${id};+draft/react=🌻 TAGMSG #garden`,
    '@+typing=active TAGMSG #garden',
  );
  const reply = await user.reads('good');
  assert.deepEqual(reply.content.replyTo, { id });
  const reaction = await user.sees('a reaction', ({ type }) => type === 'react');
  assert.deepEqual(reaction.type === 'react' && [reaction.target, reaction.emojis, reaction.from], [id, ['🌻'], 'bob']);
  await user.link.until(
    () => user.link.hints.some((hint) => hint.type === 'typing' && hint.on && hint.from === 'bob'),
    'bob types',
  );
  await user.session.react(garden, reply.id ?? '', ['👍'], user.delivery());
  await user.session.send(garden, { text: 'fine', replyTo: { id: reply.id ?? '', author: 'bob' } }, user.delivery());
  user.session.typing(garden, true);
  const answer = await friend.hears('PRIVMSG', 'fine');
  assert.equal(answer.tags['+draft/reply'], reply.id);
  const [react] = friend.heard('TAGMSG').filter(({ tags }) => tags['+draft/react'] !== undefined);
  assert.deepEqual([react?.tags['+draft/react'], react?.tags['+draft/reply']], ['👍', reply.id]);
  await friend.until('alice types', () =>
    friend.heard('TAGMSG').some(({ nick, tags }) => nick === 'alice' && tags['+typing'] === 'active'),
  );
  await friend.does('AWAY :at lunch');
  await user.link.until(
    () => user.link.hints.some((hint) => hint.type === 'presence' && hint.show === 'away' && hint.text === 'at lunch'),
    'bob is away',
  );
  await friend.quit();
});

test('[inspircd] long lines, colours and marks', onIrc(inspircd), async (t) => {
  const { user, friend } = await world(t, inspircd);
  await friend.does('JOIN #garden');
  const garden = await user.join('garden');
  const long = 'ünï漢字👩‍👩‍👧 '.repeat(60).trim();
  await user.send(garden, long);
  await friend.does();
  assert.equal(friend.texts('#garden').join('').replace(/\s/g, ''), long.replace(/\s/g, ''));
  const most = 'ä'.repeat(Math.floor(user.session.limits.text / 2));
  await user.send(direct('bob'), most);
  await friend.hears('PRIVMSG', most);
  await user.session.send(garden, { text: 'so bold', spans: [{ kind: 'bold', start: 3, end: 7 }] }, user.delivery());
  await friend.hears('PRIVMSG', 'so \x02bold\x02');
  friend.say('PRIVMSG', '#garden', '\x0304red\x03 and \x1dslanted');
  assert.deepEqual((await user.reads('red and slanted')).content.spans, [{ kind: 'italic', start: 8, end: 15 }]);
  await friend.does('MODE #garden +c');
  await user.sees('no marks', (event) => event.type === 'chat' && event.limits?.markup?.length === 0);
  assert.deepEqual(user.states('chat').at(-1)?.chat, group('garden'));
  await friend.quit();
});

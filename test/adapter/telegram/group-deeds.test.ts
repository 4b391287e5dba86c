// What is done in groups through the bot: writing, changing, moderating, and the refusals of Telegram.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault, Role } from '../../../src/adapter/api.ts';
import { plantHedge } from './hedge.ts';
import type { Hedge } from './hedge.ts';
import { delivery, failureOf } from './world.ts';

const shown = async ({ control, place: { bot, chat } }: Hedge, at = chat) =>
  (await control.messages({ bot, chat: at })).flatMap(({ message: { from, text } }) =>
    from?.id === bot ? [text] : [],
  );

const forbidden: Fault = { code: 'rejected', reason: 'forbidden' };

/** What Telegram says that somebody is. */
async function status({ world, id }: Hedge, user: number): Promise<unknown> {
  const ask = `${world.fake.api}/bot${world.bot.token}/getChatMember?chat_id=${id}&user_id=${user}`;
  const { result } = (await (await fetch(ask)).json()) as { result?: { status: string } };
  return result?.status;
}

test('a text goes to the group, with mentions and an answer, and may be changed, deleted and reacted to', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, control, place, eve } = hedge;
  const { message } = await control.sendText({ ...place, user: eve, text: 'who is there?' });
  const spans = [{ kind: 'mention', start: 0, end: 3, value: String(eve) }] as const;
  const replyTo = { id: String(message.message_id) };
  const sent = await session.send(chat, { text: 'Eve, I am', spans, replyTo }, delivery());
  const id = sent.id ?? '';
  await session.edit(chat, id, { text: 'Eve, I was' }, delivery());
  await session.react(chat, String(message.message_id), ['👍'], delivery());

  const all = await control.messages({ bot: place.bot, chat: hedge.id });
  const mine = all.find(({ message: one }) => String(one.message_id) === id)?.message;
  assert.equal(mine?.text, 'Eve, I was');
  assert.equal(mine.reply_to_message?.message_id, message.message_id);
  const [first] = await control.log({ bot: place.bot, direction: 'from-bot' });
  assert.deepEqual(first?.message.entities?.[0]?.user?.id, eve);
  const theirs = all.find(({ message: one }) => one.message_id === message.message_id);
  assert.deepEqual(theirs?.reactions[place.bot], [{ type: 'emoji', emoji: '👍' }]);
  await session.retract(chat, id, delivery());
  assert.deepEqual(await shown(hedge), []);
});

test('an administrator that may deletes what others wrote, a member is forbidden to', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, control, place, eve } = hedge;
  const { message } = await control.sendText({ ...place, user: eve, text: 'spam' });
  const target = String(message.message_id);
  const refused = await failureOf(session.retract(chat, target, delivery()));
  assert.deepEqual(refused.fault, forbidden);
  await hedge.appoint();
  await session.retract(chat, target, delivery());
  assert.ok(
    !(await control.messages({ bot: place.bot, chat: hedge.id })).some(({ message: { text } }) => text === 'spam'),
  );
});

test('where the bot may not write, it is forbidden', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, control, place } = hedge;
  await control.setChat({ ...place, permissions: { can_send_messages: false } });
  assert.deepEqual((await failureOf(session.send(chat, { text: 'x' }, delivery()))).fault, forbidden);
  await control.removeFromGroup(place);
  assert.deepEqual((await failureOf(session.send(chat, { text: 'x' }, delivery()))).fault, forbidden);
});

test('a channel is written to where the bot may post', async (t) => {
  const hedge = await plantHedge(t, { type: 'channel' });
  const { session, chat, control, place, world } = hedge;
  const { id } = await session.send(chat, { text: 'news' }, delivery());
  await session.edit(chat, id ?? '', { text: 'good news' }, delivery());
  const [post] = await control.messages({ bot: place.bot, chat: hedge.id });
  assert.equal(post?.message.text, 'good news');
  const change = {
    bot: place.bot,
    chat: hedge.id,
    by: world.anna.id,
    user: place.bot,
    status: 'administrator',
  } as const;
  await control.setMember({ ...change, rights: { can_post_messages: false } });
  assert.deepEqual((await failureOf(session.send(chat, { text: 'x' }, delivery()))).fault, forbidden);
});

test('a thread that is a topic is written to as one, any other as none, and a closed one is forbidden', async (t) => {
  const hedge = await plantHedge(t, { forum: true });
  const { session, chat, control, place } = hedge;
  const topic = (await control.createTopic({ ...place, name: 'Roses' })).message.message_id;
  for (const thread of [String(topic), '4711', 'a3f0-thread-of-a-client']) {
    await session.send(chat, { text: thread, thread }, delivery());
  }
  const sent = await control.log({ bot: place.bot, direction: 'from-bot' });
  assert.deepEqual(
    sent.map(({ message }) => message['message_thread_id']),
    [topic, undefined, undefined],
  );
  await control.closeTopic({ ...place, thread: topic });
  const closed = await failureOf(session.send(chat, { text: 'x', thread: String(topic) }, delivery()));
  assert.deepEqual(closed.fault, forbidden);
});

test('each role is what Telegram makes of it, and is told', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, eve } = hedge;
  await hedge.appoint({ can_promote_members: true });
  const become = async (role: Role): Promise<unknown> => {
    await session.setRole(chat.id, String(eve), role);
    await hedge.until(() => hedge.role(eve) === role, `Eve is ${role}`);
    return status(hedge, eve);
  };

  assert.equal(await become('moderator'), 'administrator');
  assert.equal(await become('member'), 'member');
  assert.equal(await become('admin'), 'administrator');
  assert.equal(await become('member'), 'member');
  assert.equal(await become('muted'), 'restricted');
  assert.equal(await become('member'), 'member');
  assert.equal(await become('banned'), 'kicked');
  assert.deepEqual(await session.banned(chat.id), [{ user: String(eve), name: 'Eve', role: 'banned' }]);
  assert.equal(await become('none'), 'left');
  assert.deepEqual(await session.banned(chat.id), []);
  await hedge.control.joinGroup({ bot: hedge.place.bot, chat: hedge.id, user: eve });
  assert.equal(await become('none'), 'left');
});

test('what the bot may not do to members is forbidden, in words', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, eve, world } = hedge;
  for (const role of ['none', 'banned', 'muted', 'moderator', 'admin'] as const) {
    const refused = await failureOf(session.setRole(chat.id, String(eve), role));
    assert.deepEqual(refused.fault, forbidden, role);
    assert.match(refused.message, /not enough rights/);
  }
  await hedge.appoint();
  assert.deepEqual((await failureOf(session.setRole(chat.id, String(world.anna.id), 'banned'))).fault, forbidden);
  assert.deepEqual((await failureOf(session.setRole(chat.id, String(world.anna.id), 'member'))).fault, forbidden);
  const owner = await failureOf(session.setRole(chat.id, String(eve), 'owner'));
  assert.deepEqual(owner.fault, { code: 'rejected', reason: 'unsupported' });
  const nobody = await failureOf(session.setRole(chat.id, '4711', 'banned'));
  assert.deepEqual(nobody.fault, { code: 'rejected', reason: 'not-found' });
});

test('of a basic group people are only put out: it knows neither bans nor silence', async (t) => {
  const hedge = await plantHedge(t, { type: 'group' });
  const { session, chat, eve } = hedge;
  assert.deepEqual((await failureOf(session.setRole(chat.id, String(eve), 'none'))).fault, forbidden);
  await hedge.appoint();
  const muted = await failureOf(session.setRole(chat.id, String(eve), 'muted'));
  assert.deepEqual(muted.fault, { code: 'rejected', reason: 'unsupported' });
  await session.setRole(chat.id, String(eve), 'banned');
  assert.equal(await status(hedge, eve), 'left');
});

test('a name and a topic are set where the bot may, and setting them again changes nothing', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat } = hedge;
  assert.deepEqual((await failureOf(session.describe(chat.id, { topic: 'x' }))).fault, forbidden);
  await hedge.appoint();
  for (let times = 0; times < 2; times += 1) await session.describe(chat.id, { name: 'Hedges', topic: 'Trimmed' });
  await hedge.until(() => hedge.about().topic === 'Trimmed' && hedge.about().name === 'Hedges', 'both are told');
});

test('leaving a group leaves it on Telegram, and coming back is not in the power of a bot', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat } = hedge;
  await session.join(chat.id);
  await session.leave(chat.id);
  await hedge.until(() => hedge.about().joined === false, 'it is told');
  assert.equal(await status(hedge, hedge.place.bot), undefined);
  const refused = await failureOf(session.join(chat.id));
  assert.deepEqual(refused.fault, forbidden);
  assert.match(refused.message, /has to add it/);
  assert.deepEqual((await session.rooms('', { limit: 10 })).rooms, []);
});

test('who has written to the bot is invited by a link, others are not reached; a command gives the link', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, control, place, eve } = hedge;
  await hedge.appoint();
  const refused = await failureOf(session.invite(chat.id, String(eve)));
  assert.equal(refused.fault.code, 'rejected');
  await control.openBot({ bot: place.bot, user: eve });
  await session.invite(chat.id, String(eve));
  const [invitation] = await control.log({ bot: place.bot, chat: eve, direction: 'from-bot' });
  assert.match(invitation?.text ?? '', /^You are invited to "Hedge": https:\/\/t\.me\/\+/);
  const [command] = session.commands;
  assert.match((await command?.run({}, chat)) ?? '', /^https:\/\/t\.me\/\+/);
});

test('groups are listed in pages, and found by number and name', async (t) => {
  const hedge = await plantHedge(t);
  const { session, control, world, place } = hedge;
  for (const title of ['Garden', 'Garden club']) {
    const { id } = await control.createGroup({ title, members: [world.anna.id] });
    await control.addToGroup({ ...place, chat: id });
    await hedge.until(() => hedge.about(id).size !== undefined, `${title} is known`);
  }
  const first = await session.rooms('', { limit: 2 });
  const rest = await session.rooms('', { limit: 2, after: first.next ?? '' });
  const names = [...first.rooms, ...rest.rooms].map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ['Garden', 'Garden club', 'Hedge']);
  assert.equal(rest.next, undefined);
  assert.equal((await session.rooms('club', { limit: 9 })).rooms.length, 1);
  assert.equal((await session.resolve('garden'))?.name, 'Garden');
  assert.deepEqual((await session.resolve(hedge.chat.id))?.chat, hedge.chat);
});

test('its members are those who run it and those who were heard of', async (t) => {
  const hedge = await plantHedge(t);
  const { session, control, place, eve, world } = hedge;
  const kim = (await control.createUser({ first_name: 'Kim' })).id;
  await control.sendText({ ...place, user: eve, text: 'hi' });
  await control.joinGroup({ bot: place.bot, chat: hedge.id, user: kim });
  await control.leaveGroup({ bot: place.bot, chat: hedge.id, user: kim });
  await hedge.until(() => hedge.role(kim) === 'none', 'Kim has left');
  const members = await Array.fromAsync(session.members(hedge.chat));
  assert.deepEqual(
    new Set(members.map(({ user, role }) => `${user} ${role}`)),
    new Set([`${world.anna.id} owner`, `${eve} member`, 'null member']),
  );
});

test('a group that becomes a supergroup moves, with its members, and what was written before stays as it was', async (t) => {
  const hedge = await plantHedge(t, { type: 'group' });
  const { session, chat, control, place, eve, world } = hedge;
  await control.sendText({ ...place, user: eve, text: 'hi' });
  const before = await session.send(chat, { text: 'in the group' }, delivery());
  const { id } = await control.migrateGroup(place);
  await hedge.until(() => hedge.about(id).size !== undefined, 'the supergroup is known');
  const next = { kind: 'group', id: String(id) } as const;

  const moved = world.account.upserts.filter(({ type }) => type === 'moved');
  assert.deepEqual(moved, [{ type: 'moved', from: chat, to: next }]);
  assert.equal(hedge.about(id).joined, true);
  const members = await Array.fromAsync(session.members(next));
  assert.ok(members.some(({ user }) => user === String(eve)));
  assert.match(before.id ?? '', /^g\d+$/);
  const stayed = await failureOf(session.retract(next, before.id ?? '', delivery()));
  assert.deepEqual(stayed.fault, { code: 'rejected', reason: 'not-found' });
  assert.match(stayed.message, /before the group became a supergroup/);
  const after = await session.send(next, { text: 'an answer', replyTo: { id: before.id ?? '' } }, delivery());
  assert.match(after.id ?? '', /^\d+$/);
  await session.send(chat, { text: 'by its old address' }, delivery());
  assert.deepEqual(await shown(hedge, id), ['an answer', 'by its old address']);
});

test('a call that finds the group moved goes to the supergroup, once', async (t) => {
  const hedge = await plantHedge(t, { type: 'group' });
  const { session, chat, control, place, world } = hedge;
  const before = await session.send(chat, { text: 'in the group' }, delivery());
  await control.waitForPoll({ bot: place.bot });
  await control.addFault({ method: 'getUpdates', times: null, effect: { kind: 'hold', work: 'before' } });
  await control.addFault({ method: 'getUpdates', effect: { kind: 'drop-before' } });
  const { id } = await control.migrateGroup(place);
  const answer = { text: 'after', replyTo: { id: before.id ?? '' } };
  const stayed = await failureOf(session.edit(chat, before.id ?? '', { text: 'x' }, delivery()));
  const sent = await session.send(chat, answer, delivery());

  assert.equal(stayed.fault.code, 'rejected');
  assert.match(sent.id ?? '', /^\d+$/);
  assert.deepEqual(await shown(hedge, id), ['after']);
  await control.clearFaults({});
  await control.waitForConfirmed({ bot: place.bot });
  const moved = world.account.upserts.filter(({ type }) => type === 'moved');
  assert.equal(moved.length, 1);
  assert.deepEqual(hedge.about(id).joined, true);
});

test('a group takes 20 messages a minute: the next one waits for its turn, and Telegram need not refuse it', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, control, place } = hedge;
  for (let count = 0; count < 20; count += 1) await session.send(chat, { text: `line ${count}` }, delivery());
  const { fault } = await failureOf(session.send(chat, { text: 'one too many' }, delivery()));
  assert.ok(fault.code === 'rate-limited' && fault.scope === 'chat');
  assert.ok(fault.retryAfterMs > 0 && fault.retryAfterMs <= 3_000, `${fault.retryAfterMs}`);
  const calls = await control.calls({ bot: place.bot, method: 'sendMessage' });
  assert.deepEqual(
    calls.filter(({ status }) => status !== 200),
    [],
  );
  await hedge.world.control.openBot({ bot: place.bot, user: hedge.eve });
  await session.send({ kind: 'direct', id: String(hedge.eve) }, { text: 'others go on' }, delivery());
});

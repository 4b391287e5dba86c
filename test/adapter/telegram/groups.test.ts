// Groups and channels as the core hears of them: the chat, its members, and what is said there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../../../src/adapter/api.ts';
import { addGroup, plantHedge } from './hedge.ts';
import { delivery, startWorld, textOf } from './world.ts';

test('a group that the bot is added to is a chat with its name, topic, size, owner and own place', async (t) => {
  const hedge = await plantHedge(t, { description: 'About hedges' });
  const { anna } = hedge.world;

  const { name, topic, joined, invitedBy, open, size, limits } = hedge.about();
  assert.deepEqual([name, topic, joined, open, size], ['Hedge', 'About hedges', true, false, 3]);
  assert.equal(invitedBy, String(anna.id));
  assert.deepEqual(limits?.chatRate, { count: 20, perMs: 60_000 });
  assert.deepEqual([hedge.role(anna.id), hedge.role(null), hedge.role(hedge.eve)], ['owner', 'member', undefined]);
  assert.deepEqual(hedge.world.account.log, [], 'nothing was said');
});

test('what is said in a group is said by people, who are members from then on and no contacts', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, chat, eve } = hedge;
  const { message } = await world.control.sendText({ ...place, user: eve, text: 'Good morning' });
  await world.control.sendText({ ...place, user: eve, text: 'and again' });

  const [said] = await world.events(2);

  const id = String(message.message_id);
  assert.deepEqual(said, {
    ...{ type: 'message', key: `message:${chat.id}:${id}:${message.date}`, id, at: message.date * 1000 },
    ...{ chat, from: String(eve), name: 'Eve', content: { text: 'Good morning' } },
  });
  const told = hedge.members().filter(({ user }) => user === String(eve));
  assert.deepEqual(told, [{ user: String(eve), name: 'Eve', role: 'member' }]);
  assert.ok(!world.account.upserts.some(({ type }) => type === 'contact'));
});

test('whoever is renamed in a group has the new name there, and as a contact if he is one', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place } = hedge;
  await world.control.openBot({ bot: world.bot.id, user: world.anna.id });
  await world.control.updateUser({ user: world.anna.id, first_name: 'Annika' });
  await world.control.sendText({ ...place, text: 'it is me' });
  await world.events(2);

  const user = String(world.anna.id);
  assert.deepEqual(hedge.members().at(-1), { user, name: 'Annika Berg', role: 'owner' });
  assert.deepEqual(
    world.account.upserts.filter(({ type }) => type === 'contact'),
    [
      { type: 'contact', user, name: 'Anna Berg', listed: true },
      { type: 'contact', user, name: 'Annika Berg' },
    ],
  );
});

test('the title that an administrator was given is told, and that it is his no more', async (t) => {
  const hedge = await plantHedge(t);
  const { control, place, eve, world } = hedge;
  await hedge.appoint();
  const { bot, user: by, chat } = place;
  const change = { bot, chat, by, user: eve, status: 'administrator' } as const;
  const titles = () => hedge.members().findLast(({ user }) => user === String(eve))?.titles;
  await control.setMember({ ...change, custom_title: 'Gardener' });
  await hedge.until(() => titles()?.[0] === 'Gardener', 'Eve has a title');
  const all: Member[] = [];
  for await (const member of hedge.session.members(hedge.chat)) all.push(member);
  assert.deepEqual(all.find(({ user }) => user === String(eve))?.titles, ['Gardener']);
  await control.setMember({ ...change, status: 'member' });
  await hedge.until(() => titles()?.length === 0, 'Eve has none');
  assert.equal(hedge.members().find(({ user }) => user === String(world.anna.id))?.titles, undefined);
});

test('edits, answers, mentions and reactions name what and whom they mean', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, eve, chat } = hedge;
  const { control } = world;
  await hedge.appoint();
  const first = (await control.sendText({ ...place, text: 'helo' })).message.message_id;
  await control.editMessage({ ...place, message_id: first, text: 'hello' });
  await control.sendText({ ...place, user: eve, text: 'hi @annab, @nobody_known and @gate_bot', reply_to: first });
  const sent = await hedge.session.send(chat, { text: 'from the gate' }, delivery());
  await control.sendText({ ...place, text: 'thanks', reply_to: Number(sent.id) });
  await control.react({ ...place, user: eve, message_id: first, reaction: ['🔥'] });

  const [, edit, reply, thanks, reaction] = await world.events(5);

  assert.ok(edit?.type === 'edit' && edit.target === String(first) && textOf(edit) === 'hello');
  assert.ok(reply?.type === 'message');
  assert.deepEqual(reply.content.replyTo, { id: String(first), author: String(world.anna.id), text: 'hello' });
  assert.deepEqual(reply.content.spans, [
    { kind: 'mention', start: 3, end: 9, value: String(world.anna.id) },
    { kind: 'mention', start: 29, end: 38, value: String(world.bot.id) },
  ]);
  assert.ok(thanks?.type === 'message' && thanks.content.replyTo?.author === null);
  assert.ok(reaction?.type === 'react' && reaction.from === String(eve) && reaction.target === String(first));
});

test('who comes and goes is told by members, whoever did it, and with no line', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, eve } = hedge;
  const { bot, chat } = place;
  const kim = (await world.control.createUser({ first_name: 'Kim' })).id;
  await world.control.joinGroup({ bot, chat, user: kim, by: eve });
  await world.control.leaveGroup({ bot, chat, user: kim });
  await hedge.until(() => hedge.role(kim) === 'none', 'Kim has left');
  await hedge.appoint();
  await world.control.joinGroup({ bot, chat, user: kim });
  await world.control.leaveGroup({ bot, chat, user: kim, by: world.anna.id });
  await hedge.until(() => hedge.role(kim) === 'banned', 'Kim is banned');
  await world.control.waitForConfirmed({ bot });

  const [user, by] = [String(kim), String(world.anna.id)];
  assert.deepEqual(
    hedge.members().filter((one) => one.user === user),
    [
      { user, name: 'Kim', role: 'member', by: String(eve) },
      { user, name: 'Kim', role: 'none' },
      { user, name: 'Kim', role: 'member' },
      { user, name: 'Kim', role: 'banned', by },
    ],
  );
  assert.deepEqual(world.account.log, []);
});

test('roles follow what Telegram lets people do', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, eve } = hedge;
  await hedge.appoint();
  const change = { bot: place.bot, chat: place.chat, by: world.anna.id, user: eve };
  await world.control.setMember({ ...change, status: 'administrator' });
  await world.control.setMember({ ...change, status: 'administrator', rights: { can_restrict_members: false } });
  await world.control.setMember({ ...change, status: 'restricted' });
  await world.control.setMember({ ...change, status: 'kicked' });
  await world.control.setMember({ ...change, status: 'left' });
  await hedge.until(() => hedge.role(eve) === 'none', 'Eve is out');

  const roles = hedge.members().filter(({ user }) => user === String(eve));
  assert.deepEqual(
    roles.map(({ role, by }) => [role, by]),
    ['admin', 'moderator', 'muted', 'banned', 'none'].map((role) => [role, String(world.anna.id)]),
  );
});

test('what happens in a group is a line that raises no alert, and a new name is the name', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place } = hedge;
  const { message } = await world.control.sendText({ ...place, text: 'Rules: be kind' });
  await world.control.pinMessage({ ...place, message_id: message.message_id });
  await world.control.setChat({ ...place, title: 'Hedges' });
  await world.control.sendOther({ ...place, fields: { new_chat_photo: [{ file_id: 'x' }] } });
  await world.control.sendOther({ ...place, fields: { video_chat_started: {} } });
  await world.control.sendOther({ ...place, fields: { giveaway_completed: { winner_count: 1 } } });

  const [, ...happened] = await world.events(6);

  assert.deepEqual(happened.map(textOf), [
    '[pinned a message: Rules: be kind]',
    '[changed the name to "Hedges"]',
    '[changed the picture]',
    '[started a video chat]',
    '[something that cannot be shown here: giveaway completed]',
  ]);
  assert.deepEqual(
    happened.map((event) => event.type === 'message' && event.content.notice),
    [true, true, true, true, undefined],
  );
  assert.equal(hedge.about().name, 'Hedges');
});

test('who speaks as the group is the group, who speaks as a channel is the channel', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, eve } = hedge;
  const news = await world.control.createGroup({ title: 'News', type: 'channel', members: [eve] });
  await world.control.sendText({ ...place, as: hedge.id, text: 'we decided' });
  await world.control.sendOther({ ...place, as: hedge.id, fields: { text: 'really', author_signature: 'Chair' } });
  await world.control.sendText({ ...place, user: eve, as: news.id, text: 'breaking' });

  const said = await world.events(3);

  assert.deepEqual(
    said.map((event) => event.type === 'message' && [event.from, event.name, event.content.text]),
    [
      [hedge.chat.id, 'Hedge', 'we decided'],
      [hedge.chat.id, 'Hedge', '[by Chair]\nreally'],
      [String(news.id), 'News', 'breaking'],
    ],
  );
  assert.equal(hedge.role(news.id), 'member');
});

test('a channel speaks as itself, and the bot is silent there unless it may post', async (t) => {
  const hedge = await plantHedge(t, { type: 'channel' });
  const { world, place, chat } = hedge;
  assert.equal(hedge.role(null), 'admin');
  const { message } = await world.control.sendText({ ...place, text: 'first post' });
  await world.control.editMessage({ ...place, message_id: message.message_id, text: 'first post!' });
  await world.control.setMember({
    ...{ bot: place.bot, chat: hedge.id, by: world.anna.id, user: place.bot, status: 'administrator' },
    rights: { can_post_messages: false },
  });
  await hedge.until(() => hedge.role(null) === 'muted', 'it may not post');

  const [post, edit] = await world.events(2);

  assert.ok(post?.type === 'message' && post.from === chat.id && post.name === 'Hedge');
  assert.ok(edit?.type === 'edit' && edit.from === chat.id && edit.target === String(message.message_id));
});

test('what is said in a topic has its thread, and answers nothing by that', async (t) => {
  const hedge = await plantHedge(t, { forum: true });
  const { world, place } = hedge;
  const { message } = await world.control.createTopic({ ...place, name: 'Roses' });
  const thread = message.message_id;
  const first = await world.control.sendText({ ...place, thread, text: 'red' });
  await world.control.sendText({ ...place, thread, text: 'or white?', reply_to: first.message.message_id });
  await world.control.sendText({ ...place, text: 'in general' });

  const said = await world.events(4);

  const threads = said.map((event) => (event.type === 'message' ? [event.content.text, event.content.thread] : []));
  const name = String(thread);
  assert.deepEqual(threads, [
    ['[opened the topic "Roses"]', name],
    ['red', name],
    ['or white?', name],
    ['in general', undefined],
  ]);
  const replies = said.map((event) => event.type === 'message' && event.content.replyTo?.id);
  assert.deepEqual(replies, [undefined, undefined, String(first.message.message_id), undefined]);
});

test('the user is told once, and for long, that privacy mode hides what is said, and what to do', async (t) => {
  const world = await startWorld(t);
  await world.connect();
  const hedge = await addGroup(world);
  const [notice] = await world.events(1);
  await world.account.link?.close();
  const again = await world.connect();
  await hedge.until(
    () => again.asked.some(({ events = [] }) => events.some(({ type }) => type === 'chat')),
    'asked again',
  );

  assert.match(textOf(notice) ?? '', /"Hedge".*@gate_bot.*\/setprivacy to @BotFather/s);
  const repeated = again.asked.flatMap(({ events = [] }) => events).filter(({ type }) => type === 'notice');
  assert.deepEqual(repeated, [], 'it is remembered for longer than event keys are');
  assert.equal((await world.control.sendText({ ...hedge.place, text: 'hidden' })).update_id, null);
});

test('nobody is told of privacy mode where it hides nothing', async (t) => {
  const world = await startWorld(t);
  await world.connect();
  const { anna, bot } = world;
  const group = await world.control.createGroup({ title: 'Yard', type: 'supergroup', members: [anna.id] });
  const appointed = { bot: bot.id, chat: group.id, by: anna.id, user: bot.id, status: 'administrator' } as const;
  await world.control.setMember(appointed);
  await world.account.link?.until(
    () => world.account.upserts.some((one) => one.type === 'chat' && one.topic !== undefined),
    'the group is known',
  );
  assert.deepEqual(world.account.log, []);
});

test('a bot that is put out is told so, and is back when it is added again', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place } = hedge;
  await world.control.removeFromGroup(place);
  await hedge.until(() => hedge.about().joined === false, 'it is out');
  assert.deepEqual(hedge.members().at(-1), { user: null, role: 'banned', by: String(world.anna.id) });
  await world.control.addToGroup(place);
  await hedge.until(() => hedge.about().joined === true && hedge.role(null) === 'member', 'it is back');
});

test('what changed while the account was away is learnt at the next start', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, eve } = hedge;
  const change = { bot: place.bot, chat: place.chat, by: world.anna.id, user: eve };
  await world.control.setMember({ ...change, status: 'administrator' });
  await world.account.link?.close();
  await world.connect();
  await hedge.until(() => hedge.role(eve) === 'admin', 'Eve is an administrator');
  await world.account.link?.close();
  await world.control.setMember({ ...change, status: 'member' });
  await world.control.setChat({ ...place, description: 'new topic' });
  await world.connect();
  await hedge.until(() => hedge.role(eve) === 'member' && hedge.about().topic === 'new topic', 'both are known');
});

test('a group that the gateway met before it showed groups becomes a chat when something happens there', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place } = hedge;
  await world.account.link?.close();
  for (const key of [...world.account.state.keys()]) if (key.includes(hedge.chat.id)) world.account.state.delete(key);
  world.account.state.set(`group/${hedge.chat.id}`, Buffer.from('told'));
  world.account.upserts.splice(0);
  await world.control.sendText({ ...place, text: 'still here' });
  await world.connect();
  await world.events(1);
  await hedge.until(() => hedge.about().size === 3 && hedge.role(world.anna.id) === 'owner', 'the group is known');
});

test('Telegram that is away or limits us delays what is learnt of a group, and loses none of it', async (t) => {
  const world = await startWorld(t, {}, { readsAll: true });
  await world.connect();
  const limit = { kind: 'error', code: 429, description: 'Too Many Requests', retry_after: 1 } as const;
  await world.control.addFault({ method: 'getChat', effect: limit });
  await world.control.addFault({ method: 'getChatAdministrators', effect: { kind: 'html', code: 502 } });
  const hedge = await addGroup(world);
  await hedge.until(() => hedge.role(world.anna.id) === 'owner', 'the group is known');
});

test('an update of a group that cannot be read is a line in that group', async (t) => {
  const hedge = await plantHedge(t);
  const { world, place, chat, eve } = hedge;
  const message = { message_id: 900, date: 1_700_000_000, chat: { id: hedge.id, type: 'supergroup', title: 'Hedge' } };
  const from = { id: eve, is_bot: false, first_name: 'Eve' };
  await world.control.pushUpdate({ bot: place.bot, update: { message: { ...message, from, text: 7 } } });
  const [line] = await world.events(1);
  assert.equal(textOf(line), '[something Telegram sent that could not be read]');
  assert.ok(line?.type === 'message' && line.chat.id === chat.id && line.from === String(eve));
});

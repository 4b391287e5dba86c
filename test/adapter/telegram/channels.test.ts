// Channels, those who speak in the name of one, topics of a forum, and other bots: what is special about who says what where.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plantHedge } from './hedge.ts';
import type { Hedge } from './hedge.ts';
import { delivery, failureOf, textOf } from './world.ts';

/** A channel of Eve's, in whose name she has written in the group. */
async function inTheNameOfNews({ control, place, eve, world }: Hedge): Promise<{ id: number; user: string }> {
  const { id } = await control.createGroup({ title: 'News', type: 'channel', members: [eve] });
  await control.sendText({ ...place, user: eve, as: id, text: 'buy this' });
  await world.events(1);
  return { id, user: String(id) };
}

test('reactions that nobody signs are those of the chat, each emoji once', async (t) => {
  const hedge = await plantHedge(t, { type: 'channel' });
  const { control, place, world, chat, eve } = hedge;
  const { message_id } = (await control.sendText({ ...place, text: 'first post' })).message;
  for (const user of [place.user, eve]) await control.react({ ...place, user, message_id, reaction: ['🔥'] });
  await control.react({ ...place, message_id, reaction: ['👍'] });
  for (const user of [place.user, eve]) await control.react({ ...place, user, message_id, reaction: [] });

  const [, ...reactions] = await world.events(6);

  assert.deepEqual(
    reactions.map((event) => event.type === 'react' && [event.from, event.target, event.emojis.join('')]),
    ['🔥', '🔥', '👍🔥', '🔥', ''].map((all) => [chat.id, String(message_id), all]),
  );
});

test('who reacts in the name of the group is the group', async (t) => {
  const hedge = await plantHedge(t);
  const { control, place, world, chat } = hedge;
  await hedge.appoint();
  const { message_id } = (await control.sendText({ ...place, text: 'we decided' })).message;
  await control.react({ ...place, as: hedge.id, message_id, reaction: ['👍'] });
  const [, reaction] = await world.events(2);
  assert.ok(reaction?.type === 'react' && reaction.from === chat.id && reaction.name === 'Hedge');
});

test('a post of the linked channel is said by the channel, and comments answer it', async (t) => {
  const hedge = await plantHedge(t);
  const { control, place, world, eve } = hedge;
  const news = await control.createGroup({ title: 'News', type: 'channel', members: [world.anna.id] });
  await control.linkChannel({ ...place, channel: news.id });
  await control.sendText({ ...place, chat: news.id, text: 'breaking' });
  const [post] = await world.events(1);
  assert.ok(post?.type === 'message' && post.id !== undefined);
  assert.deepEqual([post.from, post.name, post.content], [String(news.id), 'News', { text: 'breaking' }]);
  await control.sendText({ ...place, user: eve, text: 'really?', reply_to: Number(post.id) });
  const [, comment] = await world.events(2);
  assert.deepEqual(comment?.type === 'message' && comment.content.replyTo, {
    ...{ id: post.id, author: String(news.id), text: 'breaking' },
  });
});

test('a channel in whose name somebody writes is banned and let in again, and can be made nothing else', async (t) => {
  const hedge = await plantHedge(t);
  const { session, chat, control, place, eve } = hedge;
  const news = await inTheNameOfNews(hedge);
  const forbidden = { code: 'rejected', reason: 'forbidden' };
  assert.deepEqual((await failureOf(session.setRole(chat.id, news.user, 'banned'))).fault, forbidden);
  await hedge.appoint();
  await session.setRole(chat.id, news.user, 'banned');
  await hedge.until(() => hedge.role(news.id) === 'banned', 'it is banned');
  const write = () => control.sendText({ ...place, user: eve, as: news.id, text: 'and that' });
  await assert.rejects(write(), /banned there/);
  await session.setRole(chat.id, news.user, 'none');
  await hedge.until(() => hedge.role(news.id) === 'none', 'it is banned no more');
  await write();
  await hedge.until(() => hedge.role(news.id) === 'member', 'it is back');
  for (const role of ['none', 'muted', 'admin'] as const) {
    const { fault } = await failureOf(session.setRole(chat.id, news.user, role));
    assert.deepEqual(fault, { code: 'rejected', reason: 'unsupported' }, role);
  }
});

test('other bots are members like anybody', async (t) => {
  const hedge = await plantHedge(t);
  const { control, place, world } = hedge;
  const gardener = await control.createBot({ first_name: 'Gardener' });
  await control.joinGroup({ ...place, user: gardener.id, by: place.user });
  await hedge.until(() => hedge.role(gardener.id) === 'member', 'it is there');
  await hedge.appoint();
  await control.setMember({ ...place, by: place.user, user: gardener.id, status: 'administrator' });
  await hedge.until(() => hedge.role(gardener.id) === 'admin', 'it is an administrator');
  assert.deepEqual(hedge.members().find(({ user }) => user === String(gardener.id))?.name, 'Gardener');
  assert.deepEqual(world.account.log, []);
});

test('an answer stands in the topic of what it answers, whether or not it names it', async (t) => {
  const hedge = await plantHedge(t, { forum: true });
  const { session, chat, control, place } = hedge;
  const thread = (await control.createTopic({ ...place, name: 'Roses' })).message.message_id;
  const asked = (await control.sendText({ ...place, thread, text: 'red or white?' })).message.message_id;
  const general = (await control.sendText({ ...place, text: 'hello all' })).message.message_id;
  for (const [text, id] of [['red', asked] as const, ['hello', general] as const]) {
    await session.send(chat, { text, replyTo: { id: String(id) } }, delivery());
  }
  const sent = await control.log({ bot: place.bot, direction: 'from-bot' });
  assert.deepEqual(
    sent.map(({ message }) => message['message_thread_id']),
    [thread, undefined],
  );
});

test('an answer to what is gone stands in its topic without it, also where Telegram insists', async (t) => {
  const hedge = await plantHedge(t, { forum: true });
  const { session, chat, control, place } = hedge;
  const thread = (await control.createTopic({ ...place, name: 'Roses' })).message.message_id;
  const description = 'Bad Request: message to be replied not found';
  await control.addFault({ method: 'sendMessage', effect: { kind: 'error', code: 400, description } });
  const content = { text: 'red', thread: String(thread), replyTo: { id: '4711' } };
  await session.send(chat, content, delivery());
  const [sent] = await control.log({ bot: place.bot, direction: 'from-bot' });
  assert.deepEqual([sent?.text, sent?.message['message_thread_id']], ['red', thread]);
});

test('the general topic has no thread, whatever happens to the others', async (t) => {
  const hedge = await plantHedge(t, { forum: true });
  const { control, place, world } = hedge;
  const thread = (await control.createTopic({ ...place, name: 'Roses' })).message.message_id;
  await control.closeTopic({ ...place, thread });
  await control.sendOther({ ...place, fields: { general_forum_topic_hidden: {} } });
  const general = (await control.sendText({ ...place, text: 'in general' })).message.message_id;
  // A chain of answers outside of topics has a number, too, which names none.
  const chain = { message_thread_id: general, text: 'and so on' };
  await control.sendOther({ ...place, fields: chain });

  const said = (await world.events(5)).map(
    (event) => event.type === 'message' && [textOf(event), event.content.thread],
  );

  assert.deepEqual(said, [
    ['[opened the topic "Roses"]', String(thread)],
    ['[closed the topic]', String(thread)],
    ['[hid the general topic]', undefined],
    ['in general', undefined],
    ['and so on', undefined],
  ]);
});

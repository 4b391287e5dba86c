// The fake Bot API server: channels, who speaks in the name of one, and the topics of a forum.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plantGarden } from '../fake/telegram/garden.ts';
import { appoint, confirm, done, hedge, kinds, refused } from '../fake/telegram/hedge.ts';
import type { ApiMessage } from '../fake/telegram/index.ts';

test('who writes as the group or as a channel stands in sender_chat', async (t) => {
  const garden = await hedge(t);
  const { control, place, eve, chat } = garden;
  await appoint(garden);
  const { message } = await control.sendText({ ...place, as: chat, text: 'we' });
  assert.deepEqual(
    [message.from?.username, (message['sender_chat'] as { id: number }).id],
    ['GroupAnonymousBot', chat],
  );
  await assert.rejects(control.sendText({ ...place, user: eve, as: chat, text: 'we' }), /cannot write as/);
  const news = await control.createGroup({ title: 'News', type: 'channel', members: [eve] });
  const posted = await control.sendText({ ...place, user: eve, as: news.id, text: 'from the channel' });
  assert.equal(posted.message.from?.username, 'Channel_Bot');
});

test('a channel has posts without a from, and takes them from who may post', async (t) => {
  const garden = await hedge(t, 'channel');
  const { control, place, eve, bot, ada, chat } = garden;
  const { message } = await control.sendText({ ...place, text: 'first post' });
  await control.editMessage({ ...place, message_id: message.message_id, text: 'first post!' });
  const updates = await confirm(garden);
  assert.deepEqual(kinds(updates), ['channel_post', 'edited_channel_post']);
  assert.equal((updates[0]?.['channel_post'] as ApiMessage).from, undefined);
  await assert.rejects(control.sendText({ ...place, user: eve, text: 'x' }), /may not write/);
  await done(garden, 'sendMessage', { text: 'by the bot' });
  await done(garden, 'editMessageText', { message_id: message.message_id, text: 'by the bot' });
  const rights = { can_post_messages: false, can_edit_messages: false };
  await control.setMember({ bot: bot.id, by: ada, chat, user: bot.id, status: 'administrator', rights });
  const why = await refused(garden, 'sendMessage', { text: 'x' });
  assert.equal(why, 'Bad Request: need administrator rights in the channel chat');
});

test('of reactions in a channel an administrator learns how many there are, and not whose', async (t) => {
  const garden = await hedge(t, 'channel');
  const { control, place, eve, raw } = garden;
  await raw.updates({ allowed_updates: ['channel_post', 'message_reaction_count'] });
  const { message_id } = (await control.sendText({ ...place, text: 'first post' })).message;
  for (const user of [place.user, eve]) await control.react({ ...place, user, message_id, reaction: ['🔥'] });
  await control.react({ ...place, message_id, reaction: [] });
  const counts = (await confirm(garden)).flatMap((update) => update['message_reaction_count'] ?? []);
  const kind = { type: 'emoji', emoji: '🔥' };
  assert.deepEqual(
    counts.map((one) => (one as { reactions: unknown }).reactions),
    [1, 2, 1].map((total_count) => [{ type: kind, total_count }]),
  );
  assert.ok(counts.every((one) => !Object.hasOwn(one, 'user')));
});

test('who reacts as the group is the group', async (t) => {
  const garden = await hedge(t);
  const { control, place, chat } = garden;
  await appoint(garden);
  const { message_id } = (await control.sendText({ ...place, text: 'we' })).message;
  await control.react({ ...place, as: chat, message_id, reaction: ['👍'] });
  const told = (await confirm(garden)).at(-1)?.['message_reaction'] as Record<string, { id: number } | undefined>;
  assert.deepEqual([told['user'], told['actor_chat']?.id], [undefined, chat]);
});

test('a post of a linked channel stands in the group, by the channel, also if the bot sees the group only', async (t) => {
  const garden = await hedge(t);
  const { control, place, ada, chat } = garden;
  await appoint(garden);
  const news = await control.createGroup({ title: 'News', type: 'channel', members: [ada] });
  await control.linkChannel({ ...place, channel: news.id });
  await confirm(garden);
  const { message, update_id } = await control.sendText({ ...place, chat: news.id, text: 'breaking' });
  assert.equal(update_id, null);
  const [brought, ...others] = (await confirm(garden)).map((update) => update['message'] as ApiMessage);
  assert.deepEqual(others, []);
  assert.deepEqual([brought?.chat.id, brought?.from?.id, brought?.text], [chat, 777000, 'breaking']);
  assert.deepEqual([brought?.['sender_chat'], brought?.['is_automatic_forward']], [message['sender_chat'], true]);
  const about = await done<{ linked_chat_id: number }>(garden, 'getChat');
  assert.equal(about.linked_chat_id, news.id);
});

test('a channel that is banned is not written as, until it is let in again', async (t) => {
  const garden = await hedge(t);
  const { control, place, eve } = garden;
  const news = await control.createGroup({ title: 'News', type: 'channel', members: [eve] });
  const sender = { sender_chat_id: news.id };
  const why = 'Bad Request: not enough rights to restrict/unrestrict chat member';
  assert.equal(await refused(garden, 'banChatSenderChat', sender), why);
  await appoint(garden);
  await done(garden, 'banChatSenderChat', sender);
  const write = () => control.sendText({ ...place, user: eve, as: news.id, text: 'x' });
  await assert.rejects(write(), /banned there/);
  await done(garden, 'unbanChatSenderChat', sender);
  await write();
  for (const wrong of [eve, 'x']) await refused(garden, 'banChatSenderChat', { sender_chat_id: wrong });
});

test('a topic of a forum is named by its first message, and may be closed', async (t) => {
  const garden = await plantGarden(t);
  const { control, bot, ada, raw } = garden;
  const forum = await control.createGroup({ title: 'F', type: 'supergroup', is_forum: true, members: [ada] });
  const place = { bot: bot.id, user: ada, chat: forum.id };
  await control.addToGroup(place);
  const { message } = await control.createTopic({ ...place, name: 'Roses' });
  const thread = message.message_id;
  assert.deepEqual([message['message_thread_id'], message['is_topic_message']], [thread, true]);
  const said = await control.sendText({ ...place, thread, text: '/hello' });
  assert.equal(said.message.reply_to_message?.message_id, thread);
  const send = (id: number) => raw.call('sendMessage', { chat_id: forum.id, message_thread_id: id, text: 'x' });
  assert.equal((await send(thread)).status, 200);
  assert.equal((await send(4711)).body.description, 'Bad Request: message thread not found');
  const reply_parameters = { message_id: said.message.message_id };
  const answer = await raw.call<ApiMessage>('sendMessage', { chat_id: forum.id, text: 'there', reply_parameters });
  assert.equal(answer.body.result?.['message_thread_id'], thread, 'an answer stands where what it answers does');
  await control.closeTopic({ ...place, thread });
  assert.equal((await send(thread)).body.description, 'Bad Request: TOPIC_CLOSED');
});

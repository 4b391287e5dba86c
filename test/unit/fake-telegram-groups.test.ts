// The fake Bot API server: groups and supergroups, and what a bot may learn and do in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiMessage } from '../fake/telegram/index.ts';
import { appoint, confirm, done, hedge, kinds, refused } from '../fake/telegram/hedge.ts';

test('joins and leaves are service messages, and chat_member only for an administrator', async (t) => {
  const garden = await hedge(t);
  const { control, bot, chat } = garden;
  const kim = await control.createUser({ first_name: 'Kim' });
  await control.joinGroup({ bot: bot.id, chat, user: kim.id });
  await control.leaveGroup({ bot: bot.id, chat, user: kim.id });
  const before = await confirm(garden);
  await appoint(garden);
  await confirm(garden);
  await control.joinGroup({ bot: bot.id, chat, user: kim.id, by: garden.eve });
  const after = await confirm(garden);

  assert.deepEqual(kinds(before), ['message', 'message']);
  assert.deepEqual(kinds(after), ['chat_member', 'message']);
  const change = after[0]?.['chat_member'] as { from: { id: number }; new_chat_member: { status: string } };
  assert.deepEqual([change.from.id, change.new_chat_member.status], [garden.eve, 'member']);
});

test('who is removed from a supergroup is banned, and cannot come back before he is unbanned', async (t) => {
  const garden = await hedge(t);
  const { control, bot, chat, ada, eve } = garden;
  await appoint(garden);
  await control.leaveGroup({ bot: bot.id, chat, user: eve, by: ada });
  assert.equal((await done<{ status: string }>(garden, 'getChatMember', { user_id: eve })).status, 'kicked');
  await assert.rejects(control.joinGroup({ bot: bot.id, chat, user: eve }), /banned/);
  await done(garden, 'unbanChatMember', { user_id: eve });
  await control.joinGroup({ bot: bot.id, chat, user: eve });
});

test('a bot without rights changes nothing, and is told why', async (t) => {
  const garden = await hedge(t);
  const { eve: user_id, ada, bot } = garden;
  const noRights = 'Bad Request: not enough rights to restrict/unrestrict chat member';
  assert.equal(await refused(garden, 'banChatMember', { user_id }), noRights);
  assert.equal(await refused(garden, 'unbanChatMember', { user_id }), noRights);
  assert.equal(await refused(garden, 'restrictChatMember', { user_id, permissions: {} }), noRights);
  assert.equal(await refused(garden, 'promoteChatMember', { user_id }), 'Bad Request: not enough rights');
  assert.match(await refused(garden, 'setChatTitle', { title: 'x' }), /not enough rights to change chat title$/);
  assert.match(await refused(garden, 'setChatDescription', { description: 'x' }), /not enough rights/);
  assert.match(await refused(garden, 'createChatInviteLink', {}), /not enough rights/);
  assert.equal(await refused(garden, 'banChatMember', { user_id: ada }), "Bad Request: can't remove chat owner");
  assert.equal(await refused(garden, 'banChatMember', { user_id: bot.id }), "Bad Request: can't restrict self");
  assert.equal(await refused(garden, 'banChatMember', { user_id: 42 }), 'Bad Request: user not found');
});

test('with the rights it bans, restricts and appoints, and hears of it as chat_member', async (t) => {
  const garden = await hedge(t);
  const { eve, control, place } = garden;
  await appoint(garden, { can_promote_members: true });
  await confirm(garden);
  await done(garden, 'restrictChatMember', { user_id: eve, permissions: { can_send_messages: false } });
  await assert.rejects(control.sendText({ ...place, user: eve, text: 'x' }), /may not write/);
  await done(garden, 'promoteChatMember', { user_id: eve, can_delete_messages: true });
  assert.match(await refused(garden, 'banChatMember', { user_id: eve }), /user is an administrator of the chat$/);
  await done(garden, 'promoteChatMember', { user_id: eve });
  await done(garden, 'banChatMember', { user_id: eve });
  const statuses = (await confirm(garden)).map(
    (update) => (update['chat_member'] as { new_chat_member: { status: string } }).new_chat_member.status,
  );
  assert.deepEqual(statuses, ['restricted', 'administrator', 'member', 'kicked']);
});

test('a bot grants no right that it lacks, and unmakes no administrator of others', async (t) => {
  const garden = await hedge(t);
  const { bot, chat, ada, eve, control } = garden;
  await appoint(garden, { can_promote_members: true, can_pin_messages: false });
  const pins = { user_id: eve, can_pin_messages: true };
  assert.equal(await refused(garden, 'promoteChatMember', pins), 'Bad Request: RIGHT_FORBIDDEN');
  await control.setMember({ bot: bot.id, chat, by: ada, user: eve, status: 'administrator' });
  assert.equal(await refused(garden, 'promoteChatMember', { user_id: eve }), 'Bad Request: CHAT_ADMIN_REQUIRED');
});

test('a basic group knows no bans, restrictions or appointments by bots', async (t) => {
  const garden = await hedge(t, 'group');
  const { eve: user_id } = garden;
  assert.match(await refused(garden, 'banChatMember', { user_id }), /need to be inviter/);
  await appoint(garden);
  assert.match(await refused(garden, 'restrictChatMember', { user_id }), /only for supergroups$/);
  assert.match(await refused(garden, 'unbanChatMember', { user_id }), /supergroup and channel chats only$/);
  assert.match(await refused(garden, 'promoteChatMember', { user_id }), /supergroup and channel chats only$/);
  await done(garden, 'banChatMember', { user_id });
  assert.equal((await done<{ status: string }>(garden, 'getChatMember', { user_id })).status, 'left');
});

test('a chat tells its description, its size, and its administrators without other bots', async (t) => {
  const garden = await hedge(t);
  const { control, ada, chat, bot } = garden;
  const other = await control.createBot({});
  await control.setMember({ bot: other.id, by: ada, chat, user: other.id, status: 'administrator' });
  const about = await done<{ description: string; permissions: object }>(garden, 'getChat');
  assert.deepEqual([about.description, 'permissions' in about], ['trim it', true]);
  assert.equal(await done(garden, 'getChatMemberCount'), 4);
  const admins = await done<{ user: { id: number } }[]>(garden, 'getChatAdministrators');
  assert.deepEqual(
    admins.map(({ user }) => user.id),
    [ada],
  );
  await appoint(garden);
  assert.equal((await done<unknown[]>(garden, 'getChatAdministrators')).length, 2);
  assert.notEqual(bot.id, other.id);
});

test('an administrator hears all that is said, and reactions', async (t) => {
  const garden = await hedge(t);
  const { control, place } = garden;
  const { message, update_id } = await control.sendText({ ...place, text: 'just talk' });
  assert.equal(update_id, null);
  assert.equal(await control.react({ ...place, message_id: message.message_id, reaction: ['👍'] }), null);
  await appoint(garden);
  assert.notEqual((await control.sendText({ ...place, text: 'more talk' })).update_id, null);
  assert.notEqual(await control.react({ ...place, message_id: message.message_id, reaction: ['🔥'] }), null);
});

test('other bots are added by a member, and shown like anybody', async (t) => {
  const garden = await hedge(t);
  const { control, place } = garden;
  const other = await control.createBot({ first_name: 'Gardener' });
  const { message } = (await control.joinGroup({ ...place, user: other.id, by: place.user })) ?? {};
  const [one] = message?.['new_chat_members'] as { is_bot: boolean; first_name: string }[];
  assert.deepEqual([one?.is_bot, one?.first_name], [true, 'Gardener']);
});

test('a group that has become a supergroup says where it went', async (t) => {
  const garden = await hedge(t, 'group');
  const { control, place, raw, chat } = garden;
  const next = await control.migrateGroup(place);
  const [to, from] = (await confirm(garden)).map((update) => update['message'] as ApiMessage);
  assert.deepEqual([to?.chat.id, to?.['migrate_to_chat_id']], [chat, next.id]);
  assert.deepEqual([from?.chat.id, from?.['migrate_from_chat_id']], [next.id, chat]);
  const { status, body } = await raw.call('sendMessage', { chat_id: chat, text: 'x' });
  assert.equal(status, 400);
  assert.equal(body.description, 'Bad Request: group chat was upgraded to a supergroup chat');
  assert.deepEqual(body.parameters, { migrate_to_chat_id: next.id });
  assert.equal((await raw.call('sendMessage', { chat_id: next.id, text: 'x' })).status, 200);
});

test('a bot that leaves is told so, and refused from then on; one that was banned is told that', async (t) => {
  const garden = await hedge(t);
  const { control, bot, ada, chat } = garden;
  await done(garden, 'leaveChat');
  assert.deepEqual(kinds(await confirm(garden)), ['my_chat_member']);
  const left = 'Forbidden: bot is not a member of the supergroup chat';
  assert.equal(await refused(garden, 'sendMessage', { text: 'x' }), left);
  await control.setMember({ bot: bot.id, by: ada, chat, user: bot.id, status: 'kicked' });
  const kicked = 'Forbidden: bot was kicked from the supergroup chat';
  assert.equal(await refused(garden, 'sendMessage', { text: 'x' }), kicked);
});

test('where members may not write, neither may a bot that is one', async (t) => {
  const garden = await hedge(t);
  const { control, place } = garden;
  await control.setChat({ ...place, permissions: { can_send_messages: false } });
  const why = 'Bad Request: not enough rights to send text messages to the chat';
  assert.equal(await refused(garden, 'sendMessage', { text: 'x' }), why);
  await appoint(garden);
  await done(garden, 'sendMessage', { text: 'x' });
});

test('a pin and a new title are told, a new description is not', async (t) => {
  const garden = await hedge(t);
  const { control, place } = garden;
  const { message } = await control.sendText({ ...place, text: 'keep this' });
  await control.pinMessage({ ...place, message_id: message.message_id });
  await control.setChat({ ...place, title: 'Hedges' });
  assert.equal(await control.setChat({ ...place, description: 'new' }), null);
  const [pin, title] = (await confirm(garden)).map((update) => update['message'] as ApiMessage);
  assert.equal((pin?.['pinned_message'] as ApiMessage).text, 'keep this');
  assert.deepEqual([title?.['new_chat_title'], title?.chat.title], ['Hedges', 'Hedges']);
});

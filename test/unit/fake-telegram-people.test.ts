// The fake Bot API server: what humans do, and what a bot learns of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiMessage, ApiUpdate, MediaKind } from '../fake/telegram/index.ts';
import { type Garden, plantGarden } from '../fake/telegram/garden.ts';

const KINDS: readonly MediaKind[] = [
  'photo',
  'document',
  'sticker',
  'voice',
  'video',
  'animation',
  'audio',
  'video_note',
  'location',
  'venue',
  'contact',
  'poll',
  'dice',
  'game',
];

function kindOf(update: ApiUpdate | undefined): string | undefined {
  return Object.keys(update ?? {}).find((key) => key !== 'update_id');
}

async function group(garden: Garden, type: 'group' | 'supergroup' = 'group'): Promise<number> {
  const { id } = await garden.control.createGroup({ title: 'Hedge', type, members: [garden.ada] });
  await garden.control.addToGroup({ bot: garden.bot.id, chat: id, user: garden.ada });
  return id;
}

test('opening the bot sends /start, with the payload of the link', async (t) => {
  const { control, bot, raw } = await plantGarden(t);
  const eve = await control.createUser({ first_name: 'Eve', language_code: 'de' });
  await control.openBot({ bot: bot.id, user: eve.id, payload: 'abc' });
  const [update] = await raw.updates();
  const message = update?.['message'] as ApiMessage;
  assert.equal(message.text, '/start abc');
  assert.deepEqual(message.entities, [{ type: 'bot_command', offset: 0, length: 6 }]);
  assert.deepEqual(message.from, { id: eve.id, is_bot: false, first_name: 'Eve', language_code: 'de' });
  assert.deepEqual(message.chat, { id: eve.id, first_name: 'Eve', type: 'private' });
});

test('who has not opened the bot, or has blocked it, cannot write to it', async (t) => {
  const { control, bot, ada } = await plantGarden(t);
  const eve = await control.createUser({ first_name: 'Eve' });
  await assert.rejects(control.sendText({ bot: bot.id, user: eve.id, text: 'x' }), /has not opened/);
  await control.blockBot({ bot: bot.id, user: ada });
  await assert.rejects(control.sendText({ bot: bot.id, user: ada, text: 'x' }), /has blocked/);
});

test('every kind of media arrives in the field of its name', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  for (const kind of KINDS) await control.sendMedia({ bot: bot.id, user: ada, kind });
  const messages = (await raw.updates()).map((update) => update['message'] as ApiMessage);
  assert.equal(messages.length, KINDS.length);
  for (const [at, kind] of KINDS.entries()) {
    assert.ok(messages[at]?.[kind], kind);
    assert.equal(messages[at]?.text, undefined);
  }
});

test('media has its caption, and its object can be changed', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  const fields = { file_name: 'plan.txt' };
  await control.sendMedia({ bot: bot.id, user: ada, kind: 'document', caption: 'see https://x.org', fields });
  const message = (await raw.updates())[0]?.['message'] as ApiMessage;
  assert.equal(message.caption, 'see https://x.org');
  assert.equal(message.caption_entities?.[0]?.type, 'url');
  assert.equal((message['document'] as { file_name: string }).file_name, 'plan.txt');
});

test('any other message can be sent by its fields', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  await control.sendOther({ bot: bot.id, user: ada, fields: { new_chat_title: 'Hedge' } });
  assert.equal(((await raw.updates())[0]?.['message'] as ApiMessage)['new_chat_title'], 'Hedge');
});

test('an edit keeps id and date, says when, and comes as edited_message', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  const { message } = await control.sendText({ bot: bot.id, user: ada, text: 'tea' });
  await control.advanceClock({ ms: 5000 });
  await control.editMessage({ bot: bot.id, user: ada, message_id: message.message_id, text: 'tea?' });
  const edited = (await raw.updates())[1]?.['edited_message'] as ApiMessage;
  assert.deepEqual([edited.message_id, edited.date, edited.text], [message.message_id, message.date, 'tea?']);
  assert.ok((edited.edit_date ?? 0) >= message.date + 5);
});

test('nobody edits what he has not written', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  const { message_id } = await raw.send(ada, 'mine');
  await assert.rejects(control.editMessage({ bot: bot.id, user: ada, message_id, text: 'x' }), /not his message/);
});

test('message ids rise over all private chats of a bot, both directions, and edits take none', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  const eve = await control.createUser({ first_name: 'Eve' });
  const ids = [];
  ids.push((await control.openBot({ bot: bot.id, user: eve.id })).message.message_id);
  ids.push((await raw.send(ada, 'one')).message_id);
  const { message } = await control.sendText({ bot: bot.id, user: eve.id, text: 'two' });
  ids.push(message.message_id);
  ids.push((await raw.send(eve.id, 'three')).message_id);
  await control.editMessage({ bot: bot.id, user: eve.id, message_id: message.message_id, text: 'two!' });
  ids.push((await raw.send(eve.id, 'four')).message_id);
  assert.deepEqual(ids, [2, 3, 4, 5, 6]);
});

test('message ids can restart lower', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  await control.restartMessageIds({ bot: bot.id, next: 100 });
  assert.equal((await raw.send(ada, 'high')).message_id, 100);
  await control.restartMessageIds({ bot: bot.id, next: 7 });
  assert.equal((await raw.send(ada, 'low')).message_id, 7);
  assert.equal((await control.sendText({ bot: bot.id, user: ada, text: 'next' })).message.message_id, 8);
});

test('a supergroup counts message ids of its own', async (t) => {
  const garden = await plantGarden(t);
  const chat = await group(garden, 'supergroup');
  assert.ok(chat < -1_000_000_000_000);
  const first = await garden.raw.send(chat, 'in the group');
  const second = await garden.raw.send(chat, 'in the group again');
  const other = await garden.raw.send(garden.ada, 'in private');
  assert.deepEqual([first.message_id, second.message_id, other.message_id], [2, 3, 2]);
});

test('being added to a group is told twice: as membership and as a message', async (t) => {
  const garden = await plantGarden(t);
  await group(garden);
  const updates = await garden.raw.updates();
  assert.deepEqual(updates.map(kindOf), ['my_chat_member', 'message']);
  const message = updates[1]?.['message'] as ApiMessage;
  assert.equal((message['new_chat_members'] as { id: number }[])[0]?.id, garden.bot.id);
});

test('of the talk of a group a bot hears commands and replies to itself, unless it may hear all', async (t) => {
  const garden = await plantGarden(t);
  const { control, bot, ada, raw } = garden;
  const chat = await group(garden);
  const { message_id } = await raw.send(chat, 'Hello, garden');
  const say = async (text: string, reply_to?: number): Promise<boolean> => {
    const place = { bot: bot.id, user: ada, chat, text, ...(reply_to === undefined ? {} : { reply_to }) };
    return (await control.sendText(place)).update_id !== null;
  };
  assert.equal(await say('just talk'), false);
  assert.equal(await say('/help'), true);
  assert.equal(await say('/help@gate_bot'), true);
  assert.equal(await say('/help@other_bot'), false);
  assert.equal(await say('thanks', message_id), true);
  const open = await control.createBot({ can_read_all_group_messages: true });
  await control.addToGroup({ bot: open.id, chat, user: ada });
  assert.notEqual((await control.sendText({ bot: open.id, user: ada, chat, text: 'just talk' })).update_id, null);
});

test('out of the group the bot is refused', async (t) => {
  const garden = await plantGarden(t);
  const chat = await group(garden);
  await garden.control.removeFromGroup({ bot: garden.bot.id, chat, user: garden.ada });
  const { status, body } = await garden.raw.call('sendMessage', { chat_id: chat, text: 'x' });
  assert.deepEqual([status, body.description], [403, 'Forbidden: bot is not a member of the group chat']);
});

test('blocking, unblocking and restarting are told as membership', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  await control.blockBot({ bot: bot.id, user: ada });
  await control.openBot({ bot: bot.id, user: ada });
  const updates = await raw.updates();
  assert.deepEqual(updates.map(kindOf), ['my_chat_member', 'my_chat_member', 'message']);
  const statuses = updates.slice(0, 2).map((update) => {
    const change = update['my_chat_member'] as Record<'old_chat_member' | 'new_chat_member', { status: string }>;
    return [change.old_chat_member.status, change.new_chat_member.status];
  });
  assert.deepEqual(statuses, [
    ['member', 'kicked'],
    ['kicked', 'member'],
  ]);
});

test('a deactivated user is told by nothing', async (t) => {
  const { control, ada, raw } = await plantGarden(t);
  await control.deactivateUser({ user: ada });
  assert.deepEqual(await raw.updates(), []);
});

test('a new name shows on the next message and not before', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  await control.updateUser({ user: ada, first_name: 'Augusta' });
  assert.deepEqual(await raw.updates(), []);
  await control.sendText({ bot: bot.id, user: ada, text: 'me' });
  assert.equal(((await raw.updates())[0]?.['message'] as ApiMessage).from?.first_name, 'Augusta');
});

test('a kind of update that is not among those asked for is not told', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  await control.blockBot({ bot: bot.id, user: ada });
  await raw.updates({ allowed_updates: ['message'] });
  await control.unblockBot({ bot: bot.id, user: ada });
  assert.equal((await raw.updates()).length, 1);
});

test('a scripted user answers each message once, in order', async (t) => {
  const { control, bot, ada, raw } = await plantGarden(t);
  await control.autoReply({ bot: bot.id, user: ada, mode: 'echo', delay_ms: 1 });
  for (const text of ['one', 'two', 'three']) await raw.send(ada, text);
  const answers = await control.waitForLog({ chat: ada, direction: 'to-bot', after: 1, count: 3 });
  assert.deepEqual(
    answers.map(({ text }) => text),
    ['one', 'two', 'three'],
  );
  await control.autoReply({ bot: bot.id, user: ada, mode: 'friendly', delay_ms: 1 });
  await raw.send(ada, 'Hello there');
  const [reply] = await control.waitForLog({ chat: ada, direction: 'to-bot', includes: 'Ada here' });
  assert.notEqual(reply?.update_id, null);
});

// The fake Bot API server: edits, deletions and reactions, what it refuses and in which words, and who is told.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { plantGarden } from '../fake/telegram/garden.ts';
import { type ApiMessage, startTelegram } from '../fake/telegram/index.ts';
import { type RawAnswer, rawBot } from '../fake/telegram/raw-bot.ts';

const why = ({ status, body }: RawAnswer): unknown => (status === 200 ? body.result : body.description);
const DAY = 24 * 3_600_000;
const ALL = ['message', 'edited_message', 'message_reaction'];

test('a bot edits its own text, also after a year, and is told nothing of it', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const { message_id } = await raw.send(ada, 'Good evening');
  await control.advanceClock({ ms: 365 * DAY });

  const edit = { chat_id: ada, message_id, text: 'Good night', entities: [{ type: 'bold', offset: 5, length: 5 }] };
  const { body } = await raw.call<ApiMessage>('editMessageText', edit);

  assert.deepEqual([body.result?.message_id, body.result?.text], [message_id, 'Good night']);
  assert.ok(body.result?.edit_date !== undefined);
  assert.deepEqual(await raw.updates(), []);
  const shown = (await control.messages({ bot: bot.id, chat: ada })).map(({ message }) => message.text);
  assert.deepEqual(shown, ['/start', 'Good night']);
});

test('edits that cannot be are refused in the words of Telegram', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const mine = await raw.send(ada, 'mine');
  const { message: hers } = await control.sendText({ bot: bot.id, user: ada, text: 'hers' });
  const place = await raw.call<ApiMessage>('sendLocation', { chat_id: ada, latitude: 1, longitude: 2 });
  const edit = async (message_id: unknown, text = 'new') =>
    why(await raw.call('editMessageText', { chat_id: ada, message_id, text }));

  assert.equal(await edit(undefined), 'Bad Request: message identifier is not specified');
  assert.equal(await edit(4711), 'Bad Request: message to edit not found');
  assert.equal(await edit(hers.message_id), "Bad Request: message can't be edited");
  assert.match(String(await edit(mine.message_id, 'mine')), /^Bad Request: message is not modified: specified new/);
  assert.equal(await edit(mine.message_id, ' '), 'Bad Request: text must be non-empty');
  assert.equal(await edit(place.body.result?.message_id), 'Bad Request: there is no text in the message to edit');
});

test('a bot deletes what both wrote within two days, and once', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const mine = await raw.send(ada, 'mine');
  const { message: hers } = await control.sendText({ bot: bot.id, user: ada, text: 'hers' });
  const late = await raw.send(ada, 'late');
  const remove = async (message_id: number) => why(await raw.call('deleteMessage', { chat_id: ada, message_id }));

  assert.deepEqual([await remove(mine.message_id), await remove(hers.message_id)], [true, true]);
  assert.equal(await remove(mine.message_id), 'Bad Request: message to delete not found');
  await control.advanceClock({ ms: 2 * DAY });
  assert.equal(await remove(late.message_id), "Bad Request: message can't be deleted for everyone");
  const left = (await control.messages({ bot: bot.id, chat: ada })).map(({ message }) => message.text);
  assert.deepEqual(left, ['/start', 'late']);
});

test('what she deletes is gone, and the bot is told nothing', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const { message_id } = await raw.send(ada, 'mine');
  await control.deleteMessage({ bot: bot.id, user: ada, message_id });
  assert.deepEqual(await raw.updates({ allowed_updates: ALL }), []);
  const edit = await raw.call('editMessageText', { chat_id: ada, message_id, text: 'new' });
  assert.equal(why(edit), 'Bad Request: message to edit not found');
});

test('a bot has one reaction of the list, and hears nothing of it', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  await raw.updates({ allowed_updates: ALL });
  const { message } = await control.sendText({ bot: bot.id, user: ada, text: 'hers' });
  await raw.updates({ offset: -1, allowed_updates: ALL });
  const { message_id } = message;
  const emoji = (one: string) => ({ type: 'emoji', emoji: one });
  const react = async (reaction: unknown, id: number = message_id) =>
    why(await raw.call('setMessageReaction', { chat_id: ada, message_id: id, reaction }));
  const shown = async () => (await control.messages({ bot: bot.id, chat: ada })).at(-1)?.reactions[bot.id];

  assert.deepEqual([await react([emoji('👍')]), await shown()], [true, [emoji('👍')]]);
  assert.deepEqual([await react([emoji('👎')]), await shown()], [true, [emoji('👎')]]);
  assert.equal(await react([emoji('❤️')]), 'Bad Request: REACTION_INVALID', 'with a selector it is none of the list');
  assert.equal(await react([emoji('👍'), emoji('👎')]), 'Bad Request: REACTIONS_TOO_MANY');
  assert.equal(await react([emoji('👍')], 4711), 'Bad Request: message to react not found');
  assert.deepEqual([await react([]), await shown()], [true, undefined]);
  assert.equal(
    (await raw.updates({ offset: 0, allowed_updates: ALL })).filter((u) => 'message_reaction' in u).length,
    0,
  );
});

test('her reactions are told only to who asked for them, with what was before', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const { message_id } = await raw.send(ada, 'mine');
  const place = { bot: bot.id, user: ada, message_id };
  assert.equal(await control.react({ ...place, reaction: ['👍'] }), null);
  assert.deepEqual(await raw.updates({ allowed_updates: ALL }), []);
  assert.equal(await control.react({ ...place, reaction: ['👍'] }), null, 'nothing has changed');

  await control.react({ ...place, reaction: ['🔥'] });

  const [update] = await raw.updates();
  const told = update?.['message_reaction'] as Record<string, unknown>;
  assert.deepEqual(told['old_reaction'], [{ type: 'emoji', emoji: '👍' }]);
  assert.deepEqual(told['new_reaction'], [{ type: 'emoji', emoji: '🔥' }]);
  assert.deepEqual([told['message_id'], (told['user'] as { id: number }).id], [message_id, ada]);
  await assert.rejects(control.react({ ...place, reaction: ['👍', '🔥'] }), /1 at most/);
  await assert.rejects(control.react({ ...place, reaction: ['🍪'] }), /no reaction/);
});

test('edits, deletions and reactions outlive the process', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'moongate-telegram-'));
  t.after(() => rm(folder, { recursive: true }));
  const state = join(folder, 'state');
  const first = await startTelegram({ state });
  const { id: bot, token } = await first.control.createBot({});
  const { id: ada } = await first.control.createUser({ first_name: 'Ada' });
  await first.control.openBot({ bot, user: ada });
  const raw = rawBot(first.api, token);
  const [kept, gone] = [await raw.send(ada, 'kept'), await raw.send(ada, 'gone')];
  await raw.call('editMessageText', { chat_id: ada, message_id: kept.message_id, text: 'kept, mended' });
  await raw.call('deleteMessage', { chat_id: ada, message_id: gone.message_id });
  await first.control.react({ bot, user: ada, message_id: kept.message_id, reaction: ['👍'] });
  const before = await first.control.messages({ bot, chat: ada });
  await first.close();

  const second = await startTelegram({ state });
  t.after(() => second.close());

  assert.deepEqual(await second.control.messages({ bot, chat: ada }), before);
  assert.equal(before.length, 2);
});

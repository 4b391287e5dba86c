import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorld, textOf } from './world.ts';

test('the first message of a person makes a contact, later ones only if the name changed', async (t) => {
  const world = await startWorld(t);
  await world.connect();
  await world.control.openBot(world.place);
  await world.control.sendText({ ...world.place, text: 'hello' });
  await world.control.updateUser({ user: world.anna.id, first_name: 'Annika' });
  await world.control.sendText({ ...world.place, text: 'me again' });

  const events = await world.events(3);

  assert.deepEqual(events.map(textOf), ['/start', 'hello', 'me again']);
  const user = String(world.anna.id);
  assert.deepEqual(world.account.upserts, [
    { type: 'contact', user, name: 'Anna Berg', listed: true },
    { type: 'contact', user, name: 'Annika Berg' },
  ]);
});

test('a text arrives with its author, name, id and time', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const { message } = await world.control.sendText({ ...world.place, text: 'Grüße 👋\nline two' });

  const [event] = await world.events(1);

  const id = String(message.message_id);
  assert.deepEqual(event, {
    ...{ type: 'message', key: `message:${world.anna.id}:${id}:${message.date}`, id, at: message.date * 1000 },
    ...{ chat: world.chat, from: String(world.anna.id), name: 'Anna Berg' },
    content: { text: 'Grüße 👋\nline two' },
  });
});

test('an edit names the message it changes', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const { message } = await world.control.sendText({ ...world.place, text: 'helo' });
  await world.control.editMessage({ ...world.place, message_id: message.message_id, text: 'hello' });

  const [, edit] = await world.events(2);

  assert.equal(edit?.type, 'edit');
  assert.equal(edit.type === 'edit' && edit.target, String(message.message_id));
  assert.equal(textOf(edit), 'hello');
});

test('two edits within one second are two events', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const { message } = await world.control.sendText({ ...world.place, text: 'one' });
  await world.control.editMessage({ ...world.place, message_id: message.message_id, text: 'two' });
  await world.control.editMessage({ ...world.place, message_id: message.message_id, text: 'three' });

  assert.deepEqual((await world.events(3)).map(textOf), ['one', 'two', 'three']);
});

test('what is not text arrives as a line with its caption, a place as a place', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  await world.control.sendMedia({ ...world.place, kind: 'photo', caption: 'our garden' });
  await world.control.sendMedia({ ...world.place, kind: 'location', fields: { latitude: 52.5, longitude: 13.4 } });
  await world.control.sendOther({ ...world.place, fields: { time_capsule: { opens: 2099 } } });

  assert.deepEqual((await world.events(3)).map(textOf), [
    '[photo] our garden',
    undefined,
    '[something that cannot be shown here: time capsule]',
  ]);
  const place = world.account.log[1];
  assert.deepEqual(place?.type === 'message' && place.content, { location: { lat: 52.5, lon: 13.4 } });
});

test('an update that cannot be read becomes a line and a log entry, and those after it arrive', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const chat = { id: world.anna.id, type: 'private' };
  const from = { id: world.anna.id, is_bot: false, first_name: 'Anna' };
  await world.control.pushUpdate({
    bot: world.bot.id,
    update: { message: { message_id: 900, date: 1_700_000_000, chat, from, text: { not: 'text' } } },
  });
  await world.control.pushUpdate({ bot: world.bot.id, update: { message: 'no message at all' } });
  await world.control.sendText({ ...world.place, text: 'readable' });

  const events = await world.events(3);

  assert.deepEqual(
    events.map(({ type }) => type),
    ['message', 'notice', 'message'],
  );
  assert.deepEqual(events.map(textOf), [
    '[something Telegram sent that could not be read]',
    'Telegram sent something that could not be read.',
    'readable',
  ]);
  const errors = world.logged.filter(({ level }) => level === 'error');
  assert.equal(errors.length, 2);
  assert.ok(!JSON.stringify(errors).includes('not: '), 'the log does not repeat what was written');
});

test('a batch is confirmed only after it is on disk', async (t) => {
  const world = await startWorld(t);
  const link = await world.meet();
  link.commits('hold');
  await world.control.sendText({ ...world.place, text: 'kept' });
  await link.until(() => link.asked.length === 1, 'a commit');

  const before = await world.control.calls({ bot: world.bot.id, method: 'getUpdates', done: false });
  const [pending] = await world.control.pendingUpdates({ bot: world.bot.id });
  link.commits('flow');
  await world.control.waitForConfirmed({ bot: world.bot.id });
  const after = await world.control.calls({ bot: world.bot.id, method: 'getUpdates' });

  assert.deepEqual(before, [], 'no poll while the disk is slow');
  const { offset } = world.account.cursor as { offset: number };
  assert.equal(offset, (pending?.update_id ?? 0) + 1);
  assert.equal(Number(after.at(-1)?.params.offset), offset);
});

test('a session that ends between commit and confirmation shows nothing twice', async (t) => {
  const world = await startWorld(t);
  const link = await world.meet();
  await world.control.waitForPoll({ bot: world.bot.id });
  const held = await world.control.addFault({ method: 'getUpdates', times: null, effect: { kind: 'drop-before' } });
  await world.control.sendText({ ...world.place, text: 'once' });
  await world.events(1);
  await link.close();
  await world.control.clearFaults({ fault: held });
  assert.equal((await world.control.pendingUpdates({ bot: world.bot.id })).length, 1, 'it was not confirmed');

  await world.connect();
  await world.control.sendText({ ...world.place, text: 'twice' });

  assert.deepEqual((await world.events(2)).map(textOf), ['once', 'twice']);
});

test('what was written while the account was away arrives in order', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  await world.account.link?.close();
  const texts = Array.from({ length: 250 }, (_, index) => `line ${index}`);
  for (const text of texts) await world.control.sendText({ ...world.place, text });

  await world.connect();

  assert.deepEqual((await world.events(250)).map(textOf), texts);
});

test('an offset confirms once: when nothing is left, polls carry none', async (t) => {
  const world = await startWorld(t, { pollSeconds: 1 });
  await world.meet();
  const polls = { bot: world.bot.id, method: 'getUpdates' };
  const { length } = await world.control.calls(polls);

  const calls = await world.control.waitForCalls({ ...polls, count: length + 1 });

  assert.notEqual(calls.at(-2)?.params.offset, undefined);
  assert.equal(calls.at(-1)?.params.offset, undefined);
});

test('update ids that begin again lower down, in a session or between two, lose nothing', async (t) => {
  const world = await startWorld(t, { pollSeconds: 1 });
  await world.control.restartUpdateIds({ bot: world.bot.id, next: 900_000_000 });
  await world.meet();
  await world.control.sendText({ ...world.place, text: 'one' });
  await world.control.waitForConfirmed({ bot: world.bot.id });
  const { length } = await world.control.calls({ bot: world.bot.id, method: 'getUpdates', done: true });
  await world.control.waitForCalls({ bot: world.bot.id, method: 'getUpdates', done: true, count: length + 1 });
  await world.control.restartUpdateIds({ bot: world.bot.id, next: 5_000 });
  await world.control.sendText({ ...world.place, text: 'two' });
  await world.control.waitForConfirmed({ bot: world.bot.id });
  await world.account.link?.close();
  await world.control.restartUpdateIds({ bot: world.bot.id, next: 100 });
  await world.control.sendText({ ...world.place, text: 'three' });
  await world.connect();

  assert.deepEqual((await world.events(3)).map(textOf), ['one', 'two', 'three']);
});

test('message ids that begin again lower down are new messages', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  await world.control.restartMessageIds({ bot: world.bot.id, next: 7 });
  await world.control.sendText({ ...world.place, text: 'seven' });
  await world.control.advanceClock({ ms: 60_000 });
  await world.control.restartMessageIds({ bot: world.bot.id, next: 7 });
  await world.control.sendText({ ...world.place, text: 'seven again' });

  assert.deepEqual((await world.events(2)).map(textOf), ['seven', 'seven again']);
});

test('who blocks the bot is said in the chat', async (t) => {
  const world = await startWorld(t);
  await world.connect();
  await world.control.openBot(world.place);
  await world.control.blockBot(world.place);

  const [, blocked] = await world.events(2);

  assert.match(textOf(blocked) ?? '', /^\[blocked the bot/);
});

// The fake Bot API server: getUpdates, its offsets, its one poller, and what it leaves out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiMessage, ApiUpdate } from '../fake/telegram/index.ts';
import { type Garden, plantGarden } from '../fake/telegram/garden.ts';
import { World } from '../fake/telegram/world.ts';

const HOUR = 3600 * 1000;

function texts(updates: readonly ApiUpdate[]): (string | undefined)[] {
  return updates.map((update) => (update['message'] as ApiMessage | undefined)?.text);
}

async function write({ control, bot, ada }: Garden, ...lines: string[]): Promise<number[]> {
  const ids = [];
  for (const text of lines) ids.push((await control.sendText({ bot: bot.id, user: ada, text })).update_id ?? 0);
  return ids;
}

test('without an offset the earliest unconfirmed updates come, again and again', async (t) => {
  const garden = await plantGarden(t);
  await write(garden, 'one', 'two');
  assert.deepEqual(texts(await garden.raw.updates()), ['one', 'two']);
  assert.deepEqual(texts(await garden.raw.updates()), ['one', 'two']);
});

test('update ids follow each other', async (t) => {
  const garden = await plantGarden(t);
  const [first = 0, second] = await write(garden, 'one', 'two');
  assert.equal(second, first + 1);
});

test('an offset confirms all lower updates, and they are forgotten', async (t) => {
  const garden = await plantGarden(t);
  const [, second = 0] = await write(garden, 'one', 'two', 'three');
  assert.deepEqual(texts(await garden.raw.updates({ offset: second })), ['two', 'three']);
  assert.deepEqual(texts(await garden.raw.updates({ offset: 0 })), ['two', 'three']);
  assert.equal((await garden.control.pendingUpdates({ bot: garden.bot.id })).length, 2);
});

test('what was handed out but not confirmed comes again', async (t) => {
  const garden = await plantGarden(t);
  const [first = 0] = await write(garden, 'one');
  assert.deepEqual(texts(await garden.raw.updates({ offset: first })), ['one']);
  assert.deepEqual(texts(await garden.raw.updates({ offset: first })), ['one']);
});

test('a negative offset keeps so many of the newest and forgets the rest', async (t) => {
  const garden = await plantGarden(t);
  await write(garden, 'one', 'two', 'three');
  assert.deepEqual(texts(await garden.raw.updates({ offset: -5 })), ['one', 'two', 'three']);
  assert.deepEqual(texts(await garden.raw.updates({ offset: -1 })), ['three']);
  assert.deepEqual(texts(await garden.raw.updates()), ['three']);
});

test('an offset far beyond the newest update is not believed and confirms nothing', async (t) => {
  const garden = await plantGarden(t);
  const [only = 0] = await write(garden, 'one');
  assert.deepEqual(texts(await garden.raw.updates({ offset: only + 1000 })), ['one']);
});

test('limit is kept between 1 and 100', async (t) => {
  const garden = await plantGarden(t);
  await write(garden, ...Array.from({ length: 103 }, (_, at) => `m${at}`));
  assert.equal((await garden.raw.updates({ limit: 2 })).length, 2);
  assert.equal((await garden.raw.updates({ limit: 0 })).length, 1);
  assert.equal((await garden.raw.updates({ limit: 500 })).length, 100);
  assert.equal((await garden.raw.updates()).length, 100);
});

test('a long poll is answered when something happens', async (t) => {
  const garden = await plantGarden(t);
  const poll = garden.raw.updates({ timeout: 50 });
  await garden.control.waitForPoll({ bot: garden.bot.id });
  await write(garden, 'news');
  assert.deepEqual(texts(await poll), ['news']);
});

test('a long poll that finds nothing ends with an empty list when its time is over', async (t) => {
  const garden = await plantGarden(t);
  const start = performance.now();
  assert.deepEqual(await garden.raw.updates({ timeout: 1 }), []);
  assert.ok(performance.now() - start >= 990);
});

test('a second poller ends the first with 409', async (t) => {
  const garden = await plantGarden(t);
  const old = garden.raw.call('getUpdates', { timeout: 50 });
  await garden.control.waitForPoll({ bot: garden.bot.id });
  const young = garden.raw.updates({ timeout: 50 });
  const { status, body } = await old;
  assert.equal(status, 409);
  assert.equal(
    body.description,
    'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
  );
  await garden.control.waitForPoll({ bot: garden.bot.id });
  await write(garden, 'for the young');
  assert.deepEqual(texts(await young), ['for the young']);
});

test('conflicts in quick succession are answered later', async (t) => {
  const garden = await plantGarden(t, { conflictPause: 300 });
  await garden.raw.call('setWebhook', { url: 'https://example.org/hook' });
  const start = performance.now();
  assert.equal((await garden.raw.call('getUpdates')).status, 409);
  const first = performance.now() - start;
  assert.equal((await garden.raw.call('getUpdates')).status, 409);
  assert.ok(performance.now() - start - first >= 295);
});

test('one poll that hung up leaves the way free and takes no update along', async (t) => {
  const garden = await plantGarden(t);
  const hangUp = new AbortController();
  const url = `${garden.api}/bot${garden.bot.token}/getUpdates?timeout=50`;
  const poll = fetch(url, { signal: hangUp.signal });
  await garden.control.waitForPoll({ bot: garden.bot.id });
  hangUp.abort();
  await assert.rejects(poll);
  await garden.control.waitForCalls({ method: 'getUpdates', done: true, count: 2 });
  await write(garden, 'still here');
  assert.deepEqual(texts(await garden.raw.updates()), ['still here']);
});

test('with a webhook getUpdates is a conflict, until the webhook is deleted', async (t) => {
  const garden = await plantGarden(t);
  assert.equal(
    (await garden.raw.call('setWebhook', { url: 'https://example.org/hook' })).body.description,
    'Webhook was set',
  );
  const { status, body } = await garden.raw.call('getUpdates');
  assert.equal(status, 409);
  assert.match(
    body.description ?? '',
    /^Conflict: can't use getUpdates method while webhook is active; use deleteWebhook/,
  );
  await write(garden, 'kept');
  const found = await garden.raw.call<Record<string, unknown>>('getWebhookInfo');
  assert.equal(found.body.result?.['url'], 'https://example.org/hook');
  assert.equal(found.body.result?.['pending_update_count'], 1);
  assert.equal((await garden.raw.call('deleteWebhook')).body.description, 'Webhook was deleted');
  assert.equal((await garden.raw.call('deleteWebhook')).body.description, 'Webhook is already deleted');
  assert.deepEqual(texts(await garden.raw.updates()), ['kept']);
});

test('setting a webhook ends a waiting poll', async (t) => {
  const garden = await plantGarden(t);
  const poll = garden.raw.call('getUpdates', { timeout: 50 });
  await garden.control.waitForPoll({ bot: garden.bot.id });
  await garden.raw.call('setWebhook', { url: 'https://example.org/hook' });
  assert.equal((await poll).body.description, 'Conflict: terminated by setWebhook request');
});

test('a webhook needs an HTTPS address', async (t) => {
  const { raw } = await plantGarden(t);
  const { status, body } = await raw.call('setWebhook', { url: 'http://example.org/hook' });
  assert.equal(status, 400);
  assert.match(body.description ?? '', /^Bad Request: bad webhook: An HTTPS URL must be provided/);
});

test('deleteWebhook drops pending updates only when asked to', async (t) => {
  const garden = await plantGarden(t);
  await write(garden, 'one');
  await garden.raw.call('deleteWebhook');
  assert.equal((await garden.raw.updates()).length, 1);
  await garden.raw.call('deleteWebhook', { drop_pending_updates: true });
  assert.equal((await garden.raw.updates()).length, 0);
});

test('allowed_updates is remembered, an empty list is the default again, and it is not retroactive', async (t) => {
  const garden = await plantGarden(t);
  await write(garden, 'before');
  await garden.raw.updates({ allowed_updates: ['edited_message'] });
  await write(garden, 'unwanted');
  assert.deepEqual(texts(await garden.raw.updates()), ['before']);
  await garden.raw.updates({ allowed_updates: [] });
  await write(garden, 'after');
  assert.deepEqual(texts(await garden.raw.updates()), ['before', 'after']);
});

test('updates are kept for 24 hours', async (t) => {
  const garden = await plantGarden(t);
  await write(garden, 'old');
  await garden.control.advanceClock({ ms: 23 * HOUR });
  await write(garden, 'young');
  assert.deepEqual(texts(await garden.raw.updates()), ['old', 'young']);
  await garden.control.advanceClock({ ms: 2 * HOUR });
  assert.deepEqual(texts(await garden.raw.updates()), ['young']);
});

test('after a quiet week update ids go on anywhere, even lower', async (t) => {
  const garden = await plantGarden(t);
  const [last = 0] = await write(garden, 'before');
  await garden.raw.updates({ offset: last + 1 });
  await garden.control.restartUpdateIds({ bot: garden.bot.id, next: last - 500 });
  const [next = 0] = await write(garden, 'after');
  assert.ok(next < last);
  assert.deepEqual(texts(await garden.raw.updates({ offset: last + 1 })), ['after']);
});

test('who asks for the same offset again at once waits for news, and gets one update at a time', async (t) => {
  const garden = await plantGarden(t, { hastyPolls: true });
  const [first = 0] = await write(garden, 'one', 'two');
  await garden.control.advanceClock({ ms: 5000 });
  assert.equal((await garden.raw.updates({ offset: first })).length, 2);
  assert.equal((await garden.raw.updates({ offset: first })).length, 1);
  assert.equal((await garden.raw.updates({ offset: first + 2 })).length, 0);
  const hasty = garden.raw.updates({ offset: first + 2 });
  await garden.control.waitForPoll({ bot: garden.bot.id });
  await write(garden, 'three');
  assert.deepEqual(texts(await hasty), ['three']);
});

test('any update at all can be put into the queue', async (t) => {
  const garden = await plantGarden(t);
  await garden.control.pushUpdate({ bot: garden.bot.id, update: { message: { chat: null } } });
  const [update] = await garden.raw.updates();
  assert.deepEqual(update?.['message'], { chat: null });
});

test('reactions and other members are told only to a bot that names them', () => {
  const world = new World(undefined, Date.now);
  const user = { id: 5, is_bot: true, first_name: 'Gate' };
  world.commit({ t: 'bot', user, token: '5:a', readsAll: false, nextUpdateId: 10 });
  const bot = world.state.bots.get(5);
  assert.ok(bot);
  const named = ['chat_member', 'message_reaction', 'message_reaction_count'];
  for (const kind of named) assert.equal(world.tell(bot, kind, {}), null);
  world.commit({ t: 'allowed', bot: 5, allowed: named });
  for (const [at, kind] of named.entries()) assert.equal(world.tell(bot, kind, {}), 10 + at);
});

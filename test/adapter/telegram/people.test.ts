// Finding people: only who has written can be found, as a bot cannot write first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, startWorld } from './world.ts';
import type { World } from './world.ts';

const found = (world: World, name = 'Anna Berg') => ({ chat: world.chat, name, note: '@AnnaB' });

test('who has written is found by number, @username, link and name', async (t) => {
  const world = await startWorld(t);
  await world.meet();

  for (const query of [world.chat.id, '@annab', 'AnnaB', 'https://t.me/AnnaB', ' anna berg ']) {
    assert.deepEqual(await world.account.session?.resolve?.(query), found(world), query);
  }
});

test('who has not written is not found, and the answer has the link to pass on', async (t) => {
  const world = await startWorld(t);
  await world.connect();

  for (const query of [world.chat.id, '@AnnaB', 'Anna Berg']) {
    const failure = await failureOf(world.account.session?.resolve?.(query) ?? Promise.resolve());
    assert.deepEqual(failure.fault, { code: 'rejected', reason: 'not-found' });
    assert.match(failure.message, /cannot write first.*https:\/\/t\.me\/gate_bot$/);
  }
});

test('a name that two people bear finds neither, but a search finds both', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const other = await world.control.createUser({ first_name: 'Anna', last_name: 'Berg' });
  await world.control.openBot({ bot: world.bot.id, user: other.id });
  await world.events(1);

  const failure = await failureOf(world.account.session?.resolve?.('Anna Berg') ?? Promise.resolve());
  const hits = await world.account.session?.search?.('berg');

  assert.deepEqual(failure.fault, { code: 'rejected', reason: 'not-found' });
  assert.deepEqual(new Set(hits?.map(({ chat }) => chat.id)), new Set([world.chat.id, String(other.id)]));
});

test('a username that was given up no longer finds its former owner', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  await world.control.updateUser({ user: world.anna.id, username: 'anna_new' });
  await world.control.sendText({ ...world.place, text: 'renamed' });
  await world.events(1);

  const now = await world.account.session?.resolve?.('@anna_new');

  assert.deepEqual(now, { ...found(world), note: '@anna_new' });
  const failure = await failureOf(world.account.session?.resolve?.('@AnnaB') ?? Promise.resolve());
  assert.deepEqual(failure.fault, { code: 'rejected', reason: 'not-found' });
  assert.deepEqual(world.account.upserts, [], 'the name is the same, so the contact is');
});

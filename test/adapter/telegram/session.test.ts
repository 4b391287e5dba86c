// The rest of a session: what is sent, typing, limits, and the end without a trace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, startWorld } from './world.ts';

test('a text is sent as it is, and its id and time come back', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const text = '<b>&amp;</b> *not* _mark_ [up](x) 👩‍👩‍👧\nline two';

  const sent = await world.send(text);

  const [entry] = await world.control.log({ bot: world.bot.id, direction: 'from-bot' });
  assert.equal(entry?.text, text);
  assert.deepEqual(sent, { id: String(entry?.message_id), at: (entry?.message.date ?? 0) * 1000 });
});

test('the limits are those that Telegram publishes, for the gates of the core', async (t) => {
  const world = await startWorld(t);
  const { session } = await world.connect();
  const { text, chatRate, accountRate, editMs, retractMs, reactions } = session?.limits ?? {};
  assert.deepEqual([text, editMs, retractMs], [4096, undefined, 172_800_000]);
  assert.deepEqual(
    [chatRate, accountRate],
    [
      { count: 5, perMs: 5_000 },
      { count: 30, perMs: 1_000 },
    ],
  );
  assert.deepEqual([reactions?.max, reactions?.allowed?.length], [1, 73]);
  assert.equal(session?.resend, 'unsafe');
  assert.ok(session !== undefined && !('find' in session));
});

test('typing is told to Telegram, and trouble with it to nobody', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const effect = { kind: 'error', code: 429, description: 'Too Many Requests', retry_after: 60 } as const;
  await world.control.addFault({ method: 'sendChatAction', effect });

  world.account.session?.typing?.(world.chat, false);
  world.account.session?.typing?.(world.chat, true);

  const [call] = await world.control.waitForCalls({ bot: world.bot.id, method: 'sendChatAction', done: true });
  assert.deepEqual(call?.params, { chat_id: world.chat.id, action: 'typing' });
  assert.ok((await world.send('typed')).id !== undefined);
});

test('to what is no address, and with a file, nothing is sent, and nothing reaches Telegram', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const { session } = world.account;
  const signal = new AbortController().signal;
  const delivery = { token: 'c'.repeat(26), at: 1, attempt: 1, signal, open: () => Promise.reject(new Error('none')) };
  const file = { ref: 1, mime: 'image/png' };

  const toGroup = await failureOf(
    session?.send?.({ kind: 'group', id: '5' }, { text: 'x' }, delivery) ?? Promise.resolve(),
  );
  const aFile = await failureOf(session?.send?.(world.chat, { files: [file] }, delivery) ?? Promise.resolve());

  const [notFound, unsupported] = ['not-found', 'unsupported'].map((reason) => ({ code: 'rejected', reason }));
  assert.deepEqual([toGroup.fault, aFile.fault], [notFound, unsupported]);
  assert.deepEqual(await world.control.calls({ method: 'sendMessage' }), []);
});

test('close() ends a poll, a send and a hint that are under way, and nothing can be sent after it', async (t) => {
  const world = await startWorld(t);
  const link = await world.meet();
  await world.control.waitForPoll({ bot: world.bot.id });
  for (const method of ['sendMessage', 'sendChatAction']) {
    await world.control.addFault({ method, effect: { kind: 'hold', work: 'after' } });
  }
  const session = world.account.session;
  const sending = failureOf(world.send('under way'));
  session?.typing?.(world.chat, true);
  await world.control.waitForCalls({ bot: world.bot.id, method: 'sendMessage' });
  await world.control.waitForCalls({ bot: world.bot.id, method: 'sendChatAction' });

  await link.close();

  assert.deepEqual((await sending).fault, { code: 'uncertain' });
  assert.deepEqual(link.afterClose, []);
  const signal = new AbortController().signal;
  const delivery = { token: 'd'.repeat(26), at: 1, attempt: 1, signal, open: () => Promise.reject(new Error('none')) };
  const late = await failureOf(session?.send?.(world.chat, { text: 'late' }, delivery) ?? Promise.resolve());
  assert.deepEqual(late.fault, { code: 'temporary' });
});

// Edits, deletions, reactions, answers, mark-up and typing, both ways, as the core sees them and as the other side does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Content, Session } from '../../../src/adapter/api.ts';
import type { ApiMessage } from '../../fake/telegram/index.ts';
import { delivery, failureOf, startWorld } from './world.ts';
import type { World } from './world.ts';

type Able = Session & Required<Pick<Session, 'send' | 'edit' | 'retract' | 'react' | 'typing'>>;

function sessionOf(world: World): Able {
  const { session } = world.account;
  assert.ok(session);
  for (const name of ['send', 'edit', 'retract', 'react', 'typing'] as const) assert.ok(name in session);
  return session as Able;
}
const say = async (world: World, content: Content): Promise<string> =>
  (await sessionOf(world).send(world.chat, content, delivery())).id ?? '';
const shown = async (world: World): Promise<readonly ApiMessage[]> =>
  (await world.control.messages({ bot: world.bot.id, chat: world.anna.id }))
    .map(({ message }) => message)
    .filter(({ from }) => from?.is_bot);

test('mark-up goes as entities, never as parse_mode', async (t) => {
  const world = await startWorld(t);
  await world.meet();

  await say(world, { text: '<b>so</b> 🌙 bold', spans: [{ kind: 'bold', start: 13, end: 17 }] });

  const [message] = await shown(world);
  assert.equal(message?.text, '<b>so</b> 🌙 bold');
  assert.deepEqual(message.entities, [{ type: 'bold', offset: 13, length: 4 }]);
  const [call] = await world.control.calls({ method: 'sendMessage' });
  assert.ok(call && !('parse_mode' in call.params));
});

test('her mark-up comes as spans, and what she answers with its author and words', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const mine = await say(world, { text: 'when?' });
  const entities = [{ type: 'bold', offset: 0, length: 3 }];
  const { message } = await world.control.sendText({ ...world.place, text: 'now', entities, reply_to: Number(mine) });
  const hers = message.message_id;
  await world.control.sendText({ ...world.place, text: 'or not', reply_to: hers, quote: 'no' });

  const [first, second] = await world.events(2);

  assert.deepEqual(first?.type === 'message' && first.content, {
    text: 'now',
    spans: [{ kind: 'bold', start: 0, end: 3 }],
    replyTo: { id: mine, author: null, text: 'when?' },
  });
  assert.deepEqual(second?.type === 'message' && second.content.replyTo, {
    id: String(hers),
    author: String(world.anna.id),
    text: 'no',
  });
});

test('an answer names its target, and goes without it when that is gone', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const { message } = await world.control.sendText({ ...world.place, text: 'when?' });
  const replyTo = { id: String(message.message_id) };

  await say(world, { text: 'now', replyTo });
  await world.control.deleteMessage({ ...world.place, message_id: message.message_id });
  await say(world, { text: 'or not', replyTo });

  const targets = (await shown(world)).map(({ text, reply_to_message }) => [text, reply_to_message?.message_id]);
  assert.deepEqual(targets, [['now', message.message_id], ['or not', undefined]]); // prettier-ignore
});

test('an edit changes the text, and one that changes nothing is done', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const id = await say(world, { text: 'helo' });
  const session = sessionOf(world);
  const spans = [{ kind: 'italic', start: 0, end: 5 }] as const;

  for (const attempt of [1, 2])
    await session.edit(world.chat, id, { text: 'hello', spans }, { ...delivery(), attempt });

  const messages = await shown(world);
  assert.deepEqual(
    messages.map(({ text, entities }) => [text, entities?.[0]?.type]),
    [['hello', 'italic']],
  );
});

test('each refusal of a change has its reason', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const session = sessionOf(world);
  const { message } = await world.control.sendText({ ...world.place, text: 'hers' });
  const hers = String(message.message_id);
  const mine = await say(world, { text: 'mine' });
  const reasonOf = async (work: Promise<unknown>) => (await failureOf(work)).fault;
  const rejected = (reason: string) => ({ code: 'rejected', reason });

  assert.deepEqual(await reasonOf(session.edit(world.chat, '4711', { text: 'x' }, delivery())), rejected('not-found'));
  assert.deepEqual(await reasonOf(session.edit(world.chat, 'x', { text: 'x' }, delivery())), rejected('not-found'));
  assert.deepEqual(await reasonOf(session.edit(world.chat, hers, { text: 'x' }, delivery())), rejected('expired'));
  assert.deepEqual(await reasonOf(session.react(world.chat, '4711', ['👍'], delivery())), rejected('not-found'));
  assert.deepEqual(await reasonOf(session.react(world.chat, hers, ['🍪'], delivery())), rejected('unsupported'));
  assert.deepEqual(await reasonOf(session.react(world.chat, hers, ['👍', '👎'], delivery())), rejected('unsupported'));
  await world.control.advanceClock({ ms: 49 * 3_600_000 });
  assert.deepEqual(await reasonOf(session.retract(world.chat, mine, delivery())), rejected('expired'));
});

test('what is deleted already is taken back', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const id = await say(world, { text: 'gone' });
  const session = sessionOf(world);
  for (const attempt of [1, 2]) await session.retract(world.chat, id, { ...delivery(), attempt });
  assert.deepEqual(await shown(world), []);
});

test('a change whose answer was lost is uncertain, and done again it is done', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const id = await say(world, { text: 'helo' });
  const session = sessionOf(world);
  await world.control.addFault({ method: 'editMessageText', effect: { kind: 'drop-after' } });

  const lost = await failureOf(session.edit(world.chat, id, { text: 'hello' }, delivery()));
  await session.edit(world.chat, id, { text: 'hello' }, delivery());

  assert.deepEqual(lost.fault, { code: 'uncertain' });
});

test('her reactions come as the full set, each change with a key of its own', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const target = await say(world, { text: 'like it?' });
  const place = { ...world.place, message_id: Number(target) };
  const custom = { type: 'custom_emoji', custom_emoji_id: '5368324170671202286' } as const;
  for (const reaction of [['👍'], [], ['👍'], [custom]]) await world.control.react({ ...place, reaction });

  const events = await world.events(4);

  const told = events.map((event) => (event.type === 'react' ? [event.target, event.from, event.emojis.join()] : []));
  const from = String(world.anna.id);
  assert.deepEqual(told, ['👍', '', '👍', '✨'].map((emojis) => [target, from, emojis])); // prettier-ignore
  assert.equal(new Set(events.map(({ key }) => key)).size, 4);
});

test('a place that stands alone is sent as one; "/me" is told, not commanded', async (t) => {
  const world = await startWorld(t);
  await world.meet();

  await say(world, { text: 'geo:52.5,13.4', location: { lat: 52.5, lon: 13.4 } });
  await say(world, { text: '/me waves, see', spans: [{ kind: 'bold', start: 11, end: 14 }] });

  const [place, action] = await shown(world);
  assert.deepEqual(place?.['location'], { latitude: 52.5, longitude: 13.4 });
  assert.equal(action?.text, '* waves, see');
  assert.deepEqual(action.entities, [
    { type: 'italic', offset: 0, length: 12 },
    { type: 'bold', offset: 9, length: 3 },
  ]);
});

/** Time that moves only while somebody sleeps, and how often that was. */
function fastTime(): { monotonic: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> } {
  let now = 0;
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (!signal.aborted) now += ms;
  };
  return { monotonic: () => now, sleep };
}

test('typing is said again for as long as it lasts, and for a minute at most', async (t) => {
  const world = await startWorld(t);
  await world.meet(fastTime());
  const calls = { bot: world.bot.id, method: 'sendChatAction', done: true };

  sessionOf(world).typing(world.chat, true);
  await world.control.waitForCalls({ ...calls, count: 14 });
  await say(world, { text: 'typed' });

  assert.equal((await world.control.calls(calls)).length, 14, '60 s, every 4.5 s');
});

test('a message ends typing, and so does close()', async (t) => {
  const world = await startWorld(t);
  const link = await world.meet();
  const session = sessionOf(world);
  const calls = { bot: world.bot.id, method: 'sendChatAction', done: true };
  session.typing(world.chat, true);
  session.typing(world.chat, true);
  await world.control.waitForCalls(calls);
  await say(world, { text: 'typed' });
  session.typing(world.chat, true);
  await world.control.waitForCalls({ ...calls, count: 2 });

  await link.close();

  assert.equal((await world.control.calls(calls)).length, 2);
});

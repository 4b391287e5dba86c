// The fake Bot API server: sendMessage, what it refuses and in which words, and how fast it may be called.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiMessage } from '../fake/telegram/index.ts';
import { type Garden, plantGarden } from '../fake/telegram/garden.ts';
import type { RawAnswer } from '../fake/telegram/raw-bot.ts';

const HASTE = { bot: { burst: 1000, perSecond: 1000 }, chat: { burst: 1000, perSecond: 1000 } };

function assertRefused({ status, body }: RawAnswer, code: number, description: string): void {
  assert.equal(status, code);
  assert.deepEqual([body.ok, body.error_code, body.description], [false, code, description]);
}

function entitiesOf(answer: RawAnswer<ApiMessage>): [string, string][] {
  const { text = '', entities = [] } = answer.body.result ?? {};
  return entities.map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]);
}

test('a sent message comes back with its id, chat, sender and date, and is in the log', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const message = await raw.send(ada, 'Good evening');
  assert.equal(message.text, 'Good evening');
  assert.deepEqual([message.from?.id, message.chat.id, message.chat.type], [bot.id, ada, 'private']);
  assert.ok(Math.abs(message.date - Date.now() / 1000) < 60);
  const [entry] = await control.log({ direction: 'from-bot' });
  assert.deepEqual(
    [entry?.text, entry?.message_id, entry?.method],
    ['Good evening', message.message_id, 'sendMessage'],
  );
});

test('what the bot sends itself is no update for it', async (t) => {
  const { raw, ada } = await plantGarden(t);
  await raw.send(ada, 'Good evening');
  assert.deepEqual(await raw.updates(), []);
});

test('texts that cannot be sent are refused in the words of Telegram', async (t) => {
  const { raw, ada, control } = await plantGarden(t);
  const cases: [unknown, string][] = [
    [undefined, 'message text is empty'],
    ['', 'message text is empty'],
    [' \n\t ', 'text must be non-empty'],
    ['x'.repeat(4097), 'message is too long'],
    ['🌙'.repeat(2049), 'message is too long'],
    ['x'.repeat(32769), 'text is too long'],
  ];
  for (const [text, why] of cases) {
    assertRefused(await raw.call('sendMessage', { chat_id: ada, text }), 400, `Bad Request: ${why}`);
  }
  assert.deepEqual(await control.log({ direction: 'from-bot' }), []);
});

test('4,096 UTF-16 units are accepted, white space around them not counted', async (t) => {
  const { raw, ada } = await plantGarden(t);
  assert.equal((await raw.send(ada, `  ${'🌙'.repeat(2048)}\n`)).text?.length, 4096);
});

test('the length counts after parse_mode has been read', async (t) => {
  const { raw, ada } = await plantGarden(t);
  const text = `<b>${'x'.repeat(4096)}</b>`;
  assert.equal((await raw.call('sendMessage', { chat_id: ada, text, parse_mode: 'HTML' })).status, 200);
});

test('chats that cannot be written to are refused in the words of Telegram', async (t) => {
  const garden = await plantGarden(t);
  const { raw, bot, ada, control } = garden;
  const text = 'hello?';
  const other = await control.createBot({});
  const stranger = await control.createUser({ first_name: 'Eve' });
  assertRefused(await raw.call('sendMessage', { text }), 400, 'Bad Request: chat_id is empty');
  assertRefused(await raw.call('sendMessage', { chat_id: 42, text }), 400, 'Bad Request: chat not found');
  assertRefused(await raw.call('sendMessage', { chat_id: 'nobody', text }), 400, 'Bad Request: chat not found');
  assertRefused(await raw.call('sendMessage', { chat_id: stranger.id, text }), 400, 'Bad Request: chat not found');
  const toBot = await raw.call('sendMessage', { chat_id: other.id, text });
  assertRefused(toBot, 403, "Forbidden: bots can't send messages to bots");
  await control.blockBot({ bot: bot.id, user: ada });
  assertRefused(await raw.call('sendMessage', { chat_id: ada, text }), 403, 'Forbidden: bot was blocked by the user');
  await control.unblockBot({ bot: bot.id, user: ada });
  assert.equal((await raw.call('sendMessage', { chat_id: ada, text })).status, 200);
  await control.deactivateUser({ user: ada });
  assertRefused(await raw.call('sendMessage', { chat_id: ada, text }), 403, 'Forbidden: user is deactivated');
});

test('someone seen in a group who never opened the bot cannot be written to', async (t) => {
  const { raw, bot, ada, control } = await plantGarden(t);
  const eve = await control.createUser({ first_name: 'Eve' });
  const group = await control.createGroup({ title: 'Hedge', members: [ada, eve.id] });
  await control.addToGroup({ bot: bot.id, chat: group.id, user: ada });
  await control.sendText({ bot: bot.id, user: eve.id, chat: group.id, text: '/hello' });
  const answer = await raw.call('sendMessage', { chat_id: eve.id, text: 'psst' });
  assertRefused(answer, 403, "Forbidden: bot can't initiate conversation with a user");
});

test('getChat shows who the bot may know, and nobody else', async (t) => {
  const { raw, ada } = await plantGarden(t);
  const { body } = await raw.call<Record<string, unknown>>('getChat', { chat_id: ada });
  assert.deepEqual([body.result?.['type'], body.result?.['first_name']], ['private', 'Ada']);
  assertRefused(await raw.call('getChat', { chat_id: 42 }), 400, 'Bad Request: chat not found');
});

test('sendChatAction takes known actions only', async (t) => {
  const { raw, ada } = await plantGarden(t);
  assert.equal((await raw.call('sendChatAction', { chat_id: ada, action: 'typing' })).body.result, true);
  const answer = await raw.call('sendChatAction', { chat_id: ada, action: 'juggling' });
  assertRefused(answer, 400, 'Bad Request: wrong parameter action in request');
});

test('a reply carries what it replies to, and must find it', async (t) => {
  const { raw, ada, bot, control } = await plantGarden(t);
  const { message } = await control.sendText({ bot: bot.id, user: ada, text: 'Tea?' });
  const reply_parameters = { message_id: message.message_id };
  const { body } = await raw.call<ApiMessage>('sendMessage', { chat_id: ada, text: 'Yes', reply_parameters });
  assert.equal(body.result?.reply_to_message?.text, 'Tea?');
  const missing = { chat_id: ada, text: 'Yes', reply_parameters: { message_id: 999 } };
  assertRefused(await raw.call('sendMessage', missing), 400, 'Bad Request: message to be replied not found');
  const lenient = { ...missing, reply_parameters: { message_id: 999, allow_sending_without_reply: true } };
  assert.equal((await raw.call('sendMessage', lenient)).status, 200);
});

test('Telegram finds links, mentions and commands by itself', async (t) => {
  const { raw, ada } = await plantGarden(t);
  const text = 'See https://example.org/a?b=c, or ask @gate_bot with /help #moon (1/2)';
  assert.deepEqual(entitiesOf(await raw.call('sendMessage', { chat_id: ada, text })), [
    ['url', 'https://example.org/a?b=c'],
    ['mention', '@gate_bot'],
    ['bot_command', '/help'],
    ['hashtag', '#moon'],
  ]);
});

test('parse_mode HTML becomes entities', async (t) => {
  const { raw, ada } = await plantGarden(t);
  const text =
    '<b>bold <i>both</i></b> &lt;&amp;&#33; <a href="https://x.org/">link</a> <pre><code class="language-js">1</code></pre>';
  const answer = await raw.call<ApiMessage>('sendMessage', { chat_id: ada, text, parse_mode: 'HTML' });
  assert.equal(answer.body.result?.text, 'bold both <&! link 1');
  assert.deepEqual(entitiesOf(answer), [
    ['bold', 'bold both'],
    ['italic', 'both'],
    ['text_link', 'link'],
    ['code', '1'],
    ['pre', '1'],
  ]);
});

test('HTML that cannot be read is refused with its place', async (t) => {
  const { raw, ada } = await plantGarden(t);
  const cases: [string, string][] = [
    ['<b>bold', 'Can\'t find end tag corresponding to start tag "b"'],
    ['é<blink>x</blink>', 'Unsupported start tag "blink" at byte offset 2'],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['<b>x</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
    ['1 < 2', 'Unclosed start tag at byte offset 2'],
  ];
  for (const [text, why] of cases) {
    const answer = await raw.call('sendMessage', { chat_id: ada, text, parse_mode: 'HTML' });
    assertRefused(answer, 400, `Bad Request: can't parse entities: ${why}`);
  }
});

test('entities are given in UTF-16 units and may not cut a character in two', async (t) => {
  const { raw, ada } = await plantGarden(t);
  const send = (entities: unknown): Promise<RawAnswer<ApiMessage>> =>
    raw.call('sendMessage', { chat_id: ada, text: '🌙 gate', entities });
  assert.deepEqual(entitiesOf(await send([{ type: 'bold', offset: 3, length: 4 }])), [['bold', 'gate']]);
  assert.equal((await send([{ type: 'bold', offset: 1, length: 4 }])).status, 400);
  const unknown = await send([{ type: 'wavy', offset: 0, length: 1 }]);
  assertRefused(unknown, 400, "Bad Request: can't parse MessageEntity: Unsupported type specified");
});

async function sendUntilRefused({ raw }: Garden, chats: number[], most: number): Promise<[number, RawAnswer]> {
  for (let sent = 0; sent < most; sent += 1) {
    const answer = await raw.call('sendMessage', { chat_id: chats[sent % chats.length], text: `n${sent}` });
    if (answer.status !== 200) return [sent, answer];
  }
  return assert.fail(`${most} messages and no 429`);
}

test('a chat takes a burst and then one a second; 429 says how long to wait, and sooner is 429 again', async (t) => {
  const garden = await plantGarden(t);
  const [sent, { status, body }] = await sendUntilRefused(garden, [garden.ada], 20);
  assert.ok(sent >= 5 && sent <= 7, `${sent}`);
  assert.equal(status, 429);
  const wait = body.parameters?.retry_after ?? 0;
  assert.ok(wait >= 1);
  assert.equal(body.description, `Too Many Requests: retry after ${wait}`);
  assert.equal((await garden.raw.call('sendMessage', { chat_id: garden.ada, text: 'soon' })).status, 429);
  await garden.control.advanceClock({ ms: wait * 1000 });
  assert.equal((await garden.raw.call('sendMessage', { chat_id: garden.ada, text: 'later' })).status, 200);
  assert.equal((await garden.control.log({ direction: 'from-bot' })).length, sent + 1);
});

test('a bucket that ran dry stays shut for the whole announced time', async (t) => {
  const { raw, ada, control } = await plantGarden(t, { chat: { burst: 1, perSecond: 1.5 } });
  await raw.send(ada, 'one');
  assert.equal((await raw.call('sendMessage', { chat_id: ada, text: 'x' })).body.parameters?.retry_after, 1);
  await control.advanceClock({ ms: 800 });
  assert.equal((await raw.call('sendMessage', { chat_id: ada, text: 'x' })).status, 429);
  await control.advanceClock({ ms: 200 });
  await raw.send(ada, 'two');
});

test('the answer 429 has the header Retry-After', async (t) => {
  const garden = await plantGarden(t, { chat: { burst: 0, perSecond: 0.25 } });
  const { api, bot, ada } = garden;
  const response = await fetch(`${api}/bot${bot.token}/sendMessage?chat_id=${ada}&text=x`);
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '4');
});

test('a bot sends 30 messages a second over all its chats, hardly more', async (t) => {
  const garden = await plantGarden(t);
  const { control, bot } = garden;
  const chats: number[] = [];
  for (let at = 0; at < 20; at += 1) {
    const { id } = await control.createUser({ first_name: `U${at}` });
    await control.openBot({ bot: bot.id, user: id });
    chats.push(id);
  }
  await control.setLimits({ bot: { burst: 36, perSecond: 0.001 } });
  const [sent] = await sendUntilRefused(garden, chats, 60);
  assert.equal(sent, 36);
});

test('a group takes 20 a minute, hardly more', async (t) => {
  const garden = await plantGarden(t);
  const { control, bot, ada } = garden;
  const group = await control.createGroup({ title: 'Hedge', members: [ada] });
  await control.addToGroup({ bot: bot.id, chat: group.id, user: ada });
  const [sent, { body }] = await sendUntilRefused(garden, [group.id], 40);
  assert.ok(sent >= 20 && sent <= 23, `${sent}`);
  assert.ok((body.parameters?.retry_after ?? 0) >= 1);
});

test('limits can be set aside', async (t) => {
  const garden = await plantGarden(t, HASTE);
  for (let at = 0; at < 60; at += 1) await garden.raw.send(garden.ada, `n${at}`);
  const log = await garden.control.log({ direction: 'from-bot' });
  assert.deepEqual(
    log.map(({ text }) => text),
    Array.from({ length: 60 }, (_, at) => `n${at}`),
  );
});

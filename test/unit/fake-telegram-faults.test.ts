// The fake Bot API server: arranged faults, and above all whether the work was done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultEffect, type FaultSpec } from '../fake/telegram/index.ts';
import { type Garden, plantGarden } from '../fake/telegram/garden.ts';

async function arrange(garden: Garden, effect: FaultEffect, more: Partial<FaultSpec> = {}): Promise<number> {
  return garden.control.addFault({ method: 'sendMessage', effect, ...more });
}

async function accepted({ control }: Garden): Promise<string[]> {
  return (await control.log({ direction: 'from-bot' })).map(({ text }) => text);
}

test('an arranged error is answered as it is, once, and nothing is done', async (t) => {
  const garden = await plantGarden(t);
  const description = 'Too Many Requests: retry after 17';
  await arrange(garden, { kind: 'error', code: 429, description, retry_after: 17 });
  const { status, body } = await garden.raw.call('sendMessage', { chat_id: garden.ada, text: 'x' });
  assert.deepEqual([status, body], [429, { ok: false, error_code: 429, description, parameters: { retry_after: 17 } }]);
  assert.deepEqual(await accepted(garden), []);
  await garden.raw.send(garden.ada, 'y');
  assert.deepEqual(await accepted(garden), ['y']);
});

test('a fault lasts for its times, or until it is cleared', async (t) => {
  const garden = await plantGarden(t);
  const effect: FaultEffect = { kind: 'error', code: 500, description: 'Internal Server Error' };
  const send = async (): Promise<number> =>
    (await garden.raw.call('sendMessage', { chat_id: garden.ada, text: 'x' })).status;
  await arrange(garden, effect, { times: 2 });
  assert.deepEqual([await send(), await send(), await send()], [500, 500, 200]);
  const fault = await arrange(garden, effect, { times: null });
  assert.deepEqual([await send(), await send()], [500, 500]);
  await garden.control.clearFaults({ fault });
  assert.equal(await send(), 200);
});

test('a fault meets only the method, bot and chat it names', async (t) => {
  const garden = await plantGarden(t);
  const { control, bot, raw, ada } = garden;
  const eve = await control.createUser({ first_name: 'Eve' });
  await control.openBot({ bot: bot.id, user: eve.id });
  await arrange(
    garden,
    { kind: 'error', code: 500, description: 'Internal Server Error' },
    { chat: eve.id, bot: bot.id },
  );
  assert.equal((await raw.call('getMe')).status, 200);
  assert.equal((await raw.call('sendMessage', { chat_id: ada, text: 'x' })).status, 200);
  assert.equal((await raw.call('sendMessage', { chat_id: eve.id, text: 'x' })).status, 500);
});

test('html is a page and no JSON', async (t) => {
  const garden = await plantGarden(t);
  await arrange(garden, { kind: 'html', code: 502 });
  const { api, bot, ada } = garden;
  const response = await fetch(`${api}/bot${bot.token}/sendMessage?chat_id=${ada}&text=x`);
  assert.deepEqual([response.status, response.headers.get('content-type')], [502, 'text/html']);
  assert.match(await response.text(), /^<html>/);
  assert.deepEqual(await accepted(garden), []);
});

test('drop-before cuts the connection with nothing done', async (t) => {
  const garden = await plantGarden(t);
  await arrange(garden, { kind: 'drop-before' });
  await assert.rejects(garden.raw.send(garden.ada, 'x'), /fetch failed/);
  assert.deepEqual(await accepted(garden), []);
});

test('drop-after cuts the connection when the work has been done', async (t) => {
  const garden = await plantGarden(t);
  const fault = await arrange(garden, { kind: 'drop-after' });
  await assert.rejects(garden.raw.send(garden.ada, 'x'), /fetch failed/);
  assert.deepEqual(await accepted(garden), ['x']);
  const [call] = await garden.control.waitForCalls({ fault, done: true });
  assert.equal(call?.status, null);
});

test('drop-after on getUpdates confirms, and the answer is lost', async (t) => {
  const garden = await plantGarden(t);
  const { control, bot, ada, raw } = garden;
  const { update_id } = await control.sendText({ bot: bot.id, user: ada, text: 'one' });
  await control.sendText({ bot: bot.id, user: ada, text: 'two' });
  await control.addFault({ method: 'getUpdates', effect: { kind: 'drop-after' } });
  await assert.rejects(raw.updates({ offset: (update_id ?? 0) + 1 }), /fetch failed/);
  assert.equal((await control.pendingUpdates({ bot: bot.id })).length, 1);
});

test('truncate ends the JSON in its middle after the work', async (t) => {
  const garden = await plantGarden(t);
  await arrange(garden, { kind: 'truncate' });
  await assert.rejects(garden.raw.send(garden.ada, 'x'), SyntaxError);
  assert.deepEqual(await accepted(garden), ['x']);
});

test('slow does the work at once and answers later', async (t) => {
  const garden = await plantGarden(t);
  await arrange(garden, { kind: 'slow', ms: 200 });
  const start = performance.now();
  const sending = garden.raw.send(garden.ada, 'x');
  await garden.control.waitForLog({ text: 'x' });
  await sending;
  assert.ok(performance.now() - start >= 195);
});

test('hold hangs until released, with the work before or after', async (t) => {
  const garden = await plantGarden(t);
  for (const work of ['before', 'after'] as const) {
    const fault = await arrange(garden, { kind: 'hold', work });
    const sending = garden.raw.send(garden.ada, work);
    await garden.control.waitForCalls({ fault, done: false });
    if (work === 'before') await garden.control.waitForLog({ text: work });
    else assert.equal((await accepted(garden)).includes(work), false);
    assert.equal(await garden.control.releaseFault({ fault }), 1);
    assert.equal((await sending).text, work);
  }
});

test('who hangs up on a held call has it not done afterwards', async (t) => {
  const garden = await plantGarden(t);
  const fault = await arrange(garden, { kind: 'hold', work: 'after' });
  const { api, bot, ada, control } = garden;
  const signal = new AbortController();
  const sending = fetch(`${api}/bot${bot.token}/sendMessage?chat_id=${ada}&text=x`, { signal: signal.signal });
  await control.waitForCalls({ fault, done: false });
  signal.abort();
  await assert.rejects(sending);
  await control.waitForCalls({ fault, done: true });
  await control.clearFaults({});
  assert.deepEqual(await accepted(garden), []);
});

test('an effect that does not exist is refused', async (t) => {
  const garden = await plantGarden(t);
  await assert.rejects(arrange(garden, { kind: 'earthquake' } as unknown as FaultEffect), /no such effect/);
});

test('calls tells what bots asked for and what they got', async (t) => {
  const { control, raw, ada, bot } = await plantGarden(t);
  await raw.call('sendMessage', { chat_id: 42, text: 'x' });
  await raw.send(ada, 'y');
  const calls = await control.calls({ bot: bot.id, method: 'sendmessage' });
  assert.deepEqual(
    calls.map(({ params, status, description }) => [params, status, description]),
    [
      [{ chat_id: '42', text: 'x' }, 400, 'Bad Request: chat not found'],
      [{ chat_id: String(ada), text: 'y' }, 200, undefined],
    ],
  );
});

// The fake Bot API server as a process of its own: what it has accepted survives SIGKILL.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type SpawnedTelegram, spawnTelegram } from '../fake/telegram/index.ts';
import { rawBot } from '../fake/telegram/raw-bot.ts';

interface Durable {
  state: string;
  start(options?: { port?: number; demo?: boolean }): Promise<SpawnedTelegram>;
}

function durable(t: TestContext): Durable {
  const folder = mkdtempSync(join(tmpdir(), 'fake-telegram-'));
  const state = join(folder, 'journal');
  const running: SpawnedTelegram[] = [];
  t.after(async () => {
    for (const fake of running) await fake.kill();
    rmSync(folder, { recursive: true });
  });
  return {
    state,
    async start(options = {}) {
      const fake = await spawnTelegram({ state, ...options });
      running.push(fake);
      return fake;
    },
  };
}

async function people(fake: SpawnedTelegram): Promise<{ bot: number; token: string; ada: number }> {
  const { id: bot, token } = await fake.control.createBot({});
  const { id: ada } = await fake.control.createUser({ first_name: 'Ada' });
  await fake.control.openBot({ bot, user: ada });
  return { bot, token, ada };
}

function portOf(fake: SpawnedTelegram): number {
  return Number(new URL(fake.api).port);
}

test('after SIGKILL and restart the log is the same and unconfirmed updates come again', async (t) => {
  const world = durable(t);
  const before = await world.start();
  const { bot, token, ada } = await people(before);
  const raw = rawBot(before.api, token);
  for (const text of ['one', 'two', 'three']) await before.control.sendText({ bot, user: ada, text });
  await raw.send(ada, 'answer');
  const updates = await raw.updates();
  await raw.updates({ offset: updates[2]?.update_id });
  const log = await before.control.log({});
  await before.kill();

  const after = await world.start({ port: portOf(before) });
  assert.equal(after.api, before.api);
  assert.deepEqual(await after.control.log({}), log);
  assert.deepEqual(await rawBot(after.api, token).updates(), updates.slice(2));
  const next = await after.control.sendText({ bot, user: ada, text: 'four' });
  assert.equal(next.update_id, (updates.at(-1)?.update_id ?? 0) + 1);
  assert.equal(next.message.message_id, (log.at(-1)?.message_id ?? 0) + 1);
});

test('every message that was answered before a SIGKILL in the middle of a burst is in the log once', async (t) => {
  const world = durable(t);
  const before = await world.start();
  const { bot, token, ada } = await people(before);
  const wide = { burst: 100_000, perSecond: 100_000 };
  await before.control.setLimits({ bot: wide, chat: wide });
  const raw = rawBot(before.api, token);
  const answered: number[] = [];
  const sendOn = async (lane: number): Promise<never> => {
    for (let at = 0; ; at += 1) answered.push((await raw.send(ada, `${lane}:${at}`)).message_id);
  };
  const bursts = Promise.allSettled([...Array(8).keys()].map(sendOn));
  await before.control.waitForLog({ bot, direction: 'from-bot', count: 200 });
  await before.kill();
  await bursts;
  assert.ok(answered.length >= 150);

  const after = await world.start();
  const log = await after.control.log({ direction: 'from-bot' });
  const ids = log.map(({ message_id }) => message_id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    answered.filter((id) => !ids.includes(id)),
    [],
  );
  for (let lane = 0; lane < 8; lane += 1) {
    const own = log.filter(({ text }) => text.startsWith(`${lane}:`)).map(({ text }) => Number(text.split(':')[1]));
    assert.deepEqual(own, [...own.keys()]);
  }
});

test('blocks, webhooks, tokens and asked kinds of updates survive a SIGKILL', async (t) => {
  const world = durable(t);
  const before = await world.start();
  const { bot, token, ada } = await people(before);
  await rawBot(before.api, token).updates({ allowed_updates: ['message'] });
  await before.control.blockBot({ bot, user: ada });
  await rawBot(before.api, token).call('setWebhook', { url: 'https://example.org/' });
  const revoked = await before.control.revokeToken({ bot });
  await before.kill();

  const after = await world.start();
  assert.equal((await rawBot(after.api, token).call('getMe')).status, 401);
  const raw = rawBot(after.api, revoked.token);
  assert.equal((await raw.call('sendMessage', { chat_id: ada, text: 'x' })).status, 403);
  assert.equal((await raw.call('getUpdates')).status, 409);
  const { body } = await raw.call<Record<string, unknown>>('getWebhookInfo');
  assert.deepEqual(body.result?.['allowed_updates'], ['message']);
});

test('a last line that a kill has torn is cut off, and the journal goes on', async (t) => {
  const world = durable(t);
  const before = await world.start();
  const { bot, ada } = await people(before);
  await before.kill();
  appendFileSync(world.state, '[{"t":"message","entry":{"seq":2,"text":"to');
  const middle = await world.start();
  await middle.control.sendText({ bot, user: ada, text: 'goes on' });
  await middle.kill();
  const after = await world.start();
  assert.deepEqual(
    (await after.control.log({})).map(({ text }) => text),
    ['/start', 'goes on'],
  );
});

test('a scripted user answers after the restart what he had not answered before', async (t) => {
  const world = durable(t);
  const before = await world.start();
  const { bot, token, ada } = await people(before);
  await before.control.autoReply({ bot, user: ada, mode: 'echo', delay_ms: 500 });
  await rawBot(before.api, token).send(ada, 'are you there');
  await before.kill();
  const after = await world.start();
  await after.control.waitForLog({ direction: 'to-bot', text: 'are you there' });
});

test('the demo has people who have written and who answer, also after a restart', async (t) => {
  const world = durable(t);
  const before = await world.start({ demo: true });
  assert.ok(before.demo);
  const { token, users } = before.demo;
  const ada = users[0]?.id ?? 0;
  const greetings = (await rawBot(before.api, token).updates()).length;
  assert.ok(greetings >= 2 * users.length);
  await before.kill();
  const after = await world.start({ demo: true });
  assert.deepEqual(after.demo, before.demo);
  const raw = rawBot(after.api, token);
  assert.equal((await raw.updates()).length, greetings);
  await raw.send(ada, 'Hello Ada');
  await after.control.waitForLog({ chat: ada, includes: 'Ada here' });
});

test('SIGTERM ends the process in good order', async (t) => {
  const world = durable(t);
  const fake = await world.start();
  const { token } = await people(fake);
  const poll = rawBot(fake.api, token).updates({ timeout: 50, offset: -1 });
  const first = await poll;
  assert.equal(first.length, 1);
  await fake.close();
  await assert.rejects(fetch(fake.api), /fetch failed/);
});

test('with --with-parent the process ends when its parent is gone', async () => {
  const main = fileURLToPath(new URL('../fake/telegram/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  child.stdin.end();
  assert.deepEqual(await exited, [0, null]);
});

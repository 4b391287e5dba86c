// A plain conversation on a Telegram server that is not ours, so that our fake is not its own judge.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startTelegramServer } from '@openclaw/crabline';
import { TestAccount, createTelegram, logIn } from './imports.ts';
import { QUICK, delivery, textOf } from './world.ts';

const ANNA = 4_711;

async function startCrabline(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'moongate-crabline-'));
  const recorderPath = join(folder, 'telegram.jsonl');
  const server = await startTelegramServer({ recorderPath });
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const { adminToken, botToken, endpoints } = server.manifest;
  const say = async (text: string): Promise<void> => {
    const headers = { 'content-type': 'application/json', 'x-crabline-admin-token': adminToken };
    const body = JSON.stringify({ chatId: ANNA, fromId: ANNA, fromName: 'Anna', chatType: 'private', text });
    const answer = await fetch(endpoints.adminInboundUrl, { method: 'POST', headers, body });
    assert.equal(answer.status, 200, await answer.text());
  };
  const heard = async (): Promise<readonly unknown[]> => {
    const lines = (await readFile(recorderPath, 'utf8')).trim().split('\n');
    const calls = lines.map((line) => JSON.parse(line) as { path: string; body: { chat_id: unknown; text: unknown } });
    return calls.filter(({ path }) => path.endsWith('/sendMessage')).map(({ body }) => body.text);
  };
  return { botToken, apiRoot: endpoints.apiRoot, say, heard };
}

test('twenty messages each way pass on a server that is not ours', async (t) => {
  const crabline = await startCrabline(t);
  const adapter = createTelegram(QUICK);
  const config = adapter.parseConfig({ api_root: crabline.apiRoot });
  const form = () => ({ token: crabline.botToken });
  const { credentials, state } = await logIn(adapter, { config, form, signal: new AbortController().signal });
  const account = new TestAccount(config, credentials, state, { patienceMs: 10_000, quietMs: 0 });
  const link = await account.connect(adapter);
  t.after(() => link.close());
  const questions = Array.from({ length: 20 }, (_, index) => `question ${index} – ü 漢字 👋`);
  const answers = Array.from({ length: 20 }, (_, index) => `answer ${index} – <b>&amp;</b>`);

  for (const [index, question] of questions.entries()) {
    await crabline.say(question);
    await link.until(() => account.log.length > index, question);
    const chat = { kind: 'direct', id: String(ANNA) } as const;
    const sent = await link.session?.send?.(chat, { text: answers[index] ?? '' }, delivery());
    assert.ok(sent?.id !== undefined);
  }

  assert.deepEqual(account.log.map(textOf), questions);
  assert.deepEqual(await crabline.heard(), answers);
  assert.deepEqual(account.faults, []);
});

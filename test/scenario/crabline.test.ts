// A plain conversation through the whole gateway on a Telegram server that is not ours, so that our fake is not its own judge.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { startTelegramServer } from '@openclaw/crabline';
import { deliver, enrol, befriend, scenes, TELEGRAM } from './support.ts';

// Five a chat pass at once, then the gateway lets one a second through: a conversation of twenty in one chat is a test of
// the adapter's own.
const PEOPLE = 4;
const ROUNDS = 5;
const folder = await mkdtemp(join(tmpdir(), 'moongate-crabline-'));
const recorderPath = join(folder, 'telegram.jsonl');
const crabline = await startTelegramServer({ recorderPath });
after(async () => {
  await crabline.close();
  await rm(folder, { recursive: true });
});
const { adminToken, botToken, endpoints } = crabline.manifest;

/** Somebody on Telegram writes to the bot. */
async function say(person: number, text: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-crabline-admin-token': adminToken };
  const body = JSON.stringify({ chatId: person, fromId: person, fromName: 'Anna', chatType: 'private', text });
  const answer = await fetch(endpoints.adminInboundUrl, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

/** What the bot has written to somebody. */
async function heard(person: number): Promise<readonly unknown[]> {
  const lines = (await readFile(recorderPath, 'utf8')).trim().split('\n');
  const calls = lines.map((line) => JSON.parse(line) as { path: string; body: { chat_id: unknown; text: unknown } });
  return calls
    .filter(({ path, body }) => path.endsWith('/sendMessage') && Number(body.chat_id) === person)
    .map(({ body }) => body.text);
}

scenes({ telegramApi: endpoints.apiRoot }, (scene) => {
  scene('R25', 'twenty messages each way, each with its receipt', async (world, kind) => {
    const user = await world.login();
    await enrol(user, TELEGRAM, { token: botToken });
    const first = kind === 'prosody' ? 4_711 : 4_811;
    for (let anna = first; anna < first + PEOPLE; anna++) {
      const jid = `${anna}@${TELEGRAM}`;
      const questions = Array.from({ length: ROUNDS }, (_, index) => `question ${index} – ü 漢字 👋`);
      const answers = Array.from({ length: ROUNDS }, (_, index) => `answer ${index} – <b>&amp;</b>`);
      for (const [index, question] of questions.entries()) {
        const before = user.stanzas.length;
        await say(anna, question);
        await user.body(question, { after: before });
        if (index === 0) await befriend(user, jid);
        await deliver(user, jid, answers[index] ?? '');
      }
      assert.deepEqual(user.bodies(jid), questions);
      assert.deepEqual(await heard(anna), answers);
    }
  });
});

// The fake Bot API server, seen as HTTP: paths, tokens, and the four ways to pass parameters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plantGarden } from '../fake/telegram/garden.ts';
import { rawBot } from '../fake/telegram/raw-bot.ts';

test('getMe introduces the bot', async (t) => {
  const { raw, bot } = await plantGarden(t);
  const { status, body } = await raw.call<Record<string, unknown>>('getMe');
  assert.equal(status, 200);
  assert.equal(body.result?.['id'], bot.id);
  assert.equal(body.result?.['is_bot'], true);
  assert.equal(body.result?.['username'], 'gate_bot');
});

test('an unknown token is answered 401 Unauthorized', async (t) => {
  const { api, bot } = await plantGarden(t);
  const { status, body } = await rawBot(api, `${bot.id}:AAnotTheToken`).call('getMe');
  assert.equal(status, 401);
  assert.deepEqual(body, { ok: false, error_code: 401, description: 'Unauthorized' });
});

test('a revoked token is answered 401, the new one works', async (t) => {
  const { api, bot, raw, control } = await plantGarden(t);
  const { token } = await control.revokeToken({ bot: bot.id });
  assert.equal((await raw.call('getMe')).status, 401);
  assert.equal((await rawBot(api, token).call('getMe')).status, 200);
});

test('a path without a well-formed token is answered 404 Not Found', async (t) => {
  const { api } = await plantGarden(t);
  for (const path of ['/botgibberish/getMe', '/getMe', '/bot1:a', '/']) {
    const response = await fetch(api + path);
    assert.equal(response.status, 404, path);
    assert.deepEqual(await response.json(), { ok: false, error_code: 404, description: 'Not Found' });
  }
});

test('a method that is not there is answered 404 method not found', async (t) => {
  const { raw } = await plantGarden(t);
  for (const method of ['sendTelepathy', 'constructor', '__proto__']) {
    const { status, body } = await raw.call(method);
    assert.equal(status, 404);
    assert.equal(body.description, 'Not Found: method not found');
  }
});

test('method names are read without regard to case', async (t) => {
  const { raw } = await plantGarden(t);
  assert.equal((await raw.call('GETME')).status, 200);
});

test('parameters arrive by JSON, form, multipart and query alike', async (t) => {
  const { api, bot, ada, control } = await plantGarden(t);
  const url = `${api}/bot${bot.token}/sendMessage`;
  const form = new URLSearchParams({ chat_id: String(ada), text: 'by form' });
  const multipart = new FormData();
  multipart.set('chat_id', String(ada));
  multipart.set('text', 'by multipart');
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const requests = [
    () => fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ chat_id: ada, text: 'by number' }) }),
    () => fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ chat_id: `${ada}`, text: 'by string' }) }),
    () => fetch(url, { method: 'POST', body: form }),
    () => fetch(url, { method: 'POST', body: multipart }),
    () => fetch(`${url}?chat_id=${ada}&text=by%20query`),
  ];
  for (const request of requests) assert.equal((await request()).status, 200);
  const log = await control.log({ direction: 'from-bot' });
  assert.deepEqual(
    log.map(({ text }) => text),
    ['by number', 'by string', 'by form', 'by multipart', 'by query'],
  );
});

test('a body that is no JSON object is answered 400', async (t) => {
  const { api, bot } = await plantGarden(t);
  for (const body of ['{"chat_id":', '[1]', '7']) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${api}/bot${bot.token}/sendMessage`, { method: 'POST', headers, body });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { ok: boolean }).ok, false);
  }
});

test('the control interface names what is wrong with an operation', async (t) => {
  const { control, bot, ada } = await plantGarden(t);
  await assert.rejects(control.openBot({ bot: bot.id, user: 1 }), /no user 1/);
  await assert.rejects(control.openBot({ bot: 1, user: ada }), /no bot 1/);
  await assert.rejects(control.createUser({ id: ada, first_name: 'Eve' }), /taken/);
});

test('a wait that finds nothing fails after its time and says for what it waited', async (t) => {
  const { control } = await plantGarden(t);
  await assert.rejects(control.waitForLog({ text: 'never', timeout_ms: 20 }), /waited 20 ms for log entries .*never/);
});

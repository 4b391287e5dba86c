// Logging in with a token, as a form, a command or the chat bot drives it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createTelegram, logIn } from './imports.ts';
import { failureOf, startWorld } from './world.ts';
import type { World } from './world.ts';

type Answers = Readonly<Record<string, string>>;

/** Runs the login: answers every form from `answers`, and notes what was shown. */
async function login(world: World, answers: Answers, apiRoot = world.fake.api) {
  const shown: string[] = [];
  const asked: string[] = [];
  const adapter = createTelegram({ callMs: 500 });
  const run = logIn(adapter, {
    config: adapter.parseConfig({ api_root: apiRoot }),
    signal: new AbortController().signal,
    form: ({ title, note, fields }) => {
      asked.push(`${title} ${note ?? ''}`);
      return Object.fromEntries(fields.map(({ name }) => [name, answers[name] ?? '']));
    },
    show: ({ as, value }) => void shown.push(`${as} ${value}`),
  });
  return { run, shown, asked };
}

async function withWebhook(t: TestContext): Promise<World> {
  const world = await startWorld(t);
  await fetch(`${world.fake.api}/bot${world.bot.token}/setWebhook?url=https://hooks.example.org/secret-path`);
  return world;
}

test('a good token gives the account of its bot and the link for contacts', async (t) => {
  const world = await startWorld(t);

  const { run, shown } = await login(world, { token: ` ${world.bot.token}\n` });

  const { account, credentials } = await run;
  assert.equal(account, String(world.bot.id), 'two users with one token are one account, which the core refuses');
  assert.deepEqual(credentials, { token: world.bot.token });
  assert.deepEqual(shown, ['link https://t.me/gate_bot']);
});

test('the token is asked as a secret', () => {
  const [first] = createTelegram().logins;
  const run = first?.run({
    config: { apiRoot: 'https://x.invalid' },
    state: new Map(),
    signal: new AbortController().signal,
  });
  return run?.next({}).then(({ value }) => {
    assert.ok('fields' in value);
    assert.deepEqual(
      value.fields.map(({ name, secret }) => ({ name, secret })),
      [{ name: 'token', secret: true }],
    );
  });
});

test('what is no token is refused without asking Telegram', async (t) => {
  const world = await startWorld(t);

  for (const token of ['', 'hello', `${world.bot.id}:short`, `0${world.bot.token}`, `${world.bot.token}/../x`]) {
    const { run } = await login(world, { token });
    assert.deepEqual((await failureOf(run)).fault, { code: 'rejected', reason: 'invalid' }, token);
  }

  assert.deepEqual(await world.control.calls({}), []);
});

test('a token that Telegram does not know fails with what to do', async (t) => {
  const world = await startWorld(t);
  await world.control.revokeToken({ bot: world.bot.id });

  const failure = await failureOf((await login(world, { token: world.bot.token })).run);

  assert.deepEqual(failure.fault, { code: 'auth-lost' });
  assert.match(failure.message, /does not know this token.*@BotFather/);
  assert.ok(!failure.message.includes(world.bot.token));
});

test('a Telegram that cannot be reached is no fault of the token', async (t) => {
  const world = await startWorld(t);

  const failure = await failureOf((await login(world, { token: world.bot.token }, 'http://127.0.0.1:1')).run);

  assert.deepEqual(failure.fault, { code: 'temporary' });
  assert.match(failure.message, /not reached/);
});

test('with a webhook set the user is asked, and yes removes it without losing what waits', async (t) => {
  const world = await withWebhook(t);
  await world.control.openBot(world.place);

  const { run, asked } = await login(world, { token: world.bot.token, remove: 'yes' });
  await run;

  assert.match(asked[1] ?? '', /hooks\.example\.org/);
  assert.ok(!asked[1]?.includes('secret-path'));
  await world.connect();
  assert.equal((await world.events(1)).length, 1);
});

test('with a webhook set and no, nothing is changed and the login says why it ends', async (t) => {
  const world = await withWebhook(t);

  const failure = await failureOf((await login(world, { token: world.bot.token, remove: 'no' })).run);

  assert.deepEqual(failure.fault, { code: 'rejected', reason: 'forbidden' });
  assert.match(failure.message, /webhook/);
  const info = await fetch(`${world.fake.api}/bot${world.bot.token}/getWebhookInfo`);
  assert.match(await info.text(), /hooks\.example\.org/);
});

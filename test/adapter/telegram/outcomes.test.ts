// Each row of the table in adapters/telegram/README.md: what Telegram does, and what the core is told.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { FaultEffect } from './imports.ts';
import { BotClient } from '../../../adapters/telegram/client.ts';
import { adapterError } from '../../../adapters/telegram/errors.ts';
import { delivery, failureOf, startWorld } from './world.ts';
import type { World } from './world.ts';

interface Row {
  readonly when: string;
  readonly effect: FaultEffect;
  readonly fault: object;
  readonly text: RegExp;
  /** Whether the fake took the message all the same. */
  readonly arrived?: true;
}
const error = (code: number, description: string, more: object = {}): FaultEffect => ({
  ...{ kind: 'error', code, description },
  ...more,
});
const rejected = (reason: string): object => ({ code: 'rejected', reason });
const uncertain = { code: 'uncertain' };

const ROWS: readonly Row[] = [
  {
    when: '429 with a time',
    effect: error(429, 'Too Many Requests: retry after 7', { retry_after: 7 }),
    fault: { code: 'rate-limited', retryAfterMs: 7_000, scope: 'chat' },
    text: /Too Many Requests/,
  },
  {
    when: '403 blocked by the user',
    effect: error(403, 'Forbidden: bot was blocked by the user'),
    fault: rejected('blocked'),
    text: /blocked by the user/,
  },
  {
    when: '403 the user never wrote',
    effect: error(403, "Forbidden: bot can't initiate conversation with a user"),
    fault: rejected('forbidden'),
    text: /initiate/,
  },
  {
    when: '403 the account was deleted',
    effect: error(403, 'Forbidden: user is deactivated'),
    fault: rejected('not-found'),
    text: /deactivated/,
  },
  {
    when: '400 chat not found',
    effect: error(400, 'Bad Request: chat not found'),
    fault: rejected('not-found'),
    text: /chat not found/,
  },
  {
    when: '400 too long',
    effect: error(400, 'Bad Request: message is too long'),
    fault: rejected('too-large'),
    text: /too long/,
  },
  {
    when: '413',
    effect: error(413, 'Request Entity Too Large'),
    fault: rejected('too-large'),
    text: /Too Large/,
  },
  {
    when: '400 of any other kind',
    effect: error(400, 'Bad Request: message text is empty'),
    fault: rejected('invalid'),
    text: /empty/,
  },
  { when: '401', effect: error(401, 'Unauthorized'), fault: { code: 'auth-lost' }, text: /Unauthorized/ },
  { when: '404 for the token', effect: error(404, 'Not Found'), fault: { code: 'auth-lost' }, text: /Not Found/ },
  {
    when: '404 for the method',
    effect: error(404, 'Not Found: method not found'),
    fault: rejected('unsupported'),
    text: /method not found/,
  },
  { when: '409', effect: error(409, 'Conflict: something'), fault: { code: 'temporary' }, text: /Conflict/ },
  { when: '500', effect: error(500, 'Internal Server Error'), fault: uncertain, text: /Internal Server Error/ },
  { when: 'a page of HTML with 502', effect: { kind: 'html', code: 502 }, fault: uncertain, text: /HTTP status 502/ },
  { when: 'a page of HTML with 403', effect: { kind: 'html', code: 403 }, fault: uncertain, text: /HTTP status 403/ },
  { when: 'a reset before the work', effect: { kind: 'drop-before' }, fault: uncertain, text: /connection/ },
  { when: 'a reply lost', effect: { kind: 'drop-after' }, fault: uncertain, text: /connection/, arrived: true },
  { when: 'a reply cut off', effect: { kind: 'truncate' }, fault: uncertain, text: /not the Bot API/, arrived: true },
  {
    when: 'no answer in time',
    effect: { kind: 'hold', work: 'before' },
    fault: uncertain,
    text: /no answer within 0.2 s/,
    arrived: true,
  },
];

for (const { when, effect, fault, text, arrived } of ROWS) {
  test(`sending meets ${when}`, async (t) => {
    const world = await startWorld(t, { callMs: 200 });
    await world.meet();
    await world.control.addFault({ method: 'sendMessage', effect });

    const failure = await failureOf(world.send('hello'));

    assert.deepEqual(failure.fault, fault);
    assert.match(failure.message, text);
    assertNoToken(failure, world);
    const log = await world.control.log({ bot: world.bot.id, direction: 'from-bot' });
    assert.equal(log.length, arrived ? 1 : 0);
  });
}

test('the real errors of a strict server are understood', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const stranger = await world.control.createUser({ first_name: 'Stranger' });
  const { session } = world.account;
  const to = (id: string, text: string) =>
    session?.send?.({ kind: 'direct', id }, { text }, delivery()) ?? Promise.reject(new Error('no send'));

  const forStranger = await failureOf(to(String(stranger.id), 'hello'));
  const tooLong = await failureOf(to(world.chat.id, 'x'.repeat(4_097)));
  const blank = await failureOf(to(world.chat.id, ' \n '));
  const noNumber = await failureOf(to('anna', 'hello'));
  await world.control.blockBot(world.place);
  const blocked = await failureOf(to(world.chat.id, 'hello'));

  const faults = [forStranger, tooLong, blank, noNumber, blocked].map(({ fault }) => fault);
  const reasons = ['not-found', 'too-large', 'invalid', 'not-found', 'blocked'];
  assert.deepEqual(faults, reasons.map(rejected));
});

test('sending where nobody listens is certainly not sent', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  await world.fake.close();

  const failure = await failureOf(world.send('hello'));

  assert.deepEqual(failure.fault, { code: 'temporary' });
  assert.match(failure.message, /ECONNREFUSED/);
  assertNoToken(failure, world);
});

test('a message given up by the core is uncertain once it left, and not sent if it had not', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  await world.control.addFault({ method: 'sendMessage', effect: { kind: 'hold', work: 'after' } });
  const giveUp = new AbortController();

  const underway = failureOf(world.send('hello', giveUp.signal));
  await world.control.waitForCalls({ bot: world.bot.id, method: 'sendMessage' });
  giveUp.abort();

  assert.deepEqual((await underway).fault, uncertain);
  assert.deepEqual((await failureOf(world.send('hello', giveUp.signal))).fault, { code: 'temporary' });
});

test('a name that does not resolve and a host without TLS are certainly not sent', async (t) => {
  const plain = createServer((socket) => socket.end('this is no TLS'));
  await new Promise<void>((listening) => plain.listen(0, '127.0.0.1', listening));
  t.after(() => plain.close());
  const address = plain.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const world = await startWorld(t);

  for (const root of ['http://no-such-host.invalid', `https://127.0.0.1:${port}`]) {
    const client = new BotClient(world.bot.token, root, 5_000);
    const call = client.callApi('sendMessage', { chat_id: 1, text: 'hello' });
    const failure = await failureOf(
      call.catch((error: unknown) => Promise.reject(adapterError(error, 'message') as Error)),
    );
    assert.deepEqual(failure.fault, { code: 'temporary' }, root);
    assertNoToken(failure, world);
    await client.disconnect();
  }
});

test('a second chat that meets 429 while the first still waits shows that the whole bot must wait', async (t) => {
  const world = await startWorld(t);
  await world.meet();
  const bert = await world.control.createUser({ first_name: 'Bert' });
  await world.control.openBot({ bot: world.bot.id, user: bert.id });
  const limit = error(429, 'Too Many Requests: retry after 3', { retry_after: 3 });
  await world.control.addFault({ method: 'sendMessage', effect: limit, times: 3 });

  const first = await failureOf(world.send('one'));
  const again = await failureOf(world.send('one'));
  const other = await failureOf(
    world.account.link?.send({ kind: 'direct', id: String(bert.id) }, 'two', delivery()) ?? Promise.resolve(),
  );

  const scopes = [first, again, other].map(({ fault }) => ('scope' in fault ? fault.scope : undefined));
  assert.deepEqual(scopes, ['chat', 'chat', 'account']);
});

test('questions may be asked again, so doubt is temporary for them', async (t: TestContext) => {
  const world = await startWorld(t);
  await world.meet();
  const alive = () => world.account.session?.alive?.(new AbortController().signal) ?? Promise.resolve();
  await alive();
  for (const effect of [error(500, 'Internal Server Error'), { kind: 'drop-after' }, { kind: 'truncate' }] as const) {
    await world.control.addFault({ method: 'getMe', effect });
    assert.deepEqual((await failureOf(alive())).fault, { code: 'temporary' });
  }
});

function assertNoToken(failure: Error, world: World): void {
  const shown = `${failure.message} ${failure.stack} ${JSON.stringify(failure)} ${String(failure.cause)}`;
  assert.ok(!shown.includes(world.bot.token), 'the token is in the error');
  assert.ok(!JSON.stringify(world.logged).includes(world.bot.token), 'the token is in the log');
}

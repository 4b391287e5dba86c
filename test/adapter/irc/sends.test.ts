// How it is known that the server has what was said: by label, by echo, or by one PING behind several lines.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { AdapterError } from '../../../src/adapter/api.ts';
import { FakeIrc } from '../../fake/irc/server.ts';
import type { FakeIrcOptions } from '../../fake/irc/server.ts';
import { direct, User } from './world.ts';
import type { WorldOptions } from './world.ts';

/** As many servers are: nothing that says what has become of a line. */
const BARE = { without: ['labeled-response', 'echo-message', 'batch'] };
const ECHOING = { without: ['labeled-response'] };

async function stage(
  t: TestContext,
  options: FakeIrcOptions & WorldOptions,
): Promise<{ readonly server: FakeIrc; readonly user: User }> {
  const server = await new FakeIrc(options).start();
  t.after(() => server.stop());
  const user = await new User(server.port, options).connect();
  t.after(() => user.close());
  await user.join('garden');
  return { server, user };
}

const garden = { kind: 'group', id: 'garden' } as const;
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `line ${index}`);
const pings = ({ heard }: FakeIrc): number => heard.filter(({ command }) => command === 'PING').length;
const said = ({ kept }: FakeIrc): readonly string[] => kept.map(({ text }) => text);

/** What each came to: 'sent', or the code of its fault, or the reason of a rejection. */
const outcomes = (work: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  Promise.all(work.map((one) => one.then(() => 'sent', outcomeOf)));

function outcomeOf(error: unknown): string {
  assert.ok(AdapterError.is(error), String(error));
  return error.fault.code === 'rejected' ? error.fault.reason : error.fault.code;
}

test('lines that go out together have one PING behind them, and keep their order', async (t) => {
  const { server, user } = await stage(t, BARE);
  const before = pings(server);
  await Promise.all(numbered(32).map((text) => user.send(garden, text)));
  assert.deepEqual(said(server), numbered(32));
  assert.ok(pings(server) - before <= 2, `${pings(server) - before} PINGs`);
});

test('under a flood limit there is a PING behind every fourth line', async (t) => {
  const { server, user } = await stage(t, { ...BARE, config: { flood: { burst: 2, per_second: 200 } } });
  const before = pings(server);
  await Promise.all(numbered(12).map((text) => user.send(garden, text)));
  assert.deepEqual(said(server), numbered(12));
  assert.ok(pings(server) - before >= 3 && pings(server) - before <= 5, `${pings(server) - before} PINGs`);
});

test('when the connection dies, what was fenced is sent, what was written is uncertain, the rest is not sent', async (t) => {
  const { server, user } = await stage(t, { ...BARE, config: { flood: { burst: 12, per_second: 0.1 } } });
  server.fault = { nick: 'alice', what: 'drop', others: 3 };
  const texts = numbered(14);
  const fenced = user.send(garden, texts[0] ?? '').then(() => 'sent');
  assert.equal(await fenced, 'sent');
  const all = await outcomes(texts.slice(1).map((text) => user.send(garden, text)));
  const lost = all.filter((one) => one === 'uncertain').length;
  assert.ok(lost >= 3, all.join());
  assert.deepEqual(all, [...Array<string>(lost).fill('uncertain'), ...Array<string>(13 - lost).fill('temporary')]);
  assert.deepEqual(said(server), texts.slice(0, 4));
});

test('when all of several lines are refused, each is; after that one by one', async (t) => {
  const { server, user } = await stage(t, BARE);
  const shut = { kind: 'group', id: 'shut' } as const;
  assert.deepEqual(await outcomes(numbered(3).map((text) => user.send(shut, text))), Array(3).fill('forbidden'));
  server.channels.set('#shut', new Set(server.guests));
  const all = numbered(4).map((text) => user.send(shut, text));
  server.fault = { nick: 'alice', what: 'refuse', others: 2 };
  assert.deepEqual(await outcomes(all), ['sent', 'sent', 'forbidden', 'sent']);
});

test('when one of several lines is refused nobody knows which: all are uncertain, and then go one by one', async (t) => {
  const { server, user } = await stage(t, BARE);
  server.fault = { nick: 'alice', what: 'refuse', others: 1 };
  const first = numbered(3).map((text) => user.send(garden, text));
  const elsewhere = user.send(direct('bob'), 'another target');
  assert.deepEqual(await outcomes([...first, elsewhere]), ['uncertain', 'uncertain', 'uncertain', 'sent']);
  server.fault = { nick: 'alice', what: 'refuse', others: 1 };
  assert.deepEqual(await outcomes(numbered(3).map((text) => user.send(garden, text))), ['sent', 'forbidden', 'sent']);
});

test('an echo belongs to the line that says the same, and has its id', async (t) => {
  const { server, user } = await stage(t, ECHOING);
  const sent = await Promise.all(numbered(8).map((text) => user.send(garden, text)));
  assert.deepEqual(
    sent.map(({ id }) => id),
    server.kept.map(({ id }) => id),
  );
  assert.deepEqual(
    user.account.log.filter(({ type }) => type === 'message'),
    [],
  );
});

test('what the server drops in silence is known by the echo of the next, and shifts nothing', async (t) => {
  const { server, user } = await stage(t, ECHOING);
  server.fault = { nick: 'alice', what: 'hang', others: 1 };
  const start = performance.now();
  assert.deepEqual(await outcomes(numbered(4).map((text) => user.send(garden, text))), [
    ...['sent', 'forbidden', 'sent', 'sent'],
  ]);
  server.fault = { nick: 'alice', what: 'hang' };
  assert.deepEqual(await outcomes([user.send(garden, 'alone')]), ['forbidden'], 'and by the PONG behind it');
  assert.ok(performance.now() - start < 2_000);
});

test('the echo of a private message may come late, or never: it is sent all the same, and shown once', async (t) => {
  const { server, user } = await stage(t, { ...ECHOING, environment: { echoMs: 50 } });
  server.fault = { nick: 'alice', what: 'hang' };
  const sent = await user.send(direct('bob'), 'to another server');
  assert.equal(sent.id, undefined);
  for (const guest of server.guests) guest.write(':alice!alice@guest.example PRIVMSG bob :to another server');
  server.say('bob', 'alice', 'got it');
  await user.reads('got it');
  assert.deepEqual(
    user.account.log.flatMap((event) => (event.type === 'message' ? [event.content.text] : [])),
    ['got it'],
  );
});

test('with echoes a refusal finds its line among others', async (t) => {
  const { server, user } = await stage(t, ECHOING);
  server.fault = { nick: 'alice', what: 'refuse', others: 2 };
  assert.deepEqual(await outcomes(numbered(4).map((text) => user.send(garden, text))), [
    ...['sent', 'sent', 'forbidden', 'sent'],
  ]);
});

test('what a server passes on in other words counts as sent', async (t) => {
  const { server, user } = await stage(t, ECHOING);
  server.fault = { nick: 'alice', what: 'alter', others: 1 };
  assert.deepEqual(await outcomes(numbered(3).map((text) => user.send(garden, text))), ['sent', 'sent', 'sent']);
});

test('the echo of a line in colours is known where the channel takes them out', async (t) => {
  const { server, user } = await stage(t, ECHOING);
  const sending = user.session.send(
    garden,
    { text: 'so bold', spans: [{ kind: 'bold', start: 3, end: 7 }] },
    user.delivery(),
  );
  const { id } = await sending;
  assert.equal(id, server.kept[0]?.id);
});

test('what nobody waits for any more is not written, or uncertain, and is not mistaken for the next', async (t) => {
  for (const kind of [BARE, ECHOING, {}]) {
    const { server, user } = await stage(t, kind);
    const [early, late] = [new AbortController(), new AbortController()];
    const unwritten = user.send(garden, 'unwritten', { signal: early.signal });
    early.abort();
    server.fault = { nick: 'alice', what: 'hang' };
    const written = user.send(garden, 'written', { signal: late.signal });
    setImmediate(() => late.abort());
    assert.deepEqual(await outcomes([unwritten, written]), ['temporary', 'uncertain']);
    assert.deepEqual(await outcomes([user.send(garden, 'next')]), ['sent']);
    assert.deepEqual(said(server), ['next']);
  }
});

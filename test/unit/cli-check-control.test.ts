// What the running gateway answers besides health, and to whom.
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { askGateway } from '../../src/cli/ask.ts';
import { systemClock } from '../../src/clock.ts';
import { control, PASS, PROOF, type Commands } from '../../src/web/control.ts';
import { serveHealth } from '../../src/web/health.ts';
import { FRESH_MS, passKey, signQuestion, type Question } from '../../src/web/pass.ts';

const VAULT = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const OTHER = 'BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=';
const key = passKey(VAULT);

async function serve(t: TestContext, commands: Commands, vault = VAULT): Promise<number> {
  const options = { host: '127.0.0.1', port: 0, health: () => ({ ready: true, reasons: [] }), clock: systemClock };
  const server = await serveHealth({ ...options, control: { key: passKey(vault), commands, clock: systemClock } });
  t.after(() => server.close());
  return server.port;
}
const asked = (port: number) => ({ web: { host: '127.0.0.1', port }, store: { path: '/x/moongate.db', key: VAULT } });

let nonces = 0;
const question = (more: Partial<Question> = {}): Question => {
  nonces += 1;
  return { command: 'check', time: Date.now(), nonce: `a-nonce-of-the-test-${nonces}`, body: '{}', ...more };
};
const post = (port: number, header: string | undefined, body = '{}', path = '/control/check') =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body,
    headers: header === undefined ? {} : { [PASS]: header },
  });

test('whoever has the key file is answered, with what the command returned or the words that it threw', async (t) => {
  const port = await serve(t, {
    check: async (argument) => [argument],
    backup: async () => {
      throw new Error('the disk is full');
    },
  });
  assert.deepEqual(await askGateway(asked(port), 'check', { a: 1 }), { kind: 'told', value: [{ a: 1 }] });
  assert.deepEqual(await askGateway(asked(port), 'backup', {}), { kind: 'failed', why: 'the disk is full' });
  const unknown = await askGateway(asked(port), 'toString', {});
  assert.equal(unknown?.kind, 'failed');
});

test('a key that was put on top of the old one since the gateway started does no harm', async (t) => {
  const port = await serve(t, { check: async () => [] });
  const answer = await askGateway(
    { ...asked(port), store: { path: '/x', key: `# new\n${OTHER}\n${VAULT}\n` } },
    'check',
    {},
  );
  assert.equal(answer?.kind, 'told');
});

const wrong: readonly (readonly [what: string, header: () => string | undefined, body?: string])[] = [
  ['no pass', () => undefined],
  ['one made with another key', () => signQuestion(passKey(OTHER), question())],
  ['one for another command', () => signQuestion(key, question({ command: 'backup' }))],
  ['one for another body', () => signQuestion(key, question()), '{"path":"/etc/passwd"}'],
  ['one that is too old', () => signQuestion(key, question({ time: Date.now() - FRESH_MS - 1_000 }))],
  ['one from the future', () => signQuestion(key, question({ time: Date.now() + FRESH_MS + 1_000 }))],
  ['a malformed one', () => 'please'],
];
for (const [what, header, body] of wrong)
  test(`with ${what} nothing is done`, async (t) => {
    let calls = 0;
    const port = await serve(t, { check: async () => (calls += 1) });
    const response = await post(port, header(), body);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get(PROOF), null);
    assert.equal(calls, 0);
  });

test('a pass that was overheard is taken once', async (t) => {
  const port = await serve(t, { check: async () => [] });
  const header = signQuestion(key, question());
  assert.equal((await post(port, header)).status, 200);
  assert.equal((await post(port, header)).status, 401);
});

test('only POST, and no more than a question needs', async (t) => {
  const port = await serve(t, { check: async () => [] });
  assert.equal((await fetch(`http://127.0.0.1:${port}/control/check`)).status, 405);
  assert.equal((await post(port, undefined, 'x'.repeat(100_000))).status, 413);
});

test('another machine is refused, whatever it knows', async () => {
  const take = control({ key, commands: { check: async () => [] }, clock: systemClock });
  const from = async (remoteAddress: string): Promise<number> => {
    let status = 0;
    const request = { method: 'GET', headers: {}, socket: { remoteAddress } } as unknown as IncomingMessage;
    const response = { writeHead: (code: number) => (status = code), end: () => undefined };
    await take(request, response as unknown as ServerResponse, '/control/check');
    return status;
  };
  assert.deepEqual(await Promise.all(['192.0.2.7', '2001:db8::1', '::ffff:192.0.2.7'].map(from)), [403, 403, 403]);
  assert.deepEqual(await Promise.all(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map(from)), [405, 405, 405]);
});

test('an answer from a program that is not our gateway is not believed', async (t) => {
  const stranger = await serve(t, { check: async () => [] }, OTHER);
  assert.equal((await askGateway(asked(stranger), 'check', {}))?.kind, 'stranger');
  const liar = process.getBuiltinModule('node:http').createServer((_, response) => {
    response.setHeader(PROOF, 'f'.repeat(64)).end('{"ok":true,"value":[]}');
  });
  await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
  t.after(() => liar.close());
  const { port } = liar.address() as { port: number };
  assert.equal((await askGateway(asked(port), 'check', {}))?.kind, 'stranger');
});

test('where nobody listens, that is the answer', async (t) => {
  const options = { host: '127.0.0.1', port: 0, health: () => ({ ready: true, reasons: [] }), clock: systemClock };
  const gone = await serveHealth(options);
  await gone.close();
  const answer = await askGateway(asked(gone.port), 'check', {});
  assert.deepEqual(answer, { kind: 'silent', why: 'ECONNREFUSED' });
  assert.equal(await askGateway({ ...asked(0), web: undefined }, 'check', {}), undefined);
  void t;
});

// What an operator is told when a stream does not come up, and how often the server is asked again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeConnection, FakeServer, HEADER } from '../server/fake-server.ts';
import { Gate } from '../server/gate.ts';
import { retryPause } from '../../src/xmpp/stream/retry.ts';
import type { StreamClock } from '../../src/xmpp/stream.ts';

const LIMITS = { watch: 60_000, retry: [1, 1] } as const;

const streamError = (condition: string): string =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`;

const refusals: readonly (readonly [name: string, answer: string, message: RegExp])[] = [
  ['host-unknown', HEADER + streamError('host-unknown'), /does not know the component gate\.example\.org/],
  ['conflict', HEADER + streamError('conflict'), /another connection .* is gate\.example\.org already/],
  ['invalid-namespace', HEADER + streamError('invalid-namespace'), /not a port for components/],
  ['a header without id, then the end (Openfire)', HEADER.replace(/ id='[^']*'/, ''), /in use or not allowed/],
  ['another stream error', HEADER + streamError('system-shutdown'), /system-shutdown/],
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', /does not speak XMPP/],
  ['a web page', '<html><body/></html>', /does not speak XMPP/],
  ['the end of file', '', /ended the connection/],
];
for (const [name, answer, message] of refusals) {
  test(`R3: ${name} is one message for the operator over many attempts`, async () => {
    await using server = await FakeServer.listen();
    await using gate = new Gate({ port: server.port, limits: LIMITS });
    for (let attempt = 0; attempt < 4; attempt++) {
      const connection = await server.connection(attempt);
      await connection.until('the header', (text) => text.includes('<stream:stream'));
      connection.end(answer);
    }
    await server.connection(4);
    assert.equal(gate.messages('error').length, 1, gate.messages('error').join('\n'));
    assert.match(gate.messages('error')[0] ?? '', message);
    assert.match(gate.stream.problem ?? '', message);
    assert.equal(gate.stream.state, 'connecting');
  });
}

test('R3: a server that is down is one message, with its address', async () => {
  const server = await FakeServer.listen();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  await using gate = new Gate({ port, limits: LIMITS });
  await gate.until('a message', () => gate.messages('error').length > 0);
  assert.match(
    gate.messages('error')[0] ?? '',
    new RegExp(`cannot reach .*127\\.0\\.0\\.1:${port} \\(ECONNREFUSED\\)`),
  );
});

test('R3: a wrong secret is one message, and the server is not asked again for most of a minute', async () => {
  const pauses: number[] = [];
  const clock: StreamClock = {
    now: () => performance.now(),
    // The pause is taken down and skipped; every other timer is real.
    after(ms, work) {
      const pausing = ms > 30_000;
      if (pausing) pauses.push(ms);
      const timer = setTimeout(work, pausing ? 0 : ms);
      return () => clearTimeout(timer);
    },
    random: () => 0,
  };
  await using server = await FakeServer.listen();
  await using gate = new Gate({ port: server.port, clock, limits: { watch: 20_000, open: 20_000 } });
  for (let attempt = 0; attempt < 5; attempt++) {
    const connection = await server.connection(attempt);
    await connection.until('the header', (text) => text.includes('<stream:stream'));
    connection.write(HEADER);
    await connection.until('the handshake', (text) => text.includes('</handshake>'));
    connection.end(streamError('not-authorized'));
  }
  await server.connection(5);
  assert.deepEqual(pauses, [45_000, 90_000, 180_000, 225_000, 225_000]);
  assert.equal(gate.messages('error').length, 1);
  assert.match(gate.messages('error')[0] ?? '', /refused the secret of gate\.example\.org/);
  assert.ok(!JSON.stringify(gate.lines).includes('gate-secret'));
});

test('R1 R2: the header is to the own domain, the handshake lowercase hex SHA-1 of id and secret, in UTF-8', async () => {
  await using server = await FakeServer.listen();
  await using gate = new Gate({ port: server.port, secret: 'Schlüssel 鍵', limits: LIMITS });
  const connection = await (await server.connection()).accept();
  await gate.online();
  assert.match(connection.received, /<stream:stream [^>]*xmlns="jabber:component:accept"/);
  assert.match(connection.received, /<stream:stream [^>]*to="gate\.example\.org"/);
  assert.ok(connection.received.includes(`<handshake>${FakeConnection.digest('Schlüssel 鍵')}</handshake>`));
});

test('R3: a problem that comes back after the stream was online is told again', async () => {
  await using server = await FakeServer.listen();
  await using gate = new Gate({ port: server.port, limits: LIMITS });
  for (let attempt = 0; attempt < 2; attempt++) {
    const connection = await (await server.connection(attempt)).accept();
    await gate.online(attempt + 1);
    connection.end('</stream:stream>');
  }
  await gate.until('both ends', () => gate.ends.length === 2);
  assert.deepEqual(gate.ends, [{ clean: true }, { clean: true }]);
  assert.equal(gate.messages('error').length, 2);
});

test('R3: pauses grow to their longest and are varied by a quarter', () => {
  const limits = { retry: [250, 30_000], retryRefused: [60_000, 300_000] } as const;
  const table = [
    [0, undefined, 0, 187.5],
    [0, 'unreachable', 0.5, 250],
    [3, 'conflict', 0.5, 2_000],
    [10, 'conflict', 0.5, 30_000],
    [1_000, 'conflict', 0.999_999, 37_500],
    [0, 'not-authorized', 0.5, 60_000],
    [1_000, 'not-authorized', 0.5, 300_000],
  ] as const;
  for (const [failures, code, random, expected] of table)
    assert.ok(Math.abs(retryPause(failures, code, limits, random) - expected) < 1, `${failures} ${code} ${random}`);
});

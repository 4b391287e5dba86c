// Fences, sending and closing, against a server that does what the test says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from '../server/fake-server.ts';
import type { FakeConnection } from '../server/fake-server.ts';
import { Gate } from '../server/gate.ts';
import { x, serialize } from '../../src/xmpp/stanza.ts';
import { StreamEndedError, UnsendableError } from '../../src/xmpp/stream.ts';
import type { StreamLimits } from '../../src/xmpp/stream.ts';
import { outgoing } from '../../src/xmpp/stream/outgoing.ts';

async function open(
  server: FakeServer,
  limits: Partial<StreamLimits> = {},
): Promise<{ gate: Gate; connection: FakeConnection }> {
  const gate = new Gate({ port: server.port, limits: { watch: 60_000, retry: [1, 1], ...limits } });
  const connection = await (await server.connection()).accept();
  await gate.online();
  return { gate, connection };
}

const fencesIn = (text: string): string[] => text.match(/<iq type="result"[^>]*id="moongate-fence-[^>]*>/g) ?? [];
const presence = (to: string): string => serialize(x('presence', { from: 'gate.example.org', to }));

test('R5a: a fence leaves after what was sent before it and resolves when it comes back, unseen by the handler', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server);
  await using _gate = gate;
  gate.stream.send(presence('a@example.org'));
  await gate.stream.fence();
  assert.match(
    connection.received,
    /<presence [^>]*a@example\.org[^>]*><iq type="result" from="gate\.example\.org" to="gate\.example\.org"/,
  );
  assert.equal(gate.stanzas.length, 0);
});

test('R5a: a later fence stands for an earlier one, and ids are never the same on two streams', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server);
  connection.loops = false;
  const fences = [gate.stream.fence(), gate.stream.fence()];
  await connection.until('both', (text) => fencesIn(text).length === 2);
  connection.write(fencesIn(connection.received)[1] ?? '');
  await Promise.all(fences);
  const first = fencesIn(connection.received);
  await gate.stream.close();

  await using otherServer = await FakeServer.listen();
  const other = await open(otherServer);
  await using _other = other.gate;
  await other.gate.stream.fence();
  assert.ok(!first.includes(fencesIn(other.connection.received)[0] ?? ''));
});

test('R5a: a fence rejects when the stream ends first, and when it is not online', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server);
  await using _gate = gate;
  connection.loops = false;
  const fence = gate.stream.fence();
  await connection.until('the fence', (text) => fencesIn(text).length === 1);
  connection.end();
  await assert.rejects(fence, StreamEndedError);
  await assert.rejects(gate.stream.fence(), StreamEndedError);
});

test('R5a: a fence of another connection for the domain is not shown; a stanza that only looks like one is', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server);
  await using _gate = gate;
  const iq = (from: string, id: string): string =>
    `<iq type="result" from="${from}" to="gate.example.org" id="${id}"/>`;
  connection.write(iq('gate.example.org', 'moongate-fence-00-1') + iq('eve@example.org', 'moongate-fence-00-2'));
  await gate.until('the other', () => gate.stanzas.length > 0);
  assert.deepEqual(
    gate.stanzas.map(({ attrs }) => attrs['id']),
    ['moongate-fence-00-2'],
  );
});

test('R5a: where fences come back elsewhere while others talk, the server is pinged and its answer is the fence', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server, { watch: 50, patience: 2 });
  await using _gate = gate;
  connection.loops = false;
  const fence = gate.stream.fence();
  const talk = setInterval(() => connection.write('<presence from="a@example.org" to="gate.example.org"/>'), 20);
  try {
    await connection.until('a ping', (text) => text.includes('urn:xmpp:ping'));
    const ping = /<iq type="get" from="gate\.example\.org" to="example\.org" id="([^"]+)">/.exec(
      connection.received,
    )?.[1];
    connection.write(`<iq type="error" from="example.org" to="gate.example.org" id="${ping}"/>`);
    await fence;
    assert.equal(server.connections.length, 1);
  } finally {
    clearInterval(talk);
  }
});

test('R5a: a server that talks but lets no fence through for long is left, with a message of its own', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server, { watch: 30, patience: 2 });
  await using _gate = gate;
  connection.loops = false;
  const talk = setInterval(() => connection.write(' '), 10);
  await server.connection(1);
  clearInterval(talk);
  assert.match(gate.messages('error')[0] ?? '', /does not route gate\.example\.org back/);
});

test('R5a: the end of a stream tells for how long the server had been silent', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server, { watch: 60, patience: 2 });
  await using _gate = gate;
  connection.loops = false;
  await server.connection(1);
  const [silent = 0] = gate.silences;
  assert(silent >= 60 && silent < 5_000, `${silent} ms`);
});

test('R5a: an idle stream sends a fence at each look, and nothing else', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server, { watch: 30 });
  await using _gate = gate;
  await connection.until('three fences', (text) => fencesIn(text).length >= 3);
  assert.equal(gate.stanzas.length, 0);
  assert.equal(server.connections.length, 1);
});

test('R5b: close says the end of the stream and hands on what arrives until the server has closed its side', async () => {
  await using server = await FakeServer.listen();
  await using gate = new Gate({ port: server.port, limits: { watch: 60_000 } });
  const connection = await (await server.connection()).accept();
  await gate.online();
  connection.answersEnd = false;
  gate.stream.send(presence('last@example.org'));
  const closed = gate.stream.close();
  assert.equal(gate.stream.state, 'closing');
  assert.equal(gate.stream.send(presence('late@example.org')), false);
  await connection.until('the end', (text) => /last@example\.org.*<\/stream:stream>$/s.test(text));
  connection.write('<message from="a@example.org" to="gate.example.org"><body>late</body></message>');
  await gate.body('late');
  connection.end('</stream:stream>');
  await closed;
  assert.equal(gate.stream.state, 'closed');
  assert.deepEqual(gate.ends, [{ clean: true }]);
  assert.equal(server.connections.length, 1);
});

test('R5b: close is bounded where the server never closes its side, and at any other moment', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server, { close: 50 });
  connection.answersEnd = false;
  await gate.stream.close();
  assert.deepEqual(gate.ends, [{ clean: false }]);
  await gate.stream.close();

  const connecting = new Gate({ port: server.port });
  await server.connection(1);
  await connecting.stream.close();
  assert.equal(connecting.stream.state, 'closed');
});

test('R4 R5: what would make a server close the stream is not sent', () => {
  const domain = 'gate.example.org';
  const from = 'bob@gate.example.org';
  const long = 'x'.repeat(1_024);
  const table: readonly (readonly [code: string | undefined, from: string | undefined, to: string | undefined])[] = [
    [undefined, from, 'alice@example.org/a phone'],
    [undefined, domain, 'example.org'],
    [undefined, `${from}/x`, 'alice@[::1]/é'],
    [undefined, 'Bob@GATE.example.org', 'alice@example.org'],
    [undefined, 'a\\40b@gate.example.org', 'alice@example.org'],
    ['no-address', undefined, 'alice@example.org'],
    ['no-address', from, undefined],
    ['foreign-from', 'bob@example.org', 'alice@example.org'],
    ['foreign-from', 'gate.example.org@example.org', 'alice@example.org'],
    ['foreign-from', 'evil.example.org/@gate.example.org', 'alice@example.org'],
    ['invalid-address', from, 'al ice@localhost'],
    ['invalid-address', from, ''],
    ['invalid-address', from, '@example.org'],
    ['invalid-address', from, 'alice@'],
    ['invalid-address', from, 'a@b@c'],
    ['invalid-address', from, 'alice@example.org/'],
    ['invalid-address', from, 'a\u0007@example.org'],
    ['invalid-address', from, `${long}@example.org`],
    ['invalid-address', `${long}@gate.example.org`, 'alice@example.org'],
  ];
  for (const [code, sender, to] of table) {
    const stanza = x('message', { from: sender, to });
    for (const form of [stanza, serialize(stanza)]) {
      const attempt = (): string => outgoing(form, domain, 10_000);
      const name = `${sender} to ${to}`;
      if (code === undefined) assert.equal(attempt(), serialize(stanza), name);
      else assert.throws(attempt, (error) => error instanceof UnsendableError && error.code === code, name);
    }
  }
});

test('R5: a stanza that is too large, or none, is not sent', () => {
  const body = (text: string): string =>
    serialize(x('message', { from: 'gate.example.org', to: 'a@example.org' }, x('body', {}, text)));
  const code = (form: string, expected: string): void => {
    assert.throws(
      () => outgoing(form, 'gate.example.org', 1_000),
      (error) => error instanceof UnsendableError && error.code === expected,
    );
  };
  code(body('x'.repeat(1_000)), 'too-large');
  code(body('鍵'.repeat(320)), 'too-large');
  assert.ok(outgoing(body('x'.repeat(900)), 'gate.example.org', 1_000));
  code('<stream:error/>', 'not-a-stanza');
  code('messages', 'not-a-stanza');
});

test('what is read and has no answer is answered with white space, lest a server wait for the acknowledgement', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await open(server);
  await using _gate = gate;
  const before = connection.received.length;
  connection.write(serialize(x('presence', { from: 'a@example.org', to: 'gate.example.org' })));
  await connection.until('white space', (text) => text.slice(before) === ' ');
});

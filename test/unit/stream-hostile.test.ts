// What a hostile or unlucky server sends, and what our own side writes: the stream holds where the stock library does not.
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { mock, test } from 'node:test';
import { FakeServer } from '../server/fake-server.ts';
import type { FakeConnection } from '../server/fake-server.ts';
import { Gate } from '../server/gate.ts';
import { Stock } from '../server/stock.ts';
import { x } from '../../src/xmpp/stanza.ts';

/** Long enough that no watchdog speaks unless a test is about it. */
const QUIET = { watch: 60_000, retry: [1, 1] } as const;
/** How long something that must not happen is waited for. */
const NEVER_MS = 1_000;

const message = (body: string, from = 'alice@example.org/phone'): string =>
  `<message from="${from}" to="bob@gate.example.org" id="m"><body>${body}</body></message>`;

async function gateOn(server: FakeServer): Promise<{ gate: Gate; connection: FakeConnection }> {
  const gate = new Gate({ port: server.port, limits: QUIET });
  const connection = await (await server.connection()).accept();
  await gate.online();
  return { gate, connection };
}

/** Plays hostile input to the stock library; fails unless the message after it never gets through. */
async function stockBreaks(hostile: string, behaviour?: string): Promise<void> {
  await using server = await FakeServer.listen();
  await using stock = new Stock(server.port, behaviour);
  const connection = await (await server.connection()).accept();
  await stock.until('online', () => stock.seen.some(({ online }) => online));
  connection.write(hostile + message('after'));
  const after = (): boolean => stock.seen.some(({ body }) => body === 'after');
  await stock.until('its end', () => stock.exited || after(), NEVER_MS).catch(() => 'it lives and is deaf');
  assert.ok(!after(), 'the stock library has got better: this test is no longer needed');
}

/** Plays hostile input to our stream; fails unless the message after it is handed on by the same connection. */
async function oursHolds(hostile: string): Promise<Gate> {
  await using server = await FakeServer.listen();
  const { gate, connection } = await gateOn(server);
  connection.write(hostile + message('after'));
  await gate.body('after');
  assert.equal(server.connections.length, 1);
  await gate.stream.close();
  return gate;
}

test('R5b: a character that the network cuts in two arrives whole; the stock library breaks it', async () => {
  const whole = Buffer.from(message('前') + message('日本語'));
  const cut = whole.indexOf(Buffer.from('本')) + 1;
  await using server = await FakeServer.listen();
  const { gate, connection } = await gateOn(server);
  connection.write(whole.subarray(0, cut));
  await gate.body('前');
  connection.write(whole.subarray(cut));
  await gate.body('日本語');
  await gate.stream.close();

  await using stockServer = await FakeServer.listen();
  await using stock = new Stock(stockServer.port);
  const stockConnection = await (await stockServer.connection()).accept();
  stockConnection.write(whole.subarray(0, cut));
  await stock.body('前');
  stockConnection.write(whole.subarray(cut));
  await stock.body('日\ufffd');
});

test('R5: characters that XML forbids never leave; the stock library writes them', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await gateOn(server);
  gate.stream.send(
    x(
      'message',
      { from: 'bob@gate.example.org', to: 'alice@example.org', id: 'a\u0001' },
      x('body', {}, 'a\u0000\ufffe\ud800b'),
    ),
  );
  const mark = Buffer.from('\ufffd').toString('latin1');
  await connection.until('the message', (text) => text.includes(`<body>a${mark}${mark}${mark}b</body>`));
  assert.ok(connection.received.includes(`id="a${mark}"`));
  await gate.stream.close();

  await using stockServer = await FakeServer.listen();
  await using _stock = new Stock(stockServer.port, 'forbidden');
  const stockConnection = await (await stockServer.connection()).accept();
  await stockConnection.until('the forbidden character', (text) => text.includes('a\u0000b'));
});

test('R5b: a handler that throws is logged with a reference and the stream goes on; the stock library dies', async () => {
  await using server = await FakeServer.listen();
  await using gate = new Gate({
    port: server.port,
    limits: QUIET,
    onStanza: (stanza) => {
      if (stanza.getChildText('body') === 'throw') throw new Error('a bug');
      if (stanza.getChildText('body') === 'reject') return Promise.reject(new Error('a later bug'));
    },
  });
  const connection = await (await server.connection()).accept();
  connection.write(message('throw') + message('reject') + message('after'));
  await gate.body('after');
  await gate.until('both failures', () => gate.stream.counts.handlerFailures === 2);
  const lines = gate.lines.filter(({ message: text }) => text === 'a handler failed');
  assert.equal(lines.length, 2);
  for (const { fields } of lines) assert.match(String(fields['reference']), /^[0-9a-f]{8}$/);

  await stockBreaks(message('first'), 'throw');
});

test('R5b: a bad entity or a forbidden reference is replaced and loses no stanza; the stock library dies', async () => {
  const gate = await oursHolds(message('x&bomb;y&#0;z&#xFFFF;&#55296;'));
  assert.equal(gate.stanzas[0]?.getChildText('body'), 'x\ufffdy\ufffdz\ufffd\ufffd');
  await stockBreaks(message('x&bomb;y'));
});

for (const [name, from] of Object.entries({ 'no domain': 'alice@/phone', nothing: '', spaces: 'al ice@@ /' })) {
  test(`R5b: a stanza from a malformed address (${name}) is handed on`, async () => {
    const gate = await oursHolds(message('who', from));
    assert.equal(gate.stanzas[0]?.attrs['from'], from);
  });
}

test('R5b: a malformed address kills the stock library', () => stockBreaks(message('who', 'alice@/phone')));

test('R5b: a DOCTYPE with an entity bomb ends the stream with one line, and the next one works; the stock library is deaf', async () => {
  const bomb =
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>' + message('&b;&b;&b;&b;');
  await using server = await FakeServer.listen();
  const { gate, connection } = await gateOn(server);
  connection.write(bomb);
  const next = await (await server.connection(1)).accept();
  await gate.online(2);
  next.write(message('after'));
  await gate.body('after');
  assert.equal(gate.messages('error').length, 1);
  assert.match(gate.messages('error')[0] ?? '', /DOCTYPE/);
  assert.deepEqual(gate.ends, [{ clean: false }]);
  assert.equal(gate.stanzas.length, 1);
  await gate.stream.close();

  await stockBreaks(bomb);
});

test('R5b: a stanza over the size limit is refused by its start tag and the stream lives; the stock library takes any', async () => {
  const gate = await oursHolds(message('x'.repeat(2_000_000)));
  assert.deepEqual(
    gate.refused.map(({ stanza, why }) => [stanza.attrs['id'], stanza.attrs['from'], stanza.children.length, why]),
    [['m', 'alice@example.org/phone', 0, 'too-large']],
  );
  assert.equal(gate.stanzas.length, 1);

  await using server = await FakeServer.listen();
  await using stock = new Stock(server.port);
  const connection = await (await server.connection()).accept();
  connection.write(message('x'.repeat(2_000_000)));
  await stock.until('2,000,000 characters', () => stock.seen.some(({ length }) => length === 2_000_000));
});

const overLimits: readonly (readonly [string, string])[] = [
  ['too-deep', message('<a>'.repeat(10_000) + '</a>'.repeat(10_000))],
  ['too-many-attributes', message(`<a ${Array.from({ length: 300 }, (_, i) => `a${i}="1"`).join(' ')}/>`)],
  ['too-many-elements', message('<a/>'.repeat(10_000))],
  ['too-large', message(`<a b="${'&apos;'.repeat(600_000)}"/>`)],
  ['too-large', message(`<![CDATA[${'x'.repeat(600_000)}]]>`)],
];
for (const [why, hostile] of overLimits) {
  test(`R5b: a stanza that is ${why} is refused and the stream lives (${hostile.slice(75, 90)}...)`, async () => {
    const gate = await oursHolds(hostile);
    assert.deepEqual(
      gate.refused.map((refusal) => refusal.why),
      [why],
    );
    assert.equal(gate.stanzas.length, 1);
  });
}

test('R2: nothing is sent before the handshake; the stock library writes it on the unauthenticated stream', async () => {
  await using server = await FakeServer.listen();
  await using gate = new Gate({ port: server.port, limits: QUIET });
  const early = x('message', { from: 'gate.example.org', to: 'alice@example.org' }, x('body', {}, 'early'));
  assert.equal(gate.stream.send(early), false);
  const connection = await server.connection();
  await connection.until('the header', (text) => text.includes('<stream:stream'));
  assert.equal(gate.stream.send(early), false);
  await connection.accept();
  await gate.online();
  assert.equal(gate.stream.send(x('presence', { from: 'gate.example.org', to: 'alice@example.org' })), true);
  await connection.until('the presence', (text) => text.includes('<presence'));
  assert.ok(!connection.received.includes('early'));

  await using stockServer = await FakeServer.listen();
  await using _stock = new Stock(stockServer.port, 'send-early');
  const stockConnection = await stockServer.connection();
  await stockConnection.until('the early message', (text) => text.includes('early'));
});

test('R5a: a backlog is bounded, and its end is told; the stock library queues without end', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await gateOn(server);
  connection.pause();
  const stanza = x('message', { from: 'gate.example.org', to: 'alice@example.org' }, x('body', {}, 'x'.repeat(1_000)));
  let sent = 0;
  while (gate.stream.send(stanza)) sent++;
  assert.equal(gate.stream.writable, false);
  assert.ok(sent > 3_000 && sent < 4_500, `${sent} of 1 kB were taken`);
  connection.resume();
  await gate.until('room', () => gate.writables > 0);
  assert.equal(gate.stream.writable, true);
  await connection.until('all that was taken', (text) => text.split('</message>').length - 1 === sent);
  await gate.stream.close();

  await using stockServer = await FakeServer.listen();
  await using stock = new Stock(stockServer.port, 'flood');
  const stockConnection = await stockServer.connection();
  await stockConnection.accept();
  stockConnection.pause();
  const backlog = await stock.until('the backlog', () => stock.seen.find((sight) => sight.backlog)?.backlog);
  assert.ok(backlog > 10_000_000, `${backlog} bytes`);
});

test('R5a: the writes of one tick leave in one write; the stock library makes one of each', async () => {
  await using server = await FakeServer.listen();
  const { gate, connection } = await gateOn(server);
  const write = mock.method(Socket.prototype, 'write');
  for (let i = 0; i < 100; i++)
    gate.stream.send(x('message', { from: 'gate.example.org', to: 'a@example.org', id: `${i}` }));
  await connection.until('the last', (text) => text.includes('id="99"'));
  const writes = write.mock.calls.filter(({ arguments: [text] }) => String(text).includes('id="42"'));
  write.mock.restore();
  assert.equal(writes.length, 1);
  assert.match(String(writes[0]?.arguments[0]), /id="0".*id="99"/s);
  await gate.stream.close();

  await using stockServer = await FakeServer.listen();
  await using stock = new Stock(stockServer.port, 'burst');
  await (await stockServer.connection()).accept();
  assert.equal(await stock.until('its writes', () => stock.seen.find((sight) => sight.writes)?.writes), 100);
});

test('R5a: a server that accepts and stays silent is noticed and left; the stock library stays for ever', async () => {
  await using server = await FakeServer.listen();
  await using gate = new Gate({ port: server.port, limits: { ...QUIET, open: 200, watch: 50, patience: 3 } });
  await server.connection(0);
  // Nothing is said before the header, then nothing after it, then nothing after the handshake.
  (await server.connection(1)).write("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1'>");
  const third = await server.connection(2);
  third.loops = false;
  await third.accept();
  await gate.online();
  await (await server.connection(3)).accept();
  await gate.online(2);
  assert.deepEqual(gate.ends, [{ clean: false }]);
  assert.match(gate.messages('error')[0] ?? '', /says nothing/);
  assert.equal(gate.messages('error').length, 2, 'once before it was online, once after');

  await using stockServer = await FakeServer.listen();
  await using stock = new Stock(stockServer.port);
  const connection = await (await stockServer.connection()).accept();
  await stock.until('online', () => stock.seen.some(({ online }) => online));
  await assert.rejects(connection.gone(NEVER_MS), /in vain/);
  assert.equal(stockServer.connections.length, 1);
});

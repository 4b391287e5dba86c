// The component stream on real servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestClient } from '../server/client.ts';
import { Gate } from '../server/gate.ts';
import { on, servers } from '../server/index.ts';
import { Proxy } from '../server/proxy.ts';
import { serialize, x } from '../../src/xmpp/stanza.ts';

const chat = (to: string, body: string, id?: string): ReturnType<typeof x> =>
  x('message', { from: 'bob@gate.example.org', to, type: 'chat', id }, x('body', {}, body));

for (const kind of servers) {
  const name = (rule: string, what: string): string => `${rule} [${kind.name}] ${what}`;

  test(name('R1', 'the stream opens to the domain and carries messages both ways'), on(kind), async () => {
    await using server = await kind.start({ users: ['alice'] });
    await using gate = new Gate({ port: server.componentPort });
    await gate.online();
    await using alice = await TestClient.connect(server, 'alice');
    await alice.message('bob@gate.example.org', 'grüß dich 🌙');
    const stanza = await gate.body('grüß dich 🌙');
    assert.equal(stanza.attrs['from'], alice.jid);
    gate.stream.send(chat(alice.jid, 'selber\u0000 grüß'));
    await alice.body('selber\ufffd grüß');
    assert.equal(gate.onlines, 1);
  });

  test(name('R2', 'a secret with characters outside ASCII is accepted'), on(kind), async () => {
    await using server = await kind.start({ components: { 'gate.example.org': 'Schlüssel 鍵' } });
    await using gate = new Gate({ port: server.componentPort, secret: 'Schlüssel 鍵' });
    await gate.online();
  });

  test(name('R3', 'a wrong secret is one message, and the server is left alone for long'), on(kind), async () => {
    await using server = await kind.start();
    await using gate = new Gate({ port: server.componentPort, secret: 'wrong' });
    const line = await gate.until('a message', () => gate.lines.find(({ level }) => level === 'error'));
    assert.match(line.message, /refused the secret of gate\.example\.org/);
    assert.ok(Number(line.fields['retryMs']) >= 45_000);
    assert.equal(gate.stream.problem, line.message);
  });

  test(name('R3', 'a domain that the server does not know is one message'), on(kind), async () => {
    await using server = await kind.start();
    await using gate = new Gate({ port: server.componentPort, domain: 'unknown.example.org' });
    const line = await gate.until('a message', () => gate.lines.find(({ level }) => level === 'error'));
    // ejabberd answers an unknown name as it does a wrong secret.
    const problem = kind.name === 'prosody' ? 'host-unknown' : 'not-authorized';
    assert.equal(line.fields['problem'], problem);
  });

  test(name('R3', 'the port of clients is one message'), on(kind), async () => {
    await using server = await kind.start();
    await using gate = new Gate({ port: server.clientPort, limits: { retry: [10, 10] } });
    const line = await gate.until('a message', () => gate.lines.find(({ level }) => level === 'error'));
    assert.match(line.message, /is not a port for components/);
  });

  test(name('R5', 'what would end the stream on this server is not sent, and the stream lives'), on(kind), async () => {
    await using server = await kind.start({ users: ['alice'] });
    await using gate = new Gate({ port: server.componentPort });
    await gate.online();
    await using alice = await TestClient.connect(server, 'alice');
    const foreign = x('message', { from: 'bob@example.org', to: alice.jid }, x('body', {}, 'foreign'));
    assert.throws(() => gate.stream.send(foreign), { code: 'foreign-from' });
    assert.throws(() => gate.stream.send(chat(alice.jid, 'x'.repeat(600_000))), { code: 'too-large' });
    gate.stream.send(chat(alice.jid, '\u0001\ufffe\ud800'));
    gate.stream.send(chat('al-ice@no-such-host.invalid', 'bounced', 'bounce'));
    gate.stream.send(serialize(chat(alice.jid, 'after')));
    await alice.body('after');
    await gate.until('the bounce', () =>
      gate.stanzas.some(({ attrs }) => attrs['id'] === 'bounce' && attrs['type'] === 'error'),
    );
    assert.equal(gate.onlines, 1);
  });

  test(
    name('R5a', 'a fence comes back after the errors of all that was sent before it, in order'),
    on(kind),
    async () => {
      await using server = await kind.start({ users: ['alice'], offline: 'none' });
      await using gate = new Gate({ port: server.componentPort });
      await gate.online();
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 200; i++) gate.stream.send(chat('nobody@example.org', 'x', `${round}-${i}`));
        await gate.stream.fence();
        const bounced = gate.stanzas.filter(({ attrs }) => attrs['type'] === 'error').map(({ attrs }) => attrs['id']);
        assert.deepEqual(
          bounced.filter((id) => id?.startsWith(`${round}-`)),
          Array.from({ length: 200 }, (_, i) => `${round}-${i}`),
        );
      }
      assert.ok(!gate.stanzas.some(({ attrs }) => attrs['id']?.startsWith('moongate-fence-')));
    },
  );

  test(name('R5a', 'what a fence covered reaches a client that is online, in order'), on(kind), async () => {
    await using server = await kind.start({ users: ['alice'] });
    await using gate = new Gate({ port: server.componentPort });
    await gate.online();
    await using alice = await TestClient.connect(server, 'alice');
    const bodies = Array.from({ length: 1_000 }, (_, i) => `${i} 日本語`);
    for (const body of bodies) gate.stream.send(chat(alice.jid, body));
    await gate.stream.fence();
    await alice.body('999 日本語');
    assert.deepEqual(alice.bodies('bob@gate.example.org'), bodies);
  });

  test(name('R3', 'the stream is back after the server was killed and started again'), on(kind), async () => {
    await using server = await kind.start({ users: ['alice'] });
    await using gate = new Gate({ port: server.componentPort });
    await gate.online();
    const fence = gate.until('the end', () => gate.ends.length === 1);
    await server.kill();
    await fence;
    assert.deepEqual(gate.ends, [{ clean: false }]);
    assert.equal(gate.stream.send(chat('alice@example.org', 'lost')), false);
    await server.restart();
    await gate.online(2);
    await gate.stream.fence();
    assert.equal(gate.stream.problem, undefined);
  });

  test(
    name('R5a', 'a server that hangs is noticed within seconds, and met again when it wakes'),
    on(kind),
    async () => {
      await using server = await kind.start();
      await using gate = new Gate({
        port: server.componentPort,
        limits: { open: 500, watch: 200, patience: 3, retry: [50, 200] },
      });
      await gate.online();
      server.freeze();
      try {
        await gate.until('the end', () => gate.ends.length === 1, 3_000);
        await gate.until('its message', () => /says nothing/.test(gate.stream.problem ?? ''));
      } finally {
        server.thaw();
      }
      await gate.online(2);
    },
  );

  test(
    name('R3', 'cuts and stalls of the link end in a new stream, without touching the server'),
    on(kind),
    async () => {
      await using server = await kind.start();
      await using proxy = await Proxy.to(server.componentPort);
      await using gate = new Gate({
        port: proxy.port,
        limits: { open: 500, watch: 200, patience: 3, retry: [50, 200] },
      });
      await gate.online(1);
      proxy.cut();
      await gate.online(2);
      proxy.stall();
      await gate.until('the end', () => gate.ends.length === 2);
      proxy.resume();
      await gate.online(3);
      proxy.halfClose();
      await gate.online(4);
      await gate.stream.fence();
      assert.ok(gate.ends.every(({ clean }) => !clean));
    },
  );

  test(name('R3', 'a second connection for the domain'), on(kind), async () => {
    await using server = await kind.start();
    await using first = new Gate({ port: server.componentPort });
    await first.online();
    await using second = new Gate({ port: server.componentPort, limits: { watch: 100, patience: 6, retry: [50, 50] } });
    if (kind.name === 'prosody') {
      const line = await second.until('a message', () => second.lines.find(({ level }) => level === 'error'));
      assert.match(line.message, /another connection .* is gate\.example\.org already/);
      await first.stream.close();
      await second.online();
    } else {
      // ejabberd takes both and gives a fence to either: both streams go on all the same.
      await second.online();
      await Promise.all([first.stream.fence(), second.stream.fence()]);
      assert.deepEqual([first.ends, second.ends], [[], []]);
    }
  });

  test(name('R5b', 'close ends the stream in an orderly way'), on(kind), async () => {
    await using server = await kind.start({ users: ['alice'] });
    const gate = new Gate({ port: server.componentPort });
    await gate.online();
    await using alice = await TestClient.connect(server, 'alice');
    gate.stream.send(chat(alice.jid, 'goodbye'));
    await gate.stream.close();
    assert.deepEqual(gate.ends, [{ clean: true }]);
    await alice.body('goodbye');
  });

  test(
    name('R5b', "a client's longest stanzas, at the server's own limit, do not end the stream"),
    on(kind),
    async () => {
      await using server = await kind.start({ users: ['alice'] });
      await using gate = new Gate({ port: server.componentPort });
      await gate.online();
      await using alice = await TestClient.connect(server, 'alice');
      // Escaping makes the first more than a megabyte on its way to us, and the second a stanza of thousands of elements.
      const to = 'bob@gate.example.org';
      await alice.send(x('message', { to, id: 'quotes' }, x('a', { xmlns: 'urn:test', b: "'".repeat(40_000) })));
      await alice.send(x('message', { to, id: 'tags' }, ...Array.from({ length: 15_000 }, () => x('a'))));
      await alice.message(to, 'after');
      await gate.body('after');
      assert.equal(gate.onlines, 1);
      assert.deepEqual(
        gate.refused.map(({ stanza, why }) => [stanza.attrs['id'], why]),
        [['tags', 'too-many-elements']],
      );
    },
  );
}

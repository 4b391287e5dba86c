// Every address that the codec makes must pass a server as it is, in both directions, or a contact has two names.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Chat } from '../../src/adapter/api.ts';
import { chatJid, fromLocal } from '../../src/xmpp/address.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { openStream, type Stream } from '../../src/xmpp/stream.ts';
import { type Element, x } from '../../src/xmpp/stanza.ts';
import type { XmppServer } from '../server/api.ts';
import { TestClient } from '../server/client.ts';
import { on, servers } from '../server/index.ts';

const domain = 'gate.example.org';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A component that answers each message from the address that it came to. */
async function echo(server: XmppServer, seen: string[]): Promise<Stream & AsyncDisposable> {
  const online = Promise.withResolvers<void>();
  const stream = openStream({
    domain,
    server: { host: '127.0.0.1', port: server.componentPort },
    secret: server.components[domain] ?? '',
    log: silent,
    onStanza: (stanza: Element) => {
      const { to = '', from, type } = stanza.attrs;
      if (!stanza.is('message') || type === 'error') return;
      seen.push(to);
      assert.ok(stream.send(x('message', { from: to, to: from, type: 'chat' }, x('body', {}, 'echo'))));
    },
    onRefused: () => undefined,
    onOnline: () => online.resolve(),
    onOffline: () => undefined,
  });
  await online.promise;
  return Object.assign(stream, { [Symbol.asyncDispose]: () => stream.close() });
}

/** Every ASCII character by itself, first, last and in the middle; signs of the codec; every script by chance. */
function chats(): readonly Chat[] {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const tables = ascii.flatMap((char) => [char, `${char}a`, `a${char}`, `a${char}b`]);
  const folded = [
    'ß',
    'ſ',
    'K',
    'İ',
    'ı',
    'Å',
    'ﬁ',
    'Σς',
    '①',
    '\u00ad',
    '\u200d',
    '\ufeff',
    '\ud800',
    '😀',
    'e\u0301',
    '㍿',
    '\u0600',
  ];
  const long = ['x'.repeat(999), 'X'.repeat(499), 'é'.repeat(166), 'x'.repeat(1001), 'é'.repeat(500)];
  const signs = fc.constantFrom(
    '=',
    '=.',
    '.',
    '\\',
    '\\20',
    '#',
    ' ',
    '@',
    '/',
    ':',
    '=h',
    'H',
    'A',
    'z',
    '4',
    '%',
    '"',
  );
  const mixed = fc
    .array(fc.oneof(signs, fc.string({ unit: 'binary', maxLength: 2 }), fc.string({ maxLength: 5 })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((parts) => parts.join(''));
  const ids = [...tables, ...folded, ...long, ...fc.sample(mixed, { numRuns: 1200, seed: 20 })];
  return ids.flatMap((id): Chat[] => [
    { kind: 'direct', id },
    { kind: 'group', id },
  ]);
}

for (const kind of servers)
  void test(`R20 [${kind.name}] every address passes the server unchanged, both ways`, on(kind), async () => {
    await using server = await kind.start({ users: ['ann'], offline: 'none' });
    const seen: string[] = [];
    await using _component = await echo(server, seen);
    await using client = await TestClient.connect(server, 'ann');
    const all = chats();
    const addresses = [...new Set(all.map((chat) => chatJid(chat, domain)))];
    assert.ok(addresses.length > 3000);

    // In slices, so that no queue of the server's is put to the test.
    for (let start = 0; start < addresses.length; start += 200) {
      const slice = addresses.slice(start, start + 200);
      const before = client.stanzas.length;
      const answered = client.waitFor((stanza) => stanza.attrs['from'] === `${domain}/end`, { after: before });
      for (const to of slice) await client.send(x('message', { to, type: 'chat' }, x('body', {}, 'hello')));
      await client.send(x('message', { to: `${domain}/end`, type: 'chat' }, x('body', {}, 'hello')));
      await answered;
    }

    // Prosody also writes to the component itself, to say what it may do (XEP-0356).
    const came = seen.filter((jid) => jid.includes('@'));
    assert.deepEqual(came, addresses);
    const echoes = client.stanzas.map(({ attrs }) => attrs['from']).filter((from) => from?.includes(`@${domain}`));
    assert.deepEqual(echoes, addresses);
    for (const chat of all) {
      const named = fromLocal(parseJid(chatJid(chat, domain))?.local ?? '');
      if (named?.kind !== 'alias') assert.deepEqual(named, chat);
    }
  });

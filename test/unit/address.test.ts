import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Chat } from '../../src/adapter/api.ts';
import { aliasDoc, chatJid, fromLocal, resolveLocal, toLocal } from '../../src/xmpp/address.ts';
import { bareOf, formatJid, parseJid } from '../../src/xmpp/jid.ts';

const direct = (id: string): Chat => ({ kind: 'direct', id });
const group = (id: string): Chat => ({ kind: 'group', id });

/** Ids that hit the codec's own signs much more often than chance would, lone surrogates included. */
const tricky = fc.array(
  fc.oneof(
    fc.constantFrom(
      '=',
      '==',
      '=.',
      '.',
      '\\',
      '\\20',
      '\\5c',
      '#',
      ' ',
      '@',
      '/',
      '=a',
      '=h',
      'H',
      'A',
      'z',
      '4',
      '1',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom('\ud800', '\udfff', 'İ', 'ß', 'ſ', 'K', '\u200d', '\u0000', '\ufffe', '😀'),
  ),
  { maxLength: 30 },
);
const ids = tricky.map((parts) => parts.join(''));
const chats = fc.record(
  { kind: fc.constantFrom('direct' as const, 'group' as const), id: ids },
  { noNullPrototype: true },
);

void test('addresses read as surface.md shows them', () => {
  const table: readonly (readonly [Chat, string])[] = [
    [direct('12345'), '12345'],
    [direct('Ann'), '=ann'],
    [direct('#ann'), '=.23.ann'],
    [direct('a#b'), 'a#b'],
    [group('xmpp'), '#xmpp'],
    [group('#xmpp'), '##xmpp'],
    [group('-100123'), '#-100123'],
    [group('xmpp%irc.libera.chat'), '#xmpp%irc.libera.chat'],
    [direct('@ann:example.org'), '\\40ann\\3aexample.org'],
    [direct('a=b'), 'a==b'],
    [direct('a b'), 'a\\20b'],
    [direct(' a '), '=.20.a=.20.'],
    [direct('\\20'), '\\5c20'],
    [direct('é'), '=.e9.'],
    [direct('😀'), '=.1f600.'],
  ];
  for (const [chat, local] of table) {
    assert.deepEqual(toLocal(chat), { local, alias: false });
    assert.deepEqual(fromLocal(local), chat);
  }
});

void test('R20: every id comes back from its address', () => {
  fc.assert(
    fc.property(chats, (chat) => {
      const { local, alias } = toLocal(chat);
      assert.equal(alias, false);
      assert.deepEqual(fromLocal(local), chat);
    }),
    { numRuns: 3000 },
  );
});

void test('R20: different ids have different addresses', () => {
  fc.assert(
    fc.property(chats, chats, (one, two) => {
      const same = one.kind === two.kind && one.id === two.id;
      assert.equal(toLocal(one).local === toLocal(two).local, same);
    }),
    { numRuns: 3000 },
  );
});

void test('a contact never looks like a room, and an address is what a server makes of it', () => {
  fc.assert(
    fc.property(chats, (chat) => {
      const { local } = toLocal(chat);
      assert.equal(local.startsWith('#'), chat.kind === 'group');
      assert.match(local, /^[!-~]+$/);
      assert.equal(local.toLowerCase(), local);
      assert.doesNotMatch(local, /["&'/:<>@A-Z]/);
      assert.doesNotMatch(local, /^#?\\20|\\20$/);
      const jid = chatJid(chat, 'telegram.example.org');
      assert.equal(bareOf(jid), jid);
    }),
    { numRuns: 3000 },
  );
});

void test('what toLocal() never writes names nothing, and nothing throws', () => {
  for (const local of [
    '',
    '#',
    '=',
    'a=',
    '=.zz.',
    '=.110000.',
    '=.0041.',
    '=.41.',
    'é',
    'A',
    '\\',
    '\\20a',
    'a\\2',
    '\\41',
  ])
    assert.equal(fromLocal(local), undefined, local);
  fc.assert(
    fc.property(fc.oneof(ids, fc.string({ unit: 'binary' })), (local) => {
      const named = fromLocal(local);
      if (named !== undefined && named.kind !== 'alias') assert.equal(toLocal(named).local, local);
    }),
    { numRuns: 3000 },
  );
});

void test('an id of more than 1,000 bytes gets an alias that its row resolves', async () => {
  for (const chat of [direct('x'.repeat(1001)), group('é'.repeat(200))]) {
    const { local, alias } = toLocal(chat);
    assert.equal(alias, true);
    assert.match(local, chat.kind === 'group' ? /^#=h[0-9a-f]{64}$/ : /^=h[0-9a-f]{64}$/);
    assert.deepEqual(fromLocal(local), { kind: 'alias', local });
    const row = aliasDoc(7, chat);
    assert.deepEqual(row, { account: 7, kind: 'alias', key: local, value: chat.id });
    const store = {
      doc: (account: number, kind: string, key: string) =>
        Promise.resolve(account === 7 && kind === 'alias' && key === local ? chat.id : undefined),
    };
    assert.deepEqual(await resolveLocal(store, 7, local), chat);
    assert.equal(await resolveLocal(store, 8, local), undefined);
  }
  assert.deepEqual(toLocal(direct('x'.repeat(1000))), { local: 'x'.repeat(1000), alias: false });
  assert.equal(aliasDoc(7, direct('short')), undefined);
});

void test('an id that imitates an alias is not one', () => {
  const imitation = direct(`H${'0'.repeat(64)}`);
  const { local, alias } = toLocal(imitation);
  assert.equal(alias, false);
  assert.deepEqual(fromLocal(local), imitation);
});

void test('JIDs are read by RFC 7622', () => {
  assert.deepEqual(parseJid('Ann@Example.org/Balcony'), { local: 'ann', domain: 'example.org', resource: 'Balcony' });
  assert.deepEqual(parseJid('example.org.'), { domain: 'example.org' });
  assert.deepEqual(parseJid('example.org/a/b@c'), { domain: 'example.org', resource: 'a/b@c' });
  assert.deepEqual(parseJid('a@[::1]'), { local: 'a', domain: '[::1]' });
  assert.equal(bareOf('ann@example.org/x'), 'ann@example.org');
  const malformed = [
    ...['', '@', '/', 'a@', '@b', 'a@b/', 'a@b@c', 'al ice@b', 'a"@b', 'a\u0000@b', 'a@b c', 'a@-b', 'a@b..c', 'a@.b'],
    ...['a@b/\u0007', 'a\ud800@b', `${'a'.repeat(1024)}@b`, `a@b/${'é'.repeat(512)}`, `a@${'b'.repeat(64)}.c`, 'a@b<'],
  ];
  for (const text of malformed) assert.equal(parseJid(text), undefined, JSON.stringify(text));
  assert.ok(parseJid(`${'a'.repeat(1023)}@b/${'c'.repeat(1023)}`));
});

void test('a JID that was read once reads the same again, and none throws', () => {
  fc.assert(
    fc.property(fc.tuple(ids, fc.domain(), ids), ([local, domain, resource]) => {
      for (const text of [`${local}@${domain}/${resource}`, local, `${domain}/${resource}`]) {
        const jid = parseJid(text);
        if (jid !== undefined) assert.deepEqual(parseJid(formatJid(jid)), jid);
      }
    }),
  );
});

// The pure parts of the IRC adapter: names, lines, modes, masks, the flood bucket, its config and settings.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { mayUse, parseConfig } from '../../adapters/irc/config.ts';
import { Bucket } from '../../adapters/irc/flood.ts';
import { bytes, line, split } from '../../adapters/irc/line.ts';
import { maskFor, matches, wholeMask } from '../../adapters/irc/masks.ts';
import { changesFor, modeChanges, modeTable, ranked, roleOf, titlesOf } from '../../adapters/irc/modes.ts';
import { fold, Names } from '../../adapters/irc/names.ts';
import { lastWords, onceKey } from '../../adapters/irc/numerics.ts';
import { settingsOf } from '../../adapters/irc/settings.ts';
import { isPrivate } from '../../adapters/irc/wire.ts';
import { AdapterError } from '../../src/adapter/api.ts';

test('a server lower-cases as it says', () => {
  assert.equal(fold('Foo[1]\\^~', 'rfc1459'), 'foo{1}|~~');
  assert.equal(fold('Foo[1]\\^~', 'strict-rfc1459'), 'foo{1}|^~');
  assert.equal(fold('Foo[1]\\^~Ä', 'ascii'), 'foo[1]\\^~Ä');
  assert.equal(fold('ÄB', 'rfc7613'), 'äb');
  fc.assert(
    fc.property(fc.string(), (name) => assert.equal(fold(fold(name, 'rfc1459'), 'rfc1459'), fold(name, 'rfc1459'))),
  );
});

test('ids are names without what says their kind, and lead back to them', () => {
  const one = new Names('', 'irc.example.org');
  assert.deepEqual(one.group('#Moon'), { kind: 'group', id: 'moon' });
  assert.equal(one.target(one.group('##moon')), '##moon');
  assert.equal(one.target(one.group('&here')), '&here');
  assert.equal(one.target(one.serverChat), undefined);
  const many = new Names('irc.libera.chat', 'irc.libera.chat');
  assert.deepEqual(many.direct('Bob'), { kind: 'direct', id: 'bob%irc.libera.chat' });
  assert.equal(many.target(many.group('#100%')), '#100%');
  assert.equal(many.target(many.serverChat), undefined);
});

test('a chat that was named in another spelling keeps it', () => {
  const names = new Names('', 'irc.example.org');
  names.spell({ kind: 'group', id: 'room[1]' });
  assert.deepEqual(names.group('#ROOM{1}'), { kind: 'group', id: 'room[1]' });
});

test('a line holds what it was given, and never a second command', () => {
  assert.equal(line('PRIVMSG', ['#a', 'two words']), 'PRIVMSG #a :two words');
  assert.equal(line('TOPIC', ['#a', '']), 'TOPIC #a :');
  assert.equal(line('PRIVMSG', ['#a', ':)']), 'PRIVMSG #a ::)');
  assert.equal(
    line('TAGMSG', ['#a'], { label: 'x', '+draft/react': 'a;b c\\' }),
    '@label=x;+draft/react=a\\:b\\sc\\\\ TAGMSG #a',
  );
  assert.throws(
    () => line('JOIN', ['#a b', 'key']),
    (error) => AdapterError.is(error),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', '\0', ' ', ':', 'a', 'é') }), (text) =>
      assert.ok(!/[\r\n\0]/.test(line('PRIVMSG', ['#a', text]))),
    ),
  );
});

test('a long text is cut within its bytes, between characters, and nothing of it is lost', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  fc.assert(
    fc.property(text, fc.integer({ min: 40, max: 120 }), (whole, most) => {
      const pieces = split(whole, most);
      for (const piece of pieces) assert.ok(bytes(piece) <= most);
      assert.equal(pieces.join('').replace(/\s/g, ''), whole.replace(/\s/g, ''));
    }),
  );
  const family = '👩‍👩‍👧';
  assert.deepEqual(split(family.repeat(3), 40), [family.repeat(2), family]);
  assert.deepEqual(split('one two three', 8), ['one two', 'three']);
});

const TABLE = modeTable(
  [...'qaohv'].map((mode, index) => ({ mode, symbol: '~&@%+'.charAt(index) })),
  ['beI', 'k', 'l', 'cimnst'],
);

test('modes take the parameters that are theirs', () => {
  assert.deepEqual(modeChanges(TABLE, '+ov-lk+lm', ['alice', 'bob', 'key', '5']), [
    { add: true, mode: 'o', param: 'alice' },
    { add: true, mode: 'v', param: 'bob' },
    { add: false, mode: 'l' },
    { add: false, mode: 'k', param: 'key' },
    { add: true, mode: 'l', param: '5' },
    { add: true, mode: 'm' },
  ]);
  assert.deepEqual(ranked(TABLE, '@+alice'), { nick: 'alice', ranks: 'ov' });
});

test('ranks are roles, and roles are changes of ranks', () => {
  assert.deepEqual(
    ['qo', 'ao', 'o', 'h', 'v', ''].map((ranks) => roleOf(ranks, true)),
    ['owner', 'admin', 'admin', 'moderator', 'member', 'muted'],
  );
  assert.equal(roleOf('', false), 'member');
  assert.deepEqual(['qo', 'ao', 'hv', 'v', ''].map(titlesOf), [
    [],
    ['protected'],
    ['half-operator', 'voice'],
    ['voice'],
    [],
  ]);
  assert.equal(changesFor(TABLE, 'ov', 'member', false), '-o');
  assert.equal(changesFor(TABLE, '', 'admin', false), '+o');
  assert.equal(changesFor(TABLE, 'v', 'muted', true), '-v');
  assert.equal(changesFor(TABLE, '', 'muted', false), undefined);
  assert.equal(changesFor(TABLE, 'o', 'moderator', false), '+h-o');
  const plain = modeTable(undefined, undefined);
  assert.equal(changesFor(plain, '', 'owner', false), '+o');
  // Whoever is made something is that afterwards.
  const ranks = fc.subarray([...'qaohv']).map((all) => all.join(''));
  fc.assert(
    fc.property(ranks, fc.constantFrom('owner', 'admin', 'moderator', 'member', 'muted'), (before, role) => {
      const changes = changesFor(TABLE, before, role, true) ?? '';
      const after = new Set(before);
      for (const { add, mode } of modeChanges(TABLE, changes, Array(9).fill('x') as string[])) {
        if (add) after.add(mode);
        else after.delete(mode);
      }
      assert.equal(roleOf([...after].join(''), true), role);
    }),
  );
});

test('masks are made whole, and fit whom they are meant for', () => {
  assert.deepEqual(['bob', '*@evil.example', 'a!b@c', 'a!*'].map(wholeMask), [
    'bob!*@*',
    '*!*@evil.example',
    'a!b@c',
    'a!*@*',
  ]);
  assert.deepEqual(
    [maskFor({ nick: 'bob' }), maskFor({ nick: 'bob', host: 'h.example' })],
    ['bob!*@*', '*!*@h.example'],
  );
  assert.ok(matches('*!*@10.0.*', 'bob!b@10.0.0.1'));
  assert.ok(!matches('*!*@10.0.*', 'bob!b@10x0.0.1'));
});

test('the bucket lets a burst through, then so many a second, in order', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const pass = (ms: number): void => {
    now += ms;
    mock.timers.tick(ms);
  };
  try {
    const bucket = new Bucket({ burst: 2, perSecond: 1 }, () => now);
    const said: number[] = [];
    for (let index = 0; index < 4; index++) bucket.run(() => said.push(index));
    bucket.atLeisure(() => said.push(99));
    bucket.run(
      () => said.push(4),
      () => true,
    );
    assert.deepEqual(said, [0, 1]);
    assert.equal(bucket.free, false);
    pass(1000);
    assert.deepEqual(said, [0, 1, 2]);
    pass(1000);
    pass(1000);
    assert.deepEqual(said, [0, 1, 2, 3, 99]);
    pass(60_000);
    assert.equal(bucket.free, true);
    bucket.run(() => said.push(5));
    bucket.run(() => said.push(6));
    bucket.run(() => said.push(7));
    bucket.end();
    pass(60_000);
    assert.deepEqual(said.slice(5), [5, 6]);
  } finally {
    mock.timers.reset();
  }
});

test('the config names what is wrong with it', () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{}, /either server/],
    [{ server: 'a.example', allow: ['b.example'] }, /either server/],
    [{ server: 'irc.example.org:6697' }, /without a port/],
    [{ server: 'a.example', port: 70_000 }, /port/],
    [{ server: 'a.example', flood: true }, /flood/],
    [{ server: 'a.example', flood: { burst: 0 } }, /flood/],
    [{ server: 'a.example', idle_minutes: 0 }, /idle_minutes/],
    [{ server: 'a.example', servers: {} }, /servers/],
    [{ server: 'a.example', defaults: { nik: 'a' } }, /nik/],
    [{ allow: [] }, /allow/],
    [{ allow: ['a b'] }, /allow/],
  ];
  for (const [config, words] of refused) assert.throws(() => parseConfig(config), words);
  const open = parseConfig({ allow: ['irc.libera.chat', '*.oftc.net'] });
  const asked = ['irc.libera.chat', 'irc.oftc.net', 'oftc.net', 'irc.libera.chat.evil.example'];
  assert.deepEqual(
    asked.map((server) => mayUse(open, server)),
    [true, true, false, false],
  );
});

test("a user's settings stand before the operator's", () => {
  const config = parseConfig({ server: 'a.example', defaults: { nick: '{user}|x', encoding: 'latin1' } });
  const own = settingsOf({ realname: 'Alice', tls: 'no' }, config, 'a.example', 'alice.b');
  assert.deepEqual(
    [own.nick, own.realname, own.encoding, own.place],
    ['aliceb|x', 'Alice', 'latin1', { port: 6667, tls: false }],
  );
  assert.deepEqual(settingsOf({ commands: '/MODE me +i ; PRIVMSG x :y ' }, config, 'a.example', 'a').commands, [
    'MODE me +i',
    'PRIVMSG x :y',
  ]);
  for (const wrong of [{ encoding: 'klingon' }, { port: 'x' }, { fingerprints: 'ab' }] as Record<string, string>[])
    assert.throws(
      () => settingsOf(wrong, config, 'a.example', 'a'),
      (error) => AdapterError.is(error),
    );
});

test('last words of a server say whether to stay away, and count once', () => {
  assert.equal(lastWords('Closing link: (K-lined)')?.code, 'rate-limited');
  assert.equal(lastWords('Trying to reconnect too fast.')?.code, 'rate-limited');
  assert.equal(lastWords('Closing link: (Ping timeout: 120 seconds)'), undefined);
  assert.equal(onceKey('x', 'wait 5 s'), onceKey('x', 'wait 17 s'));
});

test('addresses of the own network are told from those of the open net', () => {
  const own = [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '169.254.169.254',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
  ];
  assert.deepEqual(
    own.filter((address) => !isPrivate(address)),
    [],
  );
  assert.deepEqual(['93.184.216.34', '2606:2800::1'].filter(isPrivate), []);
});

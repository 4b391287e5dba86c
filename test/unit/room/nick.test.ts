// Names as nicks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distinct, nickKey, nickOf } from '../../../src/room/nick.ts';
import { parseJid } from '../../../src/xmpp/jid.ts';

const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));

test('R46: any name becomes a nick that can stand in an address, and stays as it is from then on', () => {
  fc.assert(
    fc.property(name, (given) => {
      const nick = nickOf(given, 'id7');
      assert.equal(parseJid(`room@example.org/${nick}`)?.resource, nick);
      assert.equal(nickOf(nick, 'id7'), nick);
      assert(Buffer.byteLength(nick) <= 128);
    }),
  );
});

test('R46: a nick with a suffix is one, too, and another', () => {
  fc.assert(
    fc.property(name, (given) => {
      const nick = nickOf(given, 'id7');
      const other = distinct(nick, 'abcdefghijklmnopqrstuvwxyz');
      assert.equal(nickOf(other, 'id7'), other);
      assert.notEqual(nickKey(other), nickKey(nick));
    }),
  );
});

for (const [given, nick] of [
  ['Romeo', 'Romeo'],
  ['caf\u00e9 \u2615\ufe0f', 'caf\u00e9'],
  ['cafe\u0301', 'caf\u00e9'],
  ['line\nbreak\ttab', 'line break tab'],
  ['\u202eevil\u202c', 'evil'],
  ['\u05e9\u05dc\u05d5\u05dd bob', '\u05e9\u05dc\u05d5\u05dd'],
  ['\ufb01ne \u2460', 'fine 1'],
  ['\u{1f469}\u200d\u{1f680}', 'id7'],
  ['   ', 'id7'],
] as const)
  test(`${JSON.stringify(given)} is ${JSON.stringify(nick)}`, () => {
    assert.equal(nickOf(given, 'id7'), nick);
  });

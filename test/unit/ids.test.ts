import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { deliveryToken, randomId, resendKey, stanzaId } from '../../src/message/ids.ts';

const key = new Uint8Array(32).fill(7);
const other = new Uint8Array(32).fill(8);
const form = /^[a-z2-7]{26}$/;

void test('a token is the same on every attempt and of the form that the contract names', () => {
  assert.equal(deliveryToken(key, 1, 'e', 0), deliveryToken(key, 1, 'e', 0));
  const all = [
    deliveryToken(key, 1, 'e', 0),
    deliveryToken(key, 1, 'e', 1),
    deliveryToken(key, 2, 'e', 0),
    deliveryToken(key, 1, 'f', 0),
    deliveryToken(other, 1, 'e', 0),
  ];
  assert.equal(new Set(all).size, all.length);
  for (const token of all) assert.match(token, form);
});

void test('a token never changes between versions, or a restart would send twice', () => {
  assert.equal(deliveryToken(key, 17, 4711, 0), '6apqsiqbtdno6asgpeqmcgul7c');
  assert.equal(stanzaId(key, { account: 17, chat: 'direct/42', remote: '5' }), 'z7varww7dnnlsizvumj2xc7zjl');
});

void test('R27: a stanza id follows from account, chat, remote id and part', () => {
  const base = { account: 1, chat: 'direct/42', remote: '5' };
  assert.equal(stanzaId(key, base), stanzaId(key, { ...base, part: 0 }));
  const all = [
    stanzaId(key, base),
    stanzaId(key, { ...base, account: 2 }),
    stanzaId(key, { ...base, chat: 'direct/43' }),
    stanzaId(key, { ...base, chat: 'group/42' }),
    stanzaId(key, { ...base, remote: '6' }),
    stanzaId(key, { ...base, part: 1 }),
    stanzaId(key, { account: 1, chat: 'direct/42', event: '5' }),
    stanzaId(other, base),
    deliveryToken(key, 1, '5', 0),
  ];
  assert.equal(new Set(all).size, all.length);
  for (const id of all) assert.match(id, form);
});

void test('parts are kept apart', () => {
  fc.assert(
    fc.property(fc.tuple(fc.string(), fc.string()), fc.tuple(fc.string(), fc.string()), (one, two) => {
      const same = one[0] === two[0] && one[1] === two[1];
      const id = ([chat, remote]: readonly [string, string]) => stanzaId(key, { account: 1, chat, remote });
      assert.equal(id(one) === id(two), same);
    }),
  );
});

void test('a resend is known by bare JID, chat, id and content', () => {
  const resend = resendKey('a@b', 'direct/1', 'm1', { text: 'hello' });
  assert.equal(resendKey('a@b', 'direct/1', 'm1', { text: 'hello' }), resend);
  assert.notEqual(resendKey('a@b', 'direct/1', 'm1', { text: 'other' }), resend);
  assert.notEqual(resendKey('a@b', 'direct/1', 'm2', { text: 'hello' }), resend);
  assert.notEqual(resendKey('c@b', 'direct/1', 'm1', { text: 'hello' }), resend);
  assert.notEqual(resendKey('a@b', 'direct/2', 'm1', { text: 'hello' }), resend);
});

void test('random ids have 130 random bits', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => randomId(randomBytes)));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.match(id, form);
  assert.equal(
    randomId((size) => new Uint8Array(size)),
    'a'.repeat(26),
  );
  assert.equal(
    randomId((size) => new Uint8Array(size).fill(255)),
    '7'.repeat(26),
  );
});

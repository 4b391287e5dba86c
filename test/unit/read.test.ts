import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { readMessage, type Read } from '../../src/xmpp/read.ts';
import { type Child, type Element, x } from '../../src/xmpp/stanza.ts';

const from = 'ann@example.org/x';
const message = (...children: readonly Child[]): Element =>
  x('message', { from, to: 'bob@net.example.org', id: 'm1', type: 'chat' }, ...children);
const body = (text: string, lang?: string): Element => x('body', { 'xml:lang': lang }, text);
const written = (stanza: Element): string | undefined => {
  const read = readMessage(stanza);
  return read.type === 'message' ? read.content.text : undefined;
};
const kind = (stanza: Element): string => {
  const read: Read = readMessage(stanza);
  return read.type === 'refused' ? `${read.failure.code} ${read.special ?? ''}`.trim() : read.type;
};

void test('a message says who wrote it, how to answer, and what', () => {
  const stanza = message(
    body('hello'),
    x('request', { xmlns: 'urn:xmpp:receipts' }),
    x('origin-id', { xmlns: 'urn:xmpp:sid:0', id: 'o1' }),
  );
  stanza.attrs['xml:lang'] = 'de';
  assert.deepEqual(readMessage(stanza), {
    type: 'message',
    sender: { jid: from, id: 'm1', receipt: true, lang: 'de' },
    content: { text: 'hello' },
    ids: ['o1', 'm1'],
  });
});

void test('without an id nothing can be answered, so no receipt is asked', () => {
  const stanza = message(body('hello'), x('request', { xmlns: 'urn:xmpp:receipts' }));
  for (const id of [undefined, '']) {
    if (id === undefined) delete stanza.attrs.id;
    else stanza.attrs.id = id;
    assert.deepEqual(readMessage(stanza), {
      type: 'message',
      sender: { jid: from },
      content: { text: 'hello' },
      ids: [],
    });
  }
});

void test('of several bodies the one in the language of the stanza counts', () => {
  assert.equal(written(message(body('hallo', 'de'), body('hello'))), 'hello');
  const english = message(body('hallo', 'de'), body('hello', 'EN'));
  english.attrs['xml:lang'] = 'en';
  assert.equal(written(english), 'hello');
  assert.equal(written(message(body('hallo', 'de'), body('hello', 'en'))), 'hallo');
});

void test('white space in a text, "/me" and quotes stay as they are', () => {
  for (const text of ['  indented\n', '/me waves', '> quote\nanswer', 'a\tb'])
    assert.equal(written(message(body(text))), text);
});

void test('a subject is said before the text, a bare link is a text', () => {
  assert.equal(written(message(x('subject', {}, 'News'), body('It rains'))), 'News\nIt rains');
  assert.equal(written(message(x('subject', {}, 'News'))), 'News');
  assert.equal(written(message(x('x', { xmlns: 'jabber:x:oob' }, x('url', {}, 'https://a/b')))), 'https://a/b');
  const both = message(body('https://a/b'), x('x', { xmlns: 'jabber:x:oob' }, x('url', {}, 'https://a/b')));
  assert.equal(written(both), 'https://a/b');
});

void test('a correction is a marked message until edits are passed on', () => {
  const stanza = message(body('hello'), x('replace', { xmlns: 'urn:xmpp:message-correct:0', id: 'm0' }));
  assert.equal(written(stanza), '✎ hello');
});

void test('typing, markers, receipts and keys say nothing', () => {
  for (const [name, xmlns] of [
    ['composing', 'http://jabber.org/protocol/chatstates'],
    ['displayed', 'urn:xmpp:chat-markers:0'],
    ['received', 'urn:xmpp:receipts'],
  ] as const)
    assert.equal(kind(message(x(name, { xmlns }))), 'empty', name);
  assert.equal(kind(message()), 'empty');
  assert.equal(kind(message(body(''))), 'empty');
  const keys = x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, x('header', { sid: '1' }));
  assert.equal(kind(message(keys)), 'empty');
});

void test('what is encrypted is refused, whatever its fallback says', () => {
  const fallback = body('I sent you an OMEMO encrypted message but your client doesn’t seem to support that.');
  const encrypted: readonly Child[][] = [
    [x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, x('payload', {}, 'abc')), fallback],
    [x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, x('payload', {}, 'abc'))],
    [x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }), fallback],
    [x('encrypted', { xmlns: 'urn:xmpp:omemo:2' }, x('payload', {}, 'abc'))],
    [x('openpgp', { xmlns: 'urn:xmpp:openpgp:0' }, 'abc'), fallback],
    [x('x', { xmlns: 'jabber:x:encrypted' }, 'abc'), fallback],
    [x('encryption', { xmlns: 'urn:xmpp:eme:0', namespace: 'urn:example:new' }), fallback],
    [body('?OTRv23?\nann has requested an encrypted conversation.')],
    [body('?OTR?v2?')],
    [body('?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAA==.')],
    [body('?OTR|5a73a599|27e31597,00001,00003,?OTR:AAMD,')],
    [body('?OTR Error: You sent an encrypted message')],
  ];
  for (const children of encrypted)
    assert.equal(kind(message(...children)), 'unsupported encrypted', message(...children).toString());
  assert.equal(kind(message(body('?OTR is what I used before'))), 'message');
  assert.equal(kind(message(body('what is ?OTR:'))), 'message');
});

void test('reactions, retractions and group messages are refused, not sent as their fallback', () => {
  const fallback = body('/me retracted a previous message');
  assert.equal(kind(message(x('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm0' }), fallback)), 'unsupported');
  assert.equal(kind(message(x('reactions', { xmlns: 'urn:xmpp:reactions:0', id: 'm0' }))), 'unsupported');
  const groupchat = message(body('hello'));
  groupchat.attrs.type = 'groupchat';
  assert.equal(kind(groupchat), 'unsupported');
});

void test('white space alone cannot be sent, and a text has a bound in bytes', () => {
  assert.equal(kind(message(body(' \n '))), 'invalid');
  assert.equal(kind(message(body('x'.repeat(65_536)))), 'message');
  assert.equal(kind(message(body('é'.repeat(32_769)))), 'too-large');
  assert.equal(readMessage(message(body('hello')), 4).type, 'refused');
});

void test('a bounce is an error, whatever it carries', () => {
  const bounce = message(body('hello'), x('error', { type: 'cancel' }));
  bounce.attrs.type = 'error';
  assert.deepEqual(readMessage(bounce), { type: 'error' });
});

void test('no stanza makes reading throw', () => {
  const name = fc.constantFrom(
    'body',
    'subject',
    'encrypted',
    'x',
    'replace',
    'request',
    'url',
    'payload',
    'origin-id',
  );
  const xmlns = fc.constantFrom(undefined, 'urn:xmpp:receipts', 'jabber:x:oob', 'urn:xmpp:omemo:2', 'urn:xmpp:eme:0');
  const child = fc
    .tuple(name, xmlns, fc.string(), fc.option(fc.string(), { nil: undefined }))
    .map(([tag, ns, text, id]) => x(tag, { xmlns: ns, id }, x('url', {}, text), text));
  const stanza = fc
    .tuple(fc.array(child, { maxLength: 6 }), fc.option(fc.string(), { nil: undefined }))
    .map(([children, type]) => x('message', { type }, ...children));
  fc.assert(
    fc.property(stanza, (each) => {
      assert.ok(['message', 'refused', 'empty', 'error'].includes(readMessage(each).type));
    }),
  );
});

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

void test('R26: a correction replaces the message it names', () => {
  const replace = (id?: string): Element => x('replace', { xmlns: 'urn:xmpp:message-correct:0', id });
  assert.deepEqual(readMessage(message(body('hello'), replace('m0'))), {
    type: 'edit',
    target: 'm0',
    sender: { jid: from, id: 'm1' },
    content: { text: 'hello' },
    ids: ['m1'],
  });
  assert.equal(kind(message(body('hello'), replace())), 'message');
});

const act = (...children: readonly Child[]): unknown => {
  const { sender, ids, ...rest } = readMessage(message(...children)) as Record<string, unknown>;
  assert.deepEqual([sender, ids], [{ jid: from, id: 'm1' }, ['m1']]);
  return rest;
};

void test('R26: a retraction names what is taken back, in both versions; its body is nothing but a fallback', () => {
  const fallback = body('/me retracted a previous message');
  const first = x(
    'apply-to',
    { xmlns: 'urn:xmpp:fasten:0', id: 'm0' },
    x('retract', { xmlns: 'urn:xmpp:message-retract:0' }),
  );
  const current = x('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm0' });
  for (const element of [first, current]) assert.deepEqual(act(element, fallback), { type: 'retract', target: 'm0' });
  assert.equal(kind(message(x('retract', { xmlns: 'urn:xmpp:message-retract:1' }), fallback)), 'invalid');
});

void test('R26: reactions are the full set, each once; none takes all back', () => {
  const reactions = (...emojis: readonly string[]): Element =>
    x('reactions', { xmlns: 'urn:xmpp:reactions:0', id: 'm0' }, ...emojis.map((each) => x('reaction', {}, each)));
  assert.deepEqual(act(reactions('👍', ' 🎉 ', '👍'), body('👍')), {
    type: 'react',
    target: 'm0',
    emojis: ['👍', '🎉'],
  });
  assert.deepEqual(act(reactions()), { type: 'react', target: 'm0', emojis: [] });
  assert.equal(kind(message(reactions('x'.repeat(65)))), 'invalid');
  assert.equal(kind(message(reactions(...Array.from({ length: 21 }, (_, index) => String(index))))), 'invalid');
});

void test('R26: a message of ours that became several is named by the base of its ids', () => {
  const base = 'abcdefghijklmnopqrstuvwxyz';
  const reactions = (id: string): Element => x('reactions', { xmlns: 'urn:xmpp:reactions:0', id });
  assert.deepEqual(act(reactions(`${base}.2`)), { type: 'react', target: base, emojis: [] });
  assert.deepEqual(act(reactions('m0.2')), { type: 'react', target: 'm0.2', emojis: [] });
});

const content = (...children: readonly Child[]): unknown => {
  const read = readMessage(message(...children));
  assert.equal(read.type, 'message');
  return 'content' in read && read.content;
};
const reply = x('reply', { xmlns: 'urn:xmpp:reply:0', to: 'bob@net.example.org', id: 'm0' });
const fallback = (start?: number, end?: number): Element =>
  x(
    'fallback',
    { xmlns: 'urn:xmpp:fallback:0', for: 'urn:xmpp:reply:0' },
    x('body', start === undefined ? {} : { start: String(start), end: String(end) }),
  );

void test('R26: a reply names its target and is freed from the quote, which is counted in code points', () => {
  const quote = '> 🌙 is out\n> tonight\n';
  const points = [...quote].length;
  assert.deepEqual(content(body(`${quote}yes`), reply, fallback(0, points)), {
    text: 'yes',
    replyTo: { id: 'm0', text: '🌙 is out\ntonight' },
  });
});

void test('R26: without a range that makes sense a reply keeps its body', () => {
  const whole = { text: '> a\nb', styled: true, replyTo: { id: 'm0' } };
  for (const mark of [undefined, fallback(), fallback(9, 3), fallback(-1, 2), fallback(0, 99)])
    assert.deepEqual(content(body('> a\nb'), reply, mark), whole);
  const other = x(
    'fallback',
    { xmlns: 'urn:xmpp:fallback:0', for: 'urn:example:x' },
    x('body', { start: '0', end: '4' }),
  );
  assert.deepEqual(content(body('> a\nb'), reply, other), whole);
});

void test('R26: styling is read where the network is known; a text that is said to be plain is plain', () => {
  assert.deepEqual(content(body('*hello*')), { text: '*hello*', styled: true });
  assert.deepEqual(content(body('*hello*'), x('unstyled', { xmlns: 'urn:xmpp:styling:0' })), { text: '*hello*' });
  assert.deepEqual(content(body('2 * 3 * 4')), { text: '2 * 3 * 4' });
});

void test('a thread is passed on, unless its name is none', () => {
  assert.deepEqual(content(body('red'), x('thread', {}, '17')), { text: 'red', thread: '17' });
  for (const name of ['', 'x'.repeat(257)])
    assert.deepEqual(content(body('red'), x('thread', {}, name)), { text: 'red' });
});

void test('R26: a spoiler hides the text and not its hint', () => {
  const spoiler = (hint?: string): Element => x('spoiler', { xmlns: 'urn:xmpp:spoiler:0' }, hint);
  assert.deepEqual(content(body('he dies'), spoiler()), {
    text: 'he dies',
    spans: [{ kind: 'spoiler', start: 0, end: 7 }],
  });
  assert.deepEqual(content(body('he dies'), spoiler('Hamlet')), {
    text: 'Hamlet\nhe dies',
    spans: [{ kind: 'spoiler', start: 7, end: 14 }],
  });
});

void test('R26: a geo URI alone is a place', () => {
  assert.deepEqual(content(body('geo:52.5,-13.4;u=35')), {
    text: 'geo:52.5,-13.4;u=35',
    location: { lat: 52.5, lon: -13.4 },
  });
  for (const text of ['geo:91,0', 'geo:1', 'see geo:1,2', 'geo:1,2 here'])
    assert.deepEqual(content(body(text)), { text });
});

void test('R26: attention is asked for in words, in the language of the stanza', () => {
  const attention = x('attention', { xmlns: 'urn:xmpp:attention:0' });
  assert.deepEqual(content(attention), { text: '(asks for your attention)' });
  assert.deepEqual(content(attention, body('hey')), { text: 'hey' });
  const german = message(attention);
  german.attrs['xml:lang'] = 'de';
  assert.equal(written(german), '(bittet um deine Aufmerksamkeit)');
});

void test('R26: a marker says up to where its sender has read', () => {
  for (const name of ['displayed', 'acknowledged'])
    assert.deepEqual(act(x(name, { xmlns: 'urn:xmpp:chat-markers:0', id: 'm0' })), { type: 'read', target: 'm0' });
  assert.equal(kind(message(x('received', { xmlns: 'urn:xmpp:chat-markers:0', id: 'm0' }))), 'empty');
});

void test('typing, receipts, keys and markers that name nothing say nothing', () => {
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

void test('group messages and what is fastened to a message are refused, not sent as their fallback', () => {
  const fastened = x('apply-to', { xmlns: 'urn:xmpp:fasten:0', id: 'm0' }, x('edit', { xmlns: 'urn:example:edit' }));
  assert.equal(kind(message(fastened, body('fallback'))), 'unsupported');
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
    'retract',
    'apply-to',
    'reactions',
    'reply',
    'fallback',
    'spoiler',
    'attention',
    'displayed',
    'request',
    'url',
    'payload',
    'origin-id',
  );
  const xmlns = fc.constantFrom(
    undefined,
    ...['urn:xmpp:receipts', 'jabber:x:oob', 'urn:xmpp:omemo:2', 'urn:xmpp:eme:0', 'urn:xmpp:message-correct:0'],
    ...['urn:xmpp:message-retract:1', 'urn:xmpp:fasten:0', 'urn:xmpp:reactions:0', 'urn:xmpp:reply:0'],
    ...['urn:xmpp:fallback:0', 'urn:xmpp:spoiler:0', 'urn:xmpp:attention:0', 'urn:xmpp:chat-markers:0'],
  );
  const child = fc
    .tuple(name, xmlns, fc.string(), fc.option(fc.string(), { nil: undefined }))
    .map(([tag, ns, text, id]) =>
      x(tag, { xmlns: ns, id, start: id }, x('url', {}, text), x('body', { end: id }), text),
    );
  const stanza = fc
    .tuple(fc.array(child, { maxLength: 6 }), fc.option(fc.string(), { nil: undefined }))
    .map(([children, type]) => x('message', { type }, ...children));
  fc.assert(
    fc.property(stanza, (each) => {
      const types = ['message', 'edit', 'retract', 'react', 'read', 'refused', 'empty', 'error'];
      assert.ok(types.includes(readMessage(each).type));
    }),
  );
});

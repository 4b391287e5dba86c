import assert from 'node:assert/strict';
import test from 'node:test';
import type { ErrorCode, Failure } from '../../src/message/entry.ts';
import { all } from '../../src/text/index.ts';
import { errorReply, errorTo, refuse } from '../../src/xmpp/error.ts';
import { type Element, x } from '../../src/xmpp/stanza.ts';

const NS_STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';

/** The table of the design, read again by hand: code, type, condition. */
const table: readonly (readonly [ErrorCode, string, string])[] = [
  ['not-registered', 'auth', 'registration-required'],
  ['closing', 'auth', 'registration-required'],
  ['cancelled', 'cancel', 'undefined-condition'],
  ['auth-lost', 'auth', 'registration-required'],
  ['not-found', 'cancel', 'item-not-found'],
  ['forbidden', 'auth', 'forbidden'],
  ['blocked', 'cancel', 'not-acceptable'],
  ['too-large', 'modify', 'not-acceptable'],
  ['invalid', 'modify', 'not-acceptable'],
  ['unsupported', 'cancel', 'feature-not-implemented'],
  ['expired', 'cancel', 'not-allowed'],
  ['timeout', 'wait', 'remote-server-timeout'],
  ['rate-limited', 'wait', 'resource-constraint'],
  ['uncertain', 'wait', 'remote-server-timeout'],
  ['quota', 'wait', 'resource-constraint'],
  ['offline', 'wait', 'recipient-unavailable'],
  ['conflict', 'cancel', 'conflict'],
  ['internal', 'cancel', 'internal-server-error'],
];

const message = (attrs: Readonly<Record<string, string>> = {}): Element =>
  x('message', { from: 'ann@example.org/x', to: 'bob@net.example.org', id: 'm1', type: 'chat', ...attrs });
const errorOf = (stanza: Element | undefined): Element => {
  const error = stanza?.getChild('error');
  assert.ok(error);
  return error;
};
const words = (stanza: Element | undefined): string | null => errorOf(stanza).getChildText('text', NS_STANZAS);

void test('R19: each code is the stanza error of the table, with its words in both languages', () => {
  for (const [code, type, condition] of table)
    for (const lang of ['en', 'de'] as const) {
      const answer = errorReply(message(), { code }, lang);
      assert.deepEqual(answer?.attrs, {
        type: 'error',
        from: 'bob@net.example.org',
        to: 'ann@example.org/x',
        id: 'm1',
      });
      const error = errorOf(answer);
      assert.equal(error.attrs.type, type, code);
      assert.equal(error.getChildElements()[0]?.getName(), condition, code);
      assert.ok(error.getChild(condition, NS_STANZAS), code);
      assert.equal(error.getChildText('text', NS_STANZAS), all[lang][`error.${code}`]);
      assert.equal(error.getChild('text')?.attrs['xml:lang'], lang);
      assert.equal(error.getChildText('code', 'urn:moongate:error:1'), code);
      assert.equal(error.getChild('uncertain', 'urn:moongate:error:1') !== undefined, code === 'uncertain');
      assert.equal(error.getChild('blocked', 'urn:xmpp:blocking:errors') !== undefined, code === 'blocked');
    }
});

void test('the stanza says the language, and the words of the network follow ours', () => {
  assert.match(words(errorReply(message({ 'xml:lang': 'de-AT' }), { code: 'forbidden' })) ?? '', /^Das Netz/);
  assert.match(
    words(errorReply(message(), { code: 'forbidden', detail: 'bot was kicked' })) ?? '',
    /\. \(bot was kicked\)$/,
  );
});

void test('a limit says until when, an internal error where to look', () => {
  const until = Date.UTC(2026, 10, 22, 15, 4);
  assert.match(words(errorReply(message(), { code: 'rate-limited', until })) ?? '', /until Nov 22, 2026, 15:04 UTC/);
  assert.match(words(errorReply(message(), { code: 'internal', reference: 'q7x' })) ?? '', /q7x/);
});

void test('an unparsable JID is jid-malformed, encrypted content is told how to be sent', () => {
  const malformed = errorOf(errorReply(message(), { code: 'invalid' }, 'en', 'address'));
  assert.equal(malformed.attrs.type, 'modify');
  assert.ok(malformed.getChild('jid-malformed', NS_STANZAS));
  assert.equal(malformed.getChildText('code'), 'invalid');
  const encrypted = errorReply(message(), { code: 'unsupported' }, 'en', 'encrypted');
  assert.ok(errorOf(encrypted).getChild('feature-not-implemented', NS_STANZAS));
  assert.match(words(encrypted) ?? '', /OMEMO/);
});

void test('R12: a lost session answers a login presence with not-authorized', () => {
  const failure: Failure = { code: 'auth-lost' };
  const presence = x('presence', { from: 'ann@example.org/x', to: 'net.example.org' });
  assert.ok(errorOf(errorReply(presence, failure)).getChild('not-authorized', NS_STANZAS));
  assert.ok(errorOf(errorReply(message(), failure)).getChild('registration-required', NS_STANZAS));
});

void test('no error and no result is ever answered, whatever the stanza', () => {
  for (const name of ['message', 'presence', 'iq'])
    for (const type of ['error', 'result']) {
      const stanza = x(name, { from: 'a@b', to: 'c', id: '1', type });
      assert.equal(errorReply(stanza, { code: 'internal' }), undefined);
      assert.equal(refuse(stanza, 'bad-request'), undefined);
    }
  assert.equal(errorReply(x('message', { to: 'c' }), { code: 'internal' }), undefined);
});

void test('a request that is wrong as such is refused with type, words and code', () => {
  const iq = x('iq', { from: 'a@b/c', to: 'net.example.org', id: '7', type: 'get' }, x('query', { xmlns: 'unknown' }));
  const answer = refuse(iq, 'service-unavailable', 'de');
  assert.equal(answer?.name, 'iq');
  assert.equal(answer?.attrs.id, '7');
  assert.equal(errorOf(answer).attrs.type, 'cancel');
  assert.ok(errorOf(answer).getChild('service-unavailable', NS_STANZAS));
  assert.equal(words(answer), 'Diesen Dienst gibt es hier nicht.');
  assert.equal(errorOf(answer).getChildText('code'), 'unsupported');
});

void test('a later error goes from the chat to the device that wrote, in its language', () => {
  const late = errorTo({ jid: 'ann@example.org/x', id: 'm1', lang: 'de' }, 'bob@net.example.org', { code: 'timeout' });
  assert.deepEqual(late.attrs, { type: 'error', from: 'bob@net.example.org', to: 'ann@example.org/x', id: 'm1' });
  assert.match(words(late) ?? '', /^Das Netz war nicht/);
  assert.equal('id' in errorTo({ jid: 'a@b/c' }, 'd@e', { code: 'timeout' }).attrs, false);
});

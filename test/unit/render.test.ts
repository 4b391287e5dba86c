import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parse } from 'ltx';
import type { Content, LogEvent } from '../../src/adapter/api.ts';
import type { InBody } from '../../src/message/entry.ts';
import { plainText } from '../../src/xmpp/plain.ts';
import { baseOf, render, type View } from '../../src/xmpp/render.ts';
import { type Element, serialize } from '../../src/xmpp/stanza.ts';

const at = Date.UTC(2026, 10, 22, 15, 4);
const view: View = { domain: 'net.example.org', user: 'ann@example.org', id: 'base', at };
const chat = { kind: 'direct', id: 'Bob' } as const;
const contact = '=bob@net.example.org';
const said = { key: 'k', chat, from: 'Bob', at };
const event = (each: LogEvent): InBody => ({ type: 'event', event: each });
const message = (content: Content, more: object = {}): InBody => event({ ...said, type: 'message', content, ...more });
const only = (body: InBody, more: Partial<View> = {}): Element => {
  const [stanza, ...rest] = render(body, { ...view, ...more });
  assert.ok(stanza);
  assert.equal(rest.length, 0);
  return stanza;
};
const bodyOf = (body: InBody, more: Partial<View> = {}): string | null => only(body, more).getChildText('body');

void test('R27: a message goes from the contact to the bare JID, its id also as origin-id, and is to be kept', () => {
  const stanza = only(message({ text: 'hello' }), { name: 'Bob Gate' });
  assert.deepEqual(stanza.attrs, { from: contact, to: 'ann@example.org', type: 'chat', id: 'base' });
  assert.equal(stanza.getChildText('body'), 'hello');
  assert.equal(stanza.getChild('origin-id', 'urn:xmpp:sid:0')?.attrs.id, 'base');
  assert.equal(stanza.getChildText('nick', 'http://jabber.org/protocol/nick'), 'Bob Gate');
  assert.ok(stanza.getChild('store', 'urn:xmpp:hints'));
  assert.equal(stanza.getChild('delay'), undefined);
  assert.equal(stanza.getChild('request'), undefined);
});

void test('R27: the same entry is the same stanza on every attempt', () => {
  const body = message({ text: 'hello' });
  assert.equal(serialize(only(body)), serialize(only(body)));
});

void test('the name that came with a message is newer than the one we know', () => {
  const stanza = only(message({ text: 'hello' }, { name: 'Robert' }), { name: 'Bob' });
  assert.equal(stanza.getChildText('nick'), 'Robert');
});

void test('what is old or late bears the time at which it was said', () => {
  for (const stanza of [only(message({ text: 'x' }, { old: true })), only(message({ text: 'x' }), { late: true })]) {
    const stamp = stanza.getChild('delay', 'urn:xmpp:delay');
    assert.deepEqual(stamp?.attrs, {
      xmlns: 'urn:xmpp:delay',
      from: 'net.example.org',
      stamp: '2026-11-22T15:04:00.000Z',
    });
  }
});

void test('a time that no clock has does no harm', () => {
  for (const when of [Number.NaN, Infinity, -1, 1e30])
    assert.doesNotThrow(() => render(message({ text: 'x' }, { at: when, old: true }), view));
});

void test('what cannot be said otherwise yet is said in words, in the language of the user', () => {
  const content = { text: 'hello' };
  const table: readonly (readonly [LogEvent, string, string])[] = [
    [{ ...said, type: 'edit', target: '1', content }, '(edited) hello', '(bearbeitet) hello'],
    [{ ...said, type: 'retract', target: '1' }, '(deleted a message)', '(hat eine Nachricht gelöscht)'],
    [{ ...said, type: 'react', target: '1', emojis: ['👍', '🎉'] }, '(reacted with 👍 🎉)', '(hat mit 👍 🎉 reagiert)'],
    [
      { ...said, type: 'message', content: {} },
      '(a message that cannot be shown here)',
      '(eine Nachricht, die hier nicht gezeigt werden kann)',
    ],
    [
      { ...said, from: null, type: 'message', content },
      '(you, on another device) hello',
      '(du, auf einem anderen Gerät) hello',
    ],
  ];
  for (const [each, english, german] of table) {
    assert.equal(bodyOf(event(each)), english);
    assert.equal(bodyOf(event(each), { lang: 'de-AT' }), german);
  }
});

void test('R28: an own message never bears the name of the contact', () => {
  assert.equal(only(message({ text: 'x' }, { from: null, name: 'Ann' }), { name: 'Bob' }).getChild('nick'), undefined);
});

void test('a delivery that failed later is told with its reason and the words of the network', () => {
  const failed = event({ ...said, from: null, type: 'failed', target: '1', reason: 'blocked', text: 'no thanks' });
  assert.equal(bodyOf(failed), '(a message could not be delivered: The other side has blocked you. (no thanks))');
});

void test('a deletion that names no chat belongs to the chat of its lane', () => {
  const retract = event({ type: 'retract', key: 'k', at, target: '1' });
  assert.deepEqual(render(retract, view), []);
  assert.equal(only(retract, { chat }).attrs.from, contact);
});

void test('what was read elsewhere is not a message', () => {
  assert.deepEqual(render(event({ ...said, type: 'read', upTo: '1', level: 'read' }), view), []);
});

void test('R25: a receipt goes from the contact to the device that asked, and is to be kept', () => {
  const to = { jid: 'ann@example.org/x', id: 'm1', receipt: true } as const;
  const stanza = only({ type: 'receipt', chat, to });
  assert.deepEqual(stanza.attrs, { from: contact, to: 'ann@example.org/x', type: 'chat', id: 'base' });
  assert.equal(stanza.getChild('received', 'urn:xmpp:receipts')?.attrs.id, 'm1');
  assert.ok(stanza.getChild('store', 'urn:xmpp:hints'));
  assert.equal(stanza.getChild('body'), undefined);
  assert.deepEqual(render({ type: 'receipt', chat, to: { jid: 'ann@example.org/x', id: 'm1' } }, view), []);
  assert.deepEqual(render({ type: 'receipt', chat, to: { jid: 'ann@example.org/x', receipt: true } }, view), []);
});

void test('R25: an error carries the id of the message that failed', () => {
  const to = { jid: 'ann@example.org/x', id: 'm1', lang: 'de' };
  const stanza = only({ type: 'error', chat, to, failure: { code: 'blocked' } });
  assert.deepEqual(stanza.attrs, { type: 'error', from: contact, to: 'ann@example.org/x', id: 'm1' });
  assert.equal(stanza.getChild('error')?.getChildText('code', 'urn:moongate:error:1'), 'blocked');
});

void test('a notice comes from the gateway, or from the chat that it is about', () => {
  const lost: InBody = { type: 'notice', notice: { about: 'auth-lost', values: {} } };
  assert.equal(only(lost).attrs.from, 'net.example.org');
  assert.match(bodyOf(lost, { lang: 'de' }) ?? '', /^Das Netz hat dich abgemeldet/);
  const why: InBody = { type: 'notice', notice: { about: 'auth-lost', values: { text: 'Unauthorized' } } };
  assert.match(bodyOf(why) ?? '', /^The network has logged you out.* \(Unauthorized\)$/);
  const waiting: InBody = { type: 'notice', chat, notice: { about: 'waiting', values: { seconds: '90' } } };
  assert.equal(only(waiting).attrs.from, contact);
  assert.match(bodyOf(waiting) ?? '', /about 90 seconds/);
  assert.match(
    bodyOf({ type: 'notice', notice: { about: 'waiting', values: { seconds: '3600' } } }) ?? '',
    /60 minutes/,
  );
  const adapter: InBody = { type: 'notice', notice: { about: 'adapter', values: { text: 'Groups are not shown.' } } };
  assert.equal(bodyOf(adapter), 'Groups are not shown.');
  const nothing: InBody = { type: 'notice', notice: { about: 'adapter', values: { text: '' } } };
  assert.equal(bodyOf(nothing), 'The network has reported a problem with your account.');
  const own = event({ type: 'notice', key: 'k', at, text: 'Remove the webhook?' });
  assert.equal(only(own).attrs.from, 'net.example.org');
  assert.equal(bodyOf(own), 'Remove the webhook?');
});

void test('a very long text becomes several stanzas, whose ids lead back to the entry', () => {
  const text = 'word '.repeat(30_000).trim();
  const stanzas = render(message({ text }), view);
  assert.equal(stanzas.length, 3);
  assert.deepEqual(
    stanzas.map(({ attrs }) => attrs.id),
    ['base', 'base.1', 'base.2'],
  );
  assert.deepEqual(
    stanzas.map(({ attrs }) => baseOf(attrs.id ?? '')),
    ['base', 'base', 'base'],
  );
  assert.equal(stanzas.map((stanza) => stanza.getChildText('body')).join(' '), text);
  for (const stanza of stanzas) assert.ok(Buffer.byteLength(serialize(stanza)) < 64 * 1024);
});

void test('whatever a network says is well-formed XML that XMPP servers take', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string({ unit: 'binary' }), (text, id, name) => {
      const stanza = only(
        event({ ...said, chat: { kind: 'direct', id }, type: 'message', name, content: { text: `x${text}` } }),
      );
      const written = serialize(stanza);
      assert.doesNotMatch(written, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      assert.ok(written.isWellFormed());
      assert.equal(parse(written).attrs.id, 'base');
    }),
  );
});

void test('content of every kind is a readable text', () => {
  const file = { ref: 1, mime: 'image/png' };
  const table: readonly (readonly [Content, string])[] = [
    [{ text: 'hello' }, 'hello'],
    [{ text: 'yes', replyTo: { id: '1', text: 'really?\nsure?' } }, '> really?\n> sure?\nyes'],
    [{ text: 'yes', replyTo: { id: '1' } }, 'yes'],
    [{ text: 'see this', spans: [{ kind: 'link', start: 4, end: 8, value: 'https://a.b' }] }, 'see this (https://a.b)'],
    [{ text: 'a.b/', spans: [{ kind: 'link', start: 0, end: 4, value: 'https://a.b' }] }, 'a.b/'],
    [{ text: 'hi', spans: [{ kind: 'bold', start: 0, end: 2 }] }, 'hi'],
    [
      { text: 'look', files: [{ ...file, kind: 'image', name: 'a.png', bytes: 1_500_000 }] },
      'look\n[Picture: a.png, 1.5 MB]',
    ],
    [
      { files: [{ ref: 1, mime: 'audio/ogg', kind: 'voice', seconds: 65, url: 'https://a/b' }] },
      '[Voice message: audio/ogg, 1:05] https://a/b',
    ],
    [{ files: [file] }, '[File: image/png]'],
    [{ location: { lat: 52.5, lon: 13.4 } }, 'Location: geo:52.5,13.4'],
    [
      {
        text: 'Choose',
        buttons: [
          { id: '1', label: 'Yes' },
          { id: '2', label: 'Map', url: 'https://m' },
        ],
      },
      'Choose\n[Yes]\n[Map] https://m',
    ],
    [{}, ''],
  ];
  for (const [content, text] of table) assert.equal(plainText(content, 'en'), text);
});

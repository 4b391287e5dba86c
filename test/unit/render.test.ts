import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parse } from 'ltx';
import type { Content, LogEvent } from '../../src/adapter/api.ts';
import type { InBody, Reference } from '../../src/message/entry.ts';
import { bodyOf, plainBodyOf, quoteOf } from '../../src/xmpp/plain.ts';
import { readMessage } from '../../src/xmpp/read.ts';
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
const bodyOfStanza = (body: InBody, more: Partial<View> = {}): string | null => only(body, more).getChildText('body');

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
    assert.equal(bodyOfStanza(event(each)), english);
    assert.equal(bodyOfStanza(event(each), { lang: 'de-AT' }), german);
  }
});

void test('R28: an own message never bears the name of the contact', () => {
  assert.equal(only(message({ text: 'x' }, { from: null, name: 'Ann' }), { name: 'Bob' }).getChild('nick'), undefined);
});

void test('a delivery that failed later is told with its reason and the words of the network', () => {
  const failed = event({ ...said, from: null, type: 'failed', target: '1', reason: 'blocked', text: 'no thanks' });
  assert.equal(bodyOfStanza(failed), '(a message could not be delivered: The other side has blocked you. (no thanks))');
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
  assert.equal(only(lost).attrs.from, 'net.example.org/@gateway');
  assert.match(bodyOfStanza(lost, { lang: 'de' }) ?? '', /^Das Netz hat dich abgemeldet/);
  const why: InBody = { type: 'notice', notice: { about: 'auth-lost', values: { text: 'Unauthorized' } } };
  assert.match(bodyOfStanza(why) ?? '', /^The network has logged you out.* \(Unauthorized\)$/);
  const waiting: InBody = { type: 'notice', chat, notice: { about: 'waiting', values: { seconds: '90' } } };
  assert.equal(only(waiting).attrs.from, contact);
  assert.match(bodyOfStanza(waiting) ?? '', /about 90 seconds/);
  assert.match(
    bodyOfStanza({ type: 'notice', notice: { about: 'waiting', values: { seconds: '3600' } } }) ?? '',
    /60 minutes/,
  );
  const adapter: InBody = { type: 'notice', notice: { about: 'adapter', values: { text: 'Groups are not shown.' } } };
  assert.equal(bodyOfStanza(adapter), 'Groups are not shown.');
  const nothing: InBody = { type: 'notice', notice: { about: 'adapter', values: { text: '' } } };
  assert.equal(bodyOfStanza(nothing), 'The network has reported a problem with your account.');
  const own = event({ type: 'notice', key: 'k', at, text: 'Remove the webhook?' });
  assert.equal(only(own).attrs.from, 'net.example.org/@gateway');
  assert.equal(bodyOfStanza(own), 'Remove the webhook?');
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
    [{ text: 'see this', spans: [{ kind: 'link', start: 4, end: 8, value: 'https://a.b' }] }, 'see this <https://a.b>'],
    [{ text: 'a.b/', spans: [{ kind: 'link', start: 0, end: 4, value: 'https://a.b' }] }, 'a.b/'],
    [{ text: 'hi', spans: [{ kind: 'bold', start: 0, end: 2 }] }, '*hi*'],
    [
      { text: 'look', files: [{ ...file, kind: 'image', name: 'a.png', bytes: 1_500_000 }] },
      'look\n[Picture: a.png, 1.5 MB]',
    ],
    [
      { files: [{ ref: 1, mime: 'audio/ogg', kind: 'voice', seconds: 65, url: 'https://a/b' }] },
      '[Voice message: audio/ogg, 1:05] https://a/b',
    ],
    [{ files: [file] }, '[File: image/png]'],
    [{ location: { lat: 52.5, lon: 13.4 } }, 'geo:52.5,13.4'],
    [{ location: { lat: 1e-9, lon: -13.4 } }, 'geo:0,-13.4'],
    [{ text: 'here', location: { lat: 52.5, lon: 13.4 } }, 'here\nLocation: geo:52.5,13.4'],
    [{ text: 'geo:52.5,13.4', location: { lat: 52.5, lon: 13.4 } }, 'geo:52.5,13.4'],
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
  for (const [content, text] of table) assert.equal(quoteOf(content) + bodyOf(content, 'en').body, text);
});

const mine = { stanza: 'm1', mine: true } as const;
const theirs = { stanza: 'b1', mine: false } as const;
const about = (each: LogEvent, target: Reference, reply?: Reference): InBody => ({
  ...{ type: 'event', event: each, target },
  ...(reply && { reply }),
});
const edited = { ...said, type: 'edit', target: '1', content: { text: 'hello' } } as const;

void test('R26: an edit of a message that is known replaces it', () => {
  const stanza = only(about(edited, theirs));
  assert.equal(stanza.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs.id, 'b1');
  assert.equal(stanza.getChildText('body'), 'hello');
  assert.equal(stanza.attrs.id, 'base');
});

void test('R26: nobody changes what another has written', () => {
  assert.equal(bodyOfStanza(about(edited, mine)), '(edited) hello');
  assert.equal(only(about(edited, mine)).getChild('replace'), undefined);
  const retract = { ...said, type: 'retract', target: '1' } as const;
  assert.equal(only(about(retract, mine)).getChild('retract'), undefined);
});

void test('R26: what the user changes on another device is changed where it is shown', () => {
  const stanza = only(about({ ...edited, from: null }, mine));
  assert.equal(stanza.getChild('replace')?.attrs.id, 'm1');
  assert.equal(stanza.getChildText('body'), '(you, on another device) hello');
});

void test('R26: a deletion takes the message back, with words for clients that cannot', () => {
  const stanza = only(about({ ...said, type: 'retract', target: '1' }, theirs));
  assert.equal(stanza.getChild('retract', 'urn:xmpp:message-retract:1')?.attrs.id, 'b1');
  assert.equal(stanza.getChild('fallback', 'urn:xmpp:fallback:0')?.attrs.for, 'urn:xmpp:message-retract:1');
  assert.equal(stanza.getChildText('body'), '(deleted a message)');
  assert.ok(stanza.getChild('store', 'urn:xmpp:hints'));
});

void test('R26: reactions are the full set, to a message of either side, and none takes all back', () => {
  for (const target of [mine, theirs])
    for (const emojis of [['👍', '🎉'], []]) {
      const stanza = only(about({ ...said, type: 'react', target: '1', emojis }, target));
      const reactions = stanza.getChild('reactions', 'urn:xmpp:reactions:0');
      assert.equal(reactions?.attrs.id, target.stanza);
      assert.deepEqual(
        reactions?.getChildren('reaction').map((each) => each.getText()),
        emojis,
      );
      assert.equal(stanza.getChild('body'), undefined);
      assert.ok(stanza.getChild('store', 'urn:xmpp:hints'));
    }
});

void test('R26: a reaction of the user himself is not shown as one of the contact', () => {
  const stanza = only(about({ ...said, from: null, type: 'react', target: '1', emojis: ['👍'] }, theirs));
  assert.equal(stanza.getChild('reactions'), undefined);
  assert.equal(stanza.getChildText('body'), '(you, on another device) (reacted with 👍)');
});

void test('R25: what the other side has read is displayed; what it only received, or the user read, is not', () => {
  const read = { ...said, type: 'read', upTo: '1', level: 'read' } as const;
  const stanza = only(about(read, mine));
  assert.equal(stanza.getChild('displayed', 'urn:xmpp:chat-markers:0')?.attrs.id, 'm1');
  assert.equal(stanza.getChild('body'), undefined);
  assert.deepEqual(render(about({ ...read, level: 'delivered' }, mine), view), []);
  assert.deepEqual(render(about(read, theirs), view), []);
  assert.deepEqual(render(about({ ...read, from: null }, theirs), view), []);
});

void test('R26: a message asks for a marker where the network can be told', () => {
  const markable = (body: InBody, can: View['can']): boolean =>
    only(body, { can }).getChild('markable', 'urn:xmpp:chat-markers:0') !== undefined;
  assert.equal(markable(message({ text: 'x' }), ['send', 'read']), true);
  assert.equal(markable(message({ text: 'x' }), ['send']), false);
  assert.equal(markable(message({ text: 'x' }, { from: null }), ['send', 'read']), false);
});

void test('R26: a reply names its target, and marks the quote in code points', () => {
  const content = { text: 'yes', replyTo: { id: '1', text: '🌙 is out' } };
  for (const [target, to] of [
    [mine, 'ann@example.org'],
    [theirs, contact],
  ] as const) {
    const stanza = only({ ...message(content), reply: target } as InBody);
    assert.deepEqual(stanza.getChild('reply', 'urn:xmpp:reply:0')?.attrs, {
      ...{ xmlns: 'urn:xmpp:reply:0', to, id: target.stanza },
    });
    const body = stanza.getChildText('body') ?? '';
    assert.equal(body, '> 🌙 is out\nyes');
    const range = stanza.getChild('fallback', 'urn:xmpp:fallback:0')?.getChild('body')?.attrs;
    assert.equal([...body].slice(Number(range?.start), Number(range?.end)).join(''), '> 🌙 is out\n');
    const heard = readMessage(stanza);
    assert.deepEqual('content' in heard && heard.content, {
      text: 'yes',
      replyTo: { id: target.stanza, text: '🌙 is out' },
    });
  }
});

void test('R26: a quote of something unknown is a quote and no reply', () => {
  const stanza = only(message({ text: 'yes', replyTo: { id: '1', text: 'really?' } }));
  assert.equal(stanza.getChildText('body'), '> really?\nyes');
  assert.equal(stanza.getChild('reply'), undefined);
  assert.equal(stanza.getChild('fallback'), undefined);
  assert.equal(
    only({ ...message({ text: 'yes', replyTo: { id: '1' } }), reply: mine } as InBody).getChild('fallback'),
    undefined,
  );
});

void test('R26: what looks like mark-up and is none is said to be plain', () => {
  const plain = only(message({ text: '*hello*' }));
  assert.equal(plain.getChildText('body'), '*hello*');
  assert.ok(plain.getChild('unstyled', 'urn:xmpp:styling:0'));
  const bold = only(message({ text: 'hello', spans: [{ kind: 'bold', start: 0, end: 5 }] }));
  assert.equal(bold.getChildText('body'), '*hello*');
  assert.equal(bold.getChild('unstyled'), undefined);
});

void test('what belongs to a thread of the network says so', () => {
  assert.equal(only(message({ text: 'red', thread: '17' })).getChildText('thread'), '17');
});

void test('R26: a spoiler is hidden', () => {
  const stanza = only(message({ text: 'he dies', spans: [{ kind: 'spoiler', start: 3, end: 7 }] }));
  assert.ok(stanza.getChild('spoiler', 'urn:xmpp:spoiler:0'));
  assert.equal(stanza.getChildText('body'), 'he dies');
});

void test('a styled text that is too long for one stanza keeps its words and loses its look', () => {
  const text = 'word '.repeat(15_000).trim();
  const stanzas = render(message({ text, spans: [{ kind: 'bold', start: 0, end: text.length }] }), view);
  assert.equal(stanzas.map((stanza) => stanza.getChildText('body')).join(' '), text);
  for (const stanza of stanzas) assert.ok(stanza.getChild('unstyled', 'urn:xmpp:styling:0'));
  assert.equal(plainBodyOf({ text: '*a*' }, 'en').body, '*a*');
});

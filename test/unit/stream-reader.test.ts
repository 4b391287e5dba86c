// The reader and the writer of stanzas, as properties: whatever is written is read back, however it is cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'ltx';
import { serialize, stripXml, x } from '../../src/xmpp/stanza.ts';
import type { Element } from '../../src/xmpp/stanza.ts';
import { Reader, UnreadableError } from '../../src/xmpp/stream/reader.ts';
import type { Refusal } from '../../src/xmpp/stream.ts';

const HEADER = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1'>";
const LIMITS = { stanza: 10_000, depth: 20, attributes: 10, elements: 100 };

interface Found {
  readonly stanzas: Element[];
  readonly nonzas: Element[];
  readonly refused: Refusal[];
  ended: boolean;
}

function read(pieces: readonly string[]): Found {
  const found: Found = { stanzas: [], nonzas: [], refused: [], ended: false };
  const reader = new Reader(LIMITS, {
    header: () => undefined,
    stanza: (stanza) => found.stanzas.push(stanza),
    nonza: (element) => found.nonzas.push(element),
    refused: (_head, why) => found.refused.push(why),
    end: () => (found.ended = true),
  });
  for (const piece of pieces) reader.feed(piece);
  return found;
}

/** The text in pieces, cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => text.slice(from, sorted[index] ?? text.length));
}

const text = fc.string({ unit: 'binary', maxLength: 20 });
const name = fc.stringMatching(/^[a-z][a-z0-9:._-]{0,8}$/);
const attributes = fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true });
const element = fc.letrec<{ element: Element }>((tie) => ({
  element: fc
    .tuple(name, attributes, fc.array(fc.oneof({ maxDepth: 4 }, text, tie('element')), { maxLength: 4 }))
    .map(([tag, attrs, children]) => x(tag, attrs, ...children)),
})).element;
const stanza = fc
  .tuple(fc.constantFrom('message', 'presence', 'iq'), attributes, fc.array(element, { maxLength: 3 }))
  .map(([tag, attrs, children]) => x(tag, attrs, ...children));

test('R5b: whatever is written is read back the same, however the network cuts it', () => {
  fc.assert(
    fc.property(fc.array(stanza, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 30 }), (stanzas, places) => {
      const xml = stanzas.map(serialize);
      const found = read(cut(HEADER + xml.join(' ') + '</stream:stream>', places));
      assert.deepEqual(found.stanzas.map(serialize), xml);
      assert.equal(found.ended, true);
    }),
  );
});

test('R5b: the reader sees what a reader of another hand sees', () => {
  fc.assert(
    fc.property(stanza, (written) => {
      const xml = serialize(written);
      assert.equal(serialize(read([HEADER + xml]).stanzas[0] ?? x('none')), serialize(parse(xml)));
    }),
  );
});

test('R5b: damage to a stream ends it or is read past, and nothing else is thrown', () => {
  fc.assert(
    fc.property(
      stanza,
      fc.nat(),
      fc.string({ unit: 'grapheme-ascii', maxLength: 5 }),
      fc.nat(20),
      (written, at, junk, gone) => {
        const xml = HEADER + serialize(written) + serialize(written);
        const place = at % xml.length;
        try {
          read([xml.slice(0, place) + junk + xml.slice(place + gone)]);
        } catch (error) {
          assert.ok(error instanceof UnreadableError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('R5: text that leaves has only characters that XML 1.0 allows, and clean text is left alone', () => {
  const allowed = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
  const units = fc.array(fc.nat(0xffff), { maxLength: 50 }).map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(fc.oneof(units, text), (raw) => {
      const clean = stripXml(raw);
      assert.match(clean, allowed);
      assert.equal(clean.length, raw.length);
      if (allowed.test(raw) && raw.isWellFormed()) assert.equal(clean, raw);
    }),
  );
});

test('R5b: white space, line ends and both quotes survive in texts and attributes', () => {
  const value = ' a\tb\nc\r\nd"e\'f<g>h&i]]> ';
  const written = x('message', { id: value }, x('body', {}, value));
  const [seen] = read([HEADER + serialize(written)]).stanzas;
  assert.equal(seen?.attrs['id'], value);
  assert.equal(seen?.getChildText('body'), value);
});

test('R5b: a stanza after a refused one is whole, whatever the limit was', () => {
  const good = '<iq id="good"><a/></iq>';
  const table: readonly (readonly [Refusal, string])[] = [
    ['too-large', `<message><body>${'x'.repeat(20_000)}</body><a/></message>`],
    ['too-deep', `<message>${'<a>'.repeat(30)}x${'</a>'.repeat(30)}</message>`],
    [
      'too-many-attributes',
      `<message ${Array.from({ length: 11 }, (_, i) => `a${i}=''`).join(' ')}><b>x</b></message>`,
    ],
    ['too-many-elements', `<message>${'<a>x</a>'.repeat(200)}</message>`],
  ];
  for (const [why, over] of table) {
    const found = read(cut(HEADER + over + good, [100, 500, 900]));
    assert.deepEqual(found.refused, [why]);
    assert.deepEqual(found.stanzas.map(serialize), [good]);
  }
});

test('R5b: what no stanza can be made of is unreadable', () => {
  for (const bad of [
    '<!-- a comment -->',
    '<!DOCTYPE x>',
    '<?php ?>',
    '<message></iq>',
    '<message a></message>',
    '<message a=b></message>',
    '<message a="1"',
    '< message/>',
    '<message/ >',
    '</message>',
  ])
    assert.throws(() => read([HEADER + bad + ' <iq/><iq/>']), UnreadableError, bad);
});

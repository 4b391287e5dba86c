import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Content } from '../../src/adapter/api.ts';
import { splitContent, splitText, textLength, type TextLimits } from '../../src/message/split.ts';

const parts = (text: string, limits: TextLimits): readonly string[] =>
  splitText(text, limits).map(({ start, end }) => text.slice(start, end));
const visible = (text: string): string => text.replaceAll(/\s/g, '');

const family = '👨‍👩‍👧‍👦';
const pieces = fc.constantFrom(
  ...[
    'a',
    'word',
    'long-word-without-end',
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\r\n',
    '. ',
    '! ',
    '。',
    '日本語',
    'é',
    'e\u0301',
    ' \u0308',
  ],
  ...[family, '😀', '🇩🇪', '\u0000', '\t', '\u00a0', 'مرحبا', 'z\u0335\u0336\u0337', '\ud800', '\u2028', ')', '"'],
);
const texts = fc
  .array(fc.oneof({ weight: 5, arbitrary: pieces }, fc.string()), { maxLength: 60 })
  .map((all) => all.join(''));
const limits = fc
  .record({
    text: fc.integer({ min: 4, max: 60 }),
    textUnit: fc.constantFrom('utf16' as const, 'bytes' as const, 'points' as const),
  })
  .chain((base) => fc.constantFrom<TextLimits>(base, { ...base, oneLine: true }));

void test('every part is within the limit and none is blank', () => {
  fc.assert(
    fc.property(texts, limits, (text, limit) => {
      for (const part of parts(text, limit)) {
        assert.ok(textLength(part, limit.textUnit) <= limit.text, JSON.stringify(part));
        assert.notEqual(part.trim(), '');
        if (limit.oneLine) assert.doesNotMatch(part, /[\n\r]/);
      }
    }),
    { numRuns: 2000 },
  );
});

void test('nothing visible is lost, and what is left keeps its order', () => {
  fc.assert(
    fc.property(texts, limits, (text, limit) => {
      assert.equal(visible(parts(text, limit).join('')), visible(text));
      let end = 0;
      for (const range of splitText(text, limit)) {
        assert.ok(range.start >= end);
        assert.match(text.slice(end, range.start), /^\s*$/);
        end = range.end;
      }
    }),
    { numRuns: 2000 },
  );
});

void test('no cut lies inside a surrogate pair or a grapheme that fits', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  fc.assert(
    fc.property(texts, limits, (text, limit) => {
      const small = (segment: string) => textLength(segment, limit.textUnit) <= limit.text;
      const inside = new Set<number>();
      for (const { segment, index } of segmenter.segment(text))
        for (let at = 1; at < segment.length; at += 1)
          // A line break of two characters may be cut: both are white space.
          if (
            segment.trim() !== '' &&
            (small(segment) ||
              (/[\udc00-\udfff]/.test(segment[at] ?? '') && /[\ud800-\udbff]/.test(segment[at - 1] ?? '')))
          )
            inside.add(index + at);
      for (const { start, end } of splitText(text, limit))
        assert.ok(!inside.has(start) && !inside.has(end), JSON.stringify({ text, start, end }));
    }),
    { numRuns: 2000 },
  );
});

void test('a text that fits is left as it is, white space and all', () => {
  assert.deepEqual(parts('  a\n\n b ', { text: 20 }), ['  a\n\n b ']);
  const content: Content = { text: ' hi ', spans: [{ kind: 'bold', start: 1, end: 3 }] };
  assert.deepEqual(splitContent(content, { text: 4 }), [content]);
});

void test('the cut is at a paragraph, else a line, else a sentence, else a word, else a character', () => {
  const table: readonly (readonly [string, number, readonly string[]])[] = [
    ['One two.\nThree.\n\nFour five', 22, ['One two.\nThree.', 'Four five']],
    ['One two.\n  Three four', 14, ['One two.', '  Three four']],
    ['One two. Three four', 15, ['One two.', 'Three four']],
    ['He said "No!" Then left', 18, ['He said "No!"', 'Then left']],
    ['これは文です。次の文', 9, ['これは文です。', '次の文']],
    ['One two three', 9, ['One two', 'three']],
    ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    [`${family}${family}`, family.length + 1, [family, family]],
    ['e\u0301e\u0301e\u0301', 3, ['e\u0301', 'e\u0301', 'e\u0301']],
    // An early paragraph would leave a crumb: the word further on is better.
    ['A\n\nbcd efg hij klm', 12, ['A\n\nbcd efg', 'hij klm']],
  ];
  for (const [text, limit, expected] of table) assert.deepEqual(parts(text, { text: limit }), expected, text);
});

void test('lengths are counted as the network counts', () => {
  assert.deepEqual(parts('éééé', { text: 4, textUnit: 'bytes' }), ['éé', 'éé']);
  assert.deepEqual(parts('😀😀😀', { text: 2, textUnit: 'points' }), ['😀😀', '😀']);
  assert.deepEqual(parts('😀😀😀', { text: 4 }), ['😀😀', '😀']);
});

void test('where each line is a message, blank lines are none', () => {
  assert.deepEqual(parts('a\r\nb\n\n c\u2028d\n', { text: 9, oneLine: true }), ['a', 'b', ' c', 'd']);
});

void test('spans go along with their text', () => {
  const text = 'one two three';
  const split = splitContent(
    {
      text,
      spans: [
        { kind: 'bold', start: 0, end: text.length },
        { kind: 'link', start: 4, end: 7, value: 'https://example.org' },
      ],
    },
    { text: 7 },
  );
  assert.deepEqual(split, [
    {
      text: 'one two',
      spans: [
        { kind: 'bold', start: 0, end: 7 },
        { kind: 'link', start: 4, end: 7, value: 'https://example.org' },
      ],
    },
    { text: 'three', spans: [{ kind: 'bold', start: 0, end: 5 }] },
  ]);
});

void test("a reply's target stands with the first part, a place with the last", () => {
  const split = splitContent(
    { text: 'one two', replyTo: { id: '9' }, location: { lat: 1, lon: 2 }, thread: 't', notice: true },
    { text: 4 },
  );
  assert.deepEqual(split, [
    { text: 'one', replyTo: { id: '9' }, thread: 't', notice: true },
    { text: 'two', location: { lat: 1, lon: 2 }, thread: 't', notice: true },
  ]);
});

void test('white space alone has no parts, a place without a text has one', () => {
  assert.deepEqual(splitContent({ text: ' \n' }, { text: 10 }), []);
  assert.deepEqual(splitContent({}, { text: 10 }), []);
  assert.deepEqual(splitContent({ location: { lat: 1, lon: 2 } }, { text: 10 }), [{ location: { lat: 1, lon: 2 } }]);
});

void test('a text at the bound of what is read is cut in well under a second', () => {
  for (const text of [
    'word '.repeat(13_000),
    '\n'.repeat(65_000) + 'x',
    `e${'\u0301'.repeat(65_000)}`,
    'x'.repeat(65_000),
  ]) {
    const before = performance.now();
    splitText(text, { text: 400, textUnit: 'bytes' });
    assert.ok(performance.now() - before < 1000);
  }
});

// mIRC's codes: what they mean as spans, and that nothing is lost or made up on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MARKUP, parseFormat, plain, writeFormat } from '../../adapters/irc/format.ts';
import type { Span } from '../../src/adapter/api.ts';

const span = (kind: Span['kind'], start: number, end: number): Span => ({ kind, start, end });

const table: readonly (readonly [line: string, text: string, spans: readonly Span[]])[] = [
  ['plain', 'plain', []],
  ['\x02bold\x02 and not', 'bold and not', [span('bold', 0, 4)]],
  ['\x02open', 'open', [span('bold', 0, 4)]],
  ['\x02a\x1db\x02c\x0fd', 'abcd', [span('bold', 0, 2), span('italic', 1, 3)]],
  ['\x0304red\x03 10 apples', 'red 10 apples', []],
  ['\x034,12red\x0f', 'red', []],
  ['\x0301,01secret\x03 told', 'secret told', [span('spoiler', 0, 6)]],
  ['\x04ff0000red\x04', 'red', []],
  ['\x16back\x16', 'back', []],
  [
    '\x11code\x11 \x1eno\x1e \x1fline\x1f',
    'code no line',
    [span('code', 0, 4), span('strike', 5, 7), span('underline', 8, 12)],
  ],
  ['\x02\x02nothing', 'nothing', []],
  ['a\x00b\x07c', 'abc', []],
];

for (const [line, text, spans] of table)
  test(`${JSON.stringify(line)} says ${JSON.stringify(text)}`, () =>
    assert.deepEqual(parseFormat(line), { text, spans }));

test('a colour that ends before a digit does not swallow it', () => {
  const line = writeFormat({ text: 'x5', spans: [span('spoiler', 0, 1)] });
  assert.deepEqual(parseFormat(line), { text: 'x5', spans: [span('spoiler', 0, 1)] });
});

const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => plain(text.replace(/[\r\n]/g, ' ')));

test('what is written and read again is the same, whatever the text and the spans', () => {
  const spans = fc.array(fc.tuple(fc.constantFrom(...MARKUP), fc.nat(40), fc.nat(40)), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), spans, (words, places) => {
      const text = words.join(' ');
      const given = places.map(([kind, one, two]) => span(kind, Math.min(one, two), Math.max(one, two)));
      const read = parseFormat(writeFormat({ text, spans: given }));
      assert.equal(read.text, text);
      for (const kind of MARKUP)
        for (let at = 0; at < text.length; at++) {
          const has = (all: readonly Span[]): boolean =>
            all.some((one) => one.kind === kind && one.start <= at && at < one.end);
          assert.equal(has(read.spans), has(given), `${kind} at ${at} of ${JSON.stringify(text)}`);
        }
    }),
  );
});

test('whatever bytes a line holds, it is read, and its spans lie within', () => {
  const codes = fc.constantFrom('\x02', '\x03', '\x04', '\x0f', '\x11', '\x16', '\x1d', '\x1e', '\x1f', '\x01', '\x00');
  const piece = fc.oneof(codes, fc.constantFrom('1', '12', ',', 'ff0000', 'a', ' '), fc.string());
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const { text, spans } = parseFormat(pieces.join(''));
      assert.doesNotMatch(text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
      for (const { start, end } of spans) assert.ok(start >= 0 && start < end && end <= text.length);
    }),
  );
});

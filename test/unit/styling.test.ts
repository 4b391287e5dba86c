import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Span } from '../../src/adapter/api.ts';
import { readStyling, writeStyling } from '../../src/message/styling.ts';

const say = (body: string) => readStyling(body);
const span = (kind: Span['kind'], start: number, end: number, value?: string): Span =>
  value === undefined ? { kind, start, end } : { kind, start, end, value };

describe('reading message styling (XEP-0393)', () => {
  const table: readonly [string, string, readonly Span[]][] = [
    ['plain', 'plain', []],
    ['*bold*', 'bold', [span('bold', 0, 4)]],
    ['a _b_ c', 'a b c', [span('italic', 2, 3)]],
    ['~no~', 'no', [span('strike', 0, 2)]],
    ['`a *b*`', 'a *b*', [span('code', 0, 5)]],
    ['*_both_*', 'both', [span('bold', 0, 4), span('italic', 0, 4)]],
    ['2 * 3 * 4', '2 * 3 * 4', []],
    ['foo*bar*', 'foo*bar*', []],
    ['* not*', '* not*', []],
    ['*not *', '*not *', []],
    ['**', '**', []],
    ['*this* and *that*', 'this and that', [span('bold', 0, 4), span('bold', 9, 13)]],
    ['*a\nb*', '*a\nb*', []],
    ['> quoted\nnot', 'quoted\nnot', [span('quote', 0, 6)]],
    ['>> twice', 'twice', [span('quote', 0, 5), span('quote', 0, 5)]],
    ['```ts\nlet *a* = 1;\n```', 'let *a* = 1;', [span('pre', 0, 12, 'ts')]],
    ['```\nopen', 'open', [span('pre', 0, 4)]],
    ['> ```\n> in\n> ```', 'in', [span('quote', 0, 2), span('pre', 0, 2)]],
  ];
  for (const [body, text, spans] of table) it(JSON.stringify(body), () => assert.deepEqual(say(body), { text, spans }));

  it('leaves a kind that the network does not have as it was typed', () => {
    const read = readStyling('*_a_* ~b~', (kind) => kind !== 'bold' && kind !== 'strike');
    assert.deepEqual(read, { text: '*a* ~b~', spans: [span('italic', 1, 2)] });
  });
});

describe('writing message styling (XEP-0393)', () => {
  const table: readonly [string, readonly Span[], string, boolean?][] = [
    ['plain', [], 'plain'],
    ['bold', [span('bold', 0, 4)], '*bold*'],
    ['a both', [span('bold', 2, 6), span('italic', 2, 6)], 'a *_both_*'],
    ['two\nlines', [span('bold', 0, 9)], '*two*\n*lines*'],
    ['word', [span('bold', 1, 3)], 'word'],
    ['pad ', [span('bold', 0, 4)], '*pad* '],
    ['looks *so*', [], 'looks *so*', true],
    ['looks *so*', [span('bold', 0, 5)], 'looks *so*', true],
    ['> no quote', [], '> no quote', true],
    ['quote\nme\nnot', [span('quote', 0, 8)], '> quote\n> me\nnot'],
    ['x\ncode', [span('pre', 2, 6, 'ts')], 'x\n```ts\ncode\n```'],
    ['an x here', [span('pre', 3, 4)], 'an `x` here'],
    ['see here', [span('link', 4, 8, 'https://a.example/')], 'see here <https://a.example/>'],
    ['a.example', [span('link', 0, 9, 'https://a.example/')], 'a.example'],
    ['see here', [span('bold', 0, 8), span('link', 4, 8, 'https://a.example/')], '*see here* <https://a.example/>'],
    ['under', [span('underline', 0, 5)], 'under'],
    ['ab cd ef', [span('bold', 0, 5), span('italic', 3, 8)], '*ab cd* ef'],
  ];
  for (const [text, spans, body, unstyled = false] of table)
    it(`${JSON.stringify(text)} with ${spans.map(({ kind }) => kind).join(', ') || 'nothing'}`, () =>
      assert.deepEqual(writeStyling(text, spans), { body, unstyled }));
});

const word = fc.stringMatching(/^[a-z0-9é😀*_~`>]{1,6}$/u);
const texts = fc
  .array(fc.array(word, { minLength: 0, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  .map((lines) => lines.map((words) => words.join(' ')).join('\n'));
const kinds = fc.constantFrom<Span['kind']>('bold', 'italic', 'strike', 'code', 'pre', 'quote', 'underline', 'link');
const marked = texts.chain((text) =>
  fc.record({
    text: fc.constant(text),
    spans: fc.array(
      fc
        .tuple(kinds, fc.nat(text.length), fc.nat(text.length))
        .map(([kind, a, b]) =>
          span(kind, Math.min(a, b), Math.max(a, b), kind === 'link' ? 'https://x.example/' : undefined),
        ),
      { maxLength: 4 },
    ),
  }),
);

describe('message styling, whatever is said', () => {
  it('never loses a character on the way to XMPP', () => {
    fc.assert(
      fc.property(marked, ({ text, spans }) => {
        const { body, unstyled } = writeStyling(text, spans);
        const read = unstyled ? body : readStyling(body).text;
        assert.equal(read.replaceAll(' <https://x.example/>', ''), text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('spans -> body -> spans is the identity for what styling can say', () => {
    fc.assert(
      fc.property(marked, ({ text, spans }) => {
        const once = writeStyling(text, spans);
        fc.pre(!once.unstyled);
        const read = readStyling(once.body);
        assert.deepEqual(writeStyling(read.text, read.spans), once);
        assert.deepEqual(readStyling(writeStyling(read.text, read.spans).body), read);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a body is shown on the network as a client shows it, or as it was typed', () => {
    fc.assert(
      fc.property(texts, (body) => {
        const { text, spans } = readStyling(body);
        for (const { start, end } of spans) assert.ok(start >= 0 && start <= end && end <= text.length);
        assert.equal(readStyling(body, () => false).text, body);
      }),
      { numRuns: 2_000 },
    );
  });
});

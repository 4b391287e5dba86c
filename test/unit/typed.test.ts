// What a user types, as a network with some mark-up gets it.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Markup, Span } from '../../src/adapter/api.ts';
import { readTyped } from '../../src/message/typed.ts';

const all: readonly Markup[] = ['bold', 'italic', 'strike', 'code', 'pre', 'quote', 'spoiler'];
const piece = fc.constantFrom('*', '_', '~', '`', '```', '```js', '> ', '>', '\n', ' ', 'a', 'bc', '🌙', '/me ');
const typed = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

void test('R26: what a network has no mark-up for comes out exactly as it was typed', () => {
  fc.assert(
    fc.property(typed, (text) => {
      assert.deepEqual(readTyped({ text, styled: true }, []), { text });
      assert.deepEqual(readTyped({ text, styled: true }), { text });
    }),
  );
});

void test('R26: a network gets spans of the kinds that it knows, within the text, and no other', () => {
  fc.assert(
    fc.property(typed, fc.subarray([...all]), fc.boolean(), (text, markup, hidden) => {
      const spans: readonly Span[] = hidden ? [{ kind: 'spoiler', start: 0, end: text.length }] : [];
      const read = readTyped({ text, styled: true, spans }, markup);
      assert.equal('styled' in read, false);
      for (const { kind, start, end } of read.spans ?? []) {
        assert.ok(markup.includes(kind));
        assert.ok(start >= 0 && start <= end && end <= (read.text ?? '').length);
      }
    }),
  );
});

void test('R26: styling inside a spoiler, below its hint', () => {
  const text = 'Hamlet *III*\nhe _dies_';
  const hidden = { text, styled: true as const, spans: [{ kind: 'spoiler' as const, start: 13, end: text.length }] };
  assert.deepEqual(readTyped(hidden, all), {
    text: 'Hamlet III\nhe dies',
    spans: [
      { kind: 'bold', start: 7, end: 10 },
      { kind: 'spoiler', start: 11, end: 18 },
      { kind: 'italic', start: 14, end: 18 },
    ],
  });
  assert.deepEqual(readTyped(hidden, []), { text });
});

void test('what is not styled stays as it is, but for mark-up that the network does not know', () => {
  const content = { text: '*a*', spans: [{ kind: 'spoiler', start: 0, end: 3 }] } as const;
  assert.deepEqual(readTyped(content, ['spoiler', 'bold']), content);
  assert.deepEqual(readTyped(content, ['bold']), { text: '*a*' });
});

void test('a mention is found again when mark-up before it is gone', () => {
  const text = '*Hark* Romeo';
  const mention = { kind: 'mention' as const, start: 7, end: 12, value: 'r' };
  const known: readonly Markup[] = ['bold', 'mention'];
  assert.deepEqual(readTyped({ text, styled: true, spans: [mention] }, known), {
    text: 'Hark Romeo',
    spans: [
      { ...mention, start: 5, end: 10 },
      { kind: 'bold', start: 0, end: 4 },
    ],
  });
  assert.deepEqual(readTyped({ text, styled: true, spans: [mention] }, ['mention']).spans, [mention]);
});

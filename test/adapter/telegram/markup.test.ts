// Entities <-> spans, and with the core's styling between them: what Telegram can say comes back as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entitiesOf, spansOf } from '../../../adapters/telegram/markup.ts';
import { readStyling, writeStyling } from '../../../src/message/styling.ts';

interface Entity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

const TEXT = 'Grüße 👋🏽 an alle, line one\nline two 👨‍👩‍👧 and an end';
const user = { id: 7, is_bot: false, first_name: '7' };

const kind = fc.constantFrom<object>(
  ...['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'code', 'pre', 'blockquote'].map((type) => ({ type })),
  { type: 'pre', language: 'c++' },
  { type: 'text_link', url: 'https://example.org/?a=b#c' },
  { type: 'text_mention', user },
);
/** Where characters begin, in UTF-16 units. */
const places = [...TEXT].reduce((all, point) => [...all, (all.at(-1) ?? 0) + point.length], [0]);
const entity = fc
  .tuple(kind, fc.nat(places.length - 1), fc.nat(places.length - 1))
  .filter(([, one, two]) => one !== two)
  .map(([what, one, two]): Entity => {
    const [start, end] = [places[Math.min(one, two)] ?? 0, places[Math.max(one, two)] ?? 0];
    return { ...(what as { type: string }), offset: start, length: end - start };
  });
const byPlace = (one: Entity, two: Entity): number => one.offset - two.offset || two.length - one.length;

test('R26: entities, nested and overlapping, come back from spans as they were', () => {
  fc.assert(
    fc.property(fc.array(entity, { maxLength: 12 }), (entities) => {
      const sorted = entities.toSorted(byPlace);
      assert.deepEqual(entitiesOf(spansOf(sorted, TEXT), TEXT), sorted);
    }),
    { numRuns: 2_000 },
  );
});

test('R26: entities that XEP-0393 can say come back from a body as they were', () => {
  const word = fc.stringMatching(/^[a-zä🌙]{1,8}$/u);
  const piece = fc.record({ type: fc.constantFrom('', 'bold', 'italic', 'strikethrough', 'code'), word });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
      const text = pieces.map(({ word: said }) => said).join(' ');
      let offset = 0;
      const entities = pieces.flatMap(({ type, word: { length } }) => {
        const found = { type, offset, length };
        offset += length + 1;
        return type === '' ? [] : [found];
      });
      const { body, unstyled } = writeStyling(text, spansOf(entities, text));
      const read = readStyling(body);
      assert.deepEqual([unstyled, read.text, entitiesOf(read.spans, text)], [false, text, entities]);
    }),
  );
});

test('a block of code keeps its language and a quote its lines through a body', () => {
  const text = 'see\nlet x = 1;\nsaid\nhe\nyes';
  const entities = [
    { type: 'pre', offset: 4, length: 10, language: 'js' },
    { type: 'blockquote', offset: 15, length: 7 },
  ];
  const { body } = writeStyling(text, spansOf(entities, text));
  assert.equal(body, 'see\n```js\nlet x = 1;\n```\n> said\n> he\nyes');
  const read = readStyling(body);
  assert.deepEqual([read.text, entitiesOf(read.spans, text)], [text, entities]);
});

test('what shows by itself is no span, a long quote is a quote, and a link behind words shows its address', () => {
  const text = '#tag /cmd @name https://example.org here';
  const silent = ['hashtag', 'bot_command', 'mention', 'url', 'custom_emoji', 'not_yet_invented', 'constructor'];
  const entities = silent.map((type) => ({ type, offset: 0, length: 4 }));
  assert.deepEqual(spansOf(entities, text), []);
  assert.deepEqual(spansOf([{ type: 'expandable_blockquote', offset: 0, length: 4 }], text), [
    { kind: 'quote', start: 0, end: 4 },
  ]);
  const link = spansOf([{ type: 'text_link', offset: 36, length: 4, url: 'https://example.com/' }], text);
  assert.equal(writeStyling(text, link).body, `${text} <https://example.com/>`);
});

test('spans that Telegram would refuse are left away, and the text is sent', () => {
  const text = '🌙 moon';
  assert.deepEqual(
    entitiesOf(
      [
        { kind: 'bold', start: 1, end: 4 },
        { kind: 'bold', start: 0, end: 99 },
        { kind: 'bold', start: 3, end: 3 },
        { kind: 'link', start: 3, end: 7, value: 'javascript:alert(1)' },
        { kind: 'link', start: 3, end: 7 },
        { kind: 'mention', start: 3, end: 7, value: 'anna' },
      ],
      text,
    ),
    [],
  );
});

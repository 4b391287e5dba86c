import assert from 'node:assert/strict';
import test from 'node:test';
import { all, duration, fill, moment, pick, text } from '../../src/text/index.ts';

const placeholders = (template: string): readonly string[] =>
  [...template.matchAll(/\{([^{}]*)\}/g)].map((found) => found[1] ?? '').toSorted();

void test('every language has the keys of English, and no others', () => {
  const keys = Object.keys(all.en).toSorted();
  for (const [language, texts] of Object.entries(all)) assert.deepEqual(Object.keys(texts).toSorted(), keys, language);
});

void test('every language asks for the same values, by names that fill() knows', () => {
  for (const [language, texts] of Object.entries(all))
    for (const [key, template] of Object.entries(texts)) {
      const english = Object.entries(all.en).find(([other]) => other === key)?.[1] ?? '';
      assert.deepEqual(placeholders(template), placeholders(english), `${language} ${key}`);
      for (const name of placeholders(template)) assert.match(name, /^[a-z]+$/, `${language} ${key}`);
      assert.doesNotMatch(template.replaceAll(/\{[a-z]+\}/g, ''), /[{}]/, `${language} ${key}`);
      assert.equal(template, template.trim(), `${language} ${key}`);
      assert.notEqual(template, '', `${language} ${key}`);
    }
});

void test('no text was left in English', () => {
  const international = ['Video', 'Sticker', 'Name', 'Status', 'Chat', 'Gateway', 'Server'];
  const english = new Map(Object.entries<string>(all.en));
  for (const [key, german] of Object.entries(all.de)) {
    const hasWords = /\p{L}/u.test(german.replaceAll(/\{[a-z]+\}/g, ''));
    if (hasWords && !international.includes(german)) assert.notEqual(german, english.get(key), key);
  }
});

void test('xml:lang picks the longest prefix there is, else English', () => {
  const table: readonly (readonly [string | undefined, string])[] = [
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE-Latn-CH-1996', 'de'],
    ['de_DE', 'de'],
    ['den', 'en'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    ['', 'en'],
    ['-', 'en'],
    ['constructor', 'en'],
    [undefined, 'en'],
  ];
  for (const [tag, language] of table) assert.equal(pick(tag), language, tag);
});

void test('values fill a text and are not searched themselves', () => {
  assert.equal(text('de-CH', 'command.yes'), 'Ja');
  assert.equal(text(undefined, 'contacts.line', { name: '{jid}', jid: 'a@b' }), '{jid}: a@b');
  assert.equal(fill('{a} {b}', { a: 1 }), '1 {b}');
  assert.equal(fill('{constructor}', {}), '{constructor}');
  assert.equal(fill('{a}', { a: '$&' }), '$&');
});

void test('a moment reads as the language writes it', () => {
  const at = Date.UTC(2026, 10, 22, 15, 4);
  assert.equal(moment('en', at), 'Nov 22, 2026, 15:04 UTC');
  assert.equal(moment('de', at), '22.11.2026, 15:04 UTC');
  assert.equal(moment('en', Number.NaN), 'NaN');
});

void test('a length of time is rounded to what a reader needs', () => {
  assert.equal(duration('en', 40.4), '40 seconds');
  assert.equal(duration('en', 1), '1 second');
  assert.equal(duration('de', 600), '10 Minuten');
  assert.equal(duration('de-AT', 3 * 3600), '3 Stunden');
});

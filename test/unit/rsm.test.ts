import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'ltx';
import { cutPage, readPage, writePage, type PageWish } from '../../src/xmpp/feature/rsm.ts';

const read = (inside: string): PageWish | undefined =>
  readPage(parse(`<query><set xmlns='http://jabber.org/protocol/rsm'>${inside}</set></query>`));

const wishes: Record<string, readonly [inside: string, wish: PageWish | undefined]> = {
  nothing: ['', {}],
  'so many': ['<max>10</max>', { max: 10 }],
  'a count alone': ['<max>0</max>', { max: 0 }],
  'behind an item': ['<max>10</max><after>a b</after>', { max: 10, after: 'a b' }],
  'the last page': ['<before/>', { before: '' }],
  'in front of an item': ['<before>x</before>', { before: 'x' }],
  'between two': ['<after>a</after><before>x</before>', { after: 'a', before: 'x' }],
  'from a number on': ['<index>371</index>', { index: 371 }],
  'a number that is none': ['<max>ten</max>', undefined],
  'a negative number': ['<max>-1</max>', undefined],
  'a part of one': ['<index>1.5</index>', undefined],
  'behind nothing': ['<after/>', undefined],
  'a number and an item': ['<index>3</index><after>a</after>', undefined],
};
for (const [name, [inside, wish]] of Object.entries(wishes))
  test(`R49: a page is asked for by ${name}`, () => assert.deepEqual(read(inside), wish));

test('R49: without a set all is asked for', () => assert.deepEqual(readPage(parse('<query/>')), {}));

test('R49: a page says what of the whole it is', () => {
  const told = writePage({ first: 'a', last: 'b', index: 0, count: 7 });
  assert.equal(
    told.toString(),
    '<set xmlns="http://jabber.org/protocol/rsm"><first index="0">a</first><last>b</last><count>7</count></set>',
  );
  assert.equal(
    writePage({ count: 0 }).toString(),
    '<set xmlns="http://jabber.org/protocol/rsm"><count>0</count></set>',
  );
});

const cuts: Record<string, readonly [wish: PageWish, items: string | undefined, index?: number]> = {
  'the first, as many as fit': [{}, 'abc', 0],
  'the first two': [{ max: 2 }, 'ab', 0],
  'no more than fit': [{ max: 100 }, 'abc', 0],
  none: [{ max: 0 }, ''],
  'behind one': [{ after: 'b' }, 'cde', 2],
  'behind the last': [{ after: 'e' }, ''],
  'the last': [{ before: '', max: 2 }, 'de', 3],
  'in front of one': [{ before: 'd', max: 2 }, 'bc', 1],
  'in front of the first': [{ before: 'a' }, ''],
  'from a number on': [{ index: 3 }, 'de', 3],
  'behind what is not there': [{ after: 'x' }, undefined],
  'in front of what is not there': [{ before: 'x' }, undefined],
};
for (const [name, [wish, items, index]] of Object.entries(cuts))
  test(`a list in memory is cut: ${name}`, () => {
    const page = cutPage([...'abcde'], (item) => item, wish, 3);
    assert.equal(page?.items.join(''), items);
    if (page === undefined || items === undefined) return;
    const named = items === '' ? {} : { first: items[0], last: items.at(-1), index };
    assert.deepEqual(page.told, { ...named, count: 5 });
  });

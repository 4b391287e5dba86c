// XEP-0059 1.0: pages of a result that is too long to be told at once. Pure.
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0059. */
export const NS_RSM = 'http://jabber.org/protocol/rsm';

/** Which page is asked for. */
export interface PageWish {
  /** At most so many items; 0: only their count is wanted. */
  readonly max?: number;
  /** What lies behind this item. */
  readonly after?: string;
  /** What lies in front of this item; '' is the end of all: the last page. */
  readonly before?: string;
  /** From the item with this number on, counted from 0. */
  readonly index?: number;
}

/** Reads what page is asked for; an empty wish where none is named, undefined where it cannot be understood. */
export function readPage(parent: Element): PageWish | undefined {
  const set = parent.getChild('set', NS_RSM);
  if (set === undefined) return {};
  const max = number(set, 'max');
  const index = number(set, 'index');
  const [after, before] = [text(set, 'after'), text(set, 'before')];
  if (max === 'wrong' || index === 'wrong' || after === '') return undefined;
  if (index !== undefined && (after !== undefined || before !== undefined)) return undefined;
  return {
    ...(max === undefined ? {} : { max }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(index === undefined ? {} : { index }),
  };
}

const text = (set: Element, name: string): string | undefined => set.getChild(name)?.getText().trim();

function number(set: Element, name: string): number | 'wrong' | undefined {
  const written = text(set, name);
  if (written === undefined) return undefined;
  return /^\d{1,9}$/.test(written) ? Number(written) : 'wrong';
}

/** What a page is of the whole. */
export interface PageTold {
  /** The page's first and last item; of an empty page there are none. */
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  /** The number of the first among all. */
  readonly index?: number | undefined;
  /** How many there are in all. */
  readonly count?: number | undefined;
}

/** Writes what page it is. */
export function writePage({ first, last, index, count }: PageTold): Element {
  return x(
    'set',
    { xmlns: NS_RSM },
    first !== undefined && x('first', { index: index?.toString() }, first),
    last !== undefined && x('last', {}, last),
    count !== undefined && x('count', {}, count.toString()),
  );
}

/** One page of a list that is in memory, by the names of its items; undefined where the page begins at none of them. */
export function cutPage<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  wish: PageWish,
  most: number,
): { readonly items: readonly T[]; readonly told: PageTold } | undefined {
  const { after, before, index = 0 } = wish;
  const names = items.map(nameOf);
  const max = Math.min(wish.max ?? most, most);
  let from = index;
  let to = items.length;
  if (after !== undefined) from = names.indexOf(after) + 1;
  if (before !== undefined && before !== '') to = names.indexOf(before);
  if (to < 0 || (after !== undefined && from === 0)) return undefined;
  if (before === undefined) to = Math.min(to, from + max);
  else from = Math.max(from, to - max);
  const page = items.slice(from, to);
  const told = page.length === 0 ? {} : { first: names[from], last: names[from + page.length - 1], index: from };
  return { items: page, told: { ...told, count: items.length } };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from './acts.ts';
import { inWords, RoomView, type Row } from './room-view.ts';

const row = (n: number, words: string, more: Partial<Row> = {}): Row => ({
  ...{ row: `row-${n}`, id: `id-${n}`, nick: 'ada', own: false, words, act: undefined },
  ...more,
});
const act = (type: Act['type'], target: string, ...emojis: string[]): Partial<Row> => ({
  act: { type, target, ...(type === 'react' && { emojis }) },
});
function seen(...rows: readonly Row[]): readonly string[] {
  const view = new RoomView();
  for (const one of rows) view.take(one);
  return inWords(view.states());
}

test('corrections, reactions and retractions stand as the last one says, each of its author', () => {
  assert.deepEqual(
    seen(
      row(1, 'one'),
      row(2, 'one v2', act('edit', 'id-1')),
      row(3, '', { ...act('react', 'row-1', '👍'), nick: 'ben' }),
      row(4, '', { ...act('react', 'row-1'), nick: 'ben' }),
      row(5, '', { ...act('react', 'row-1', '🔥', '🎉'), nick: 'cleo' }),
      row(6, 'two'),
      row(7, '', act('retract', 'row-6')),
    ),
    ['"one" of ada: "one v2" [cleo 🎉🔥]', '"two" of ada, deleted'],
  );
});

test('a row that comes again changes nothing', () => {
  const edit = row(2, 'one v2', act('edit', 'id-1'));
  assert.deepEqual(seen(row(1, 'one'), edit, row(3, 'one v3', act('edit', 'id-1')), edit), [
    '"one" of ada: "one v3" []',
  ]);
});

test('a correction of what is not there is a message, and stands for what it corrects', () => {
  assert.deepEqual(seen(row(2, 'one v2', act('edit', 'id-1'))), ['"one" of ada: "one v2" []']);
});

test('a message of his own is known by the id that it was written with, and by that of its row', () => {
  const view = new RoomView();
  view.take(row(1, 'mine', { own: true }));
  view.take(row(2, 'hers'));
  assert.deepEqual(
    view.known.map(({ id }) => id),
    ['id-1', 'row-2'],
  );
  assert.equal(view.rowOf('id-1'), 'row-1');
  assert.equal(view.take(row(3, '', { ...act('react', 'row-1', '👍'), nick: 'ben' })), 'react mine: 👍 by ben');
});

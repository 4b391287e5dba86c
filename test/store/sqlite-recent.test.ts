// Rows that wait in the small table until they move, against a model, with commits that fail and processes that end.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { byText, Recent } from '../../src/store/sqlite/recent.ts';

type Row = readonly [account: number, key: string, at: number];

const open = (db: DatabaseSync): Recent<Row> =>
  new Recent<Row>(db, {
    table: 'small',
    columns: ['account', 'key', 'at'],
    put: db.prepare('INSERT INTO place VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    keysOf: [([account, key]) => `${account}/${key}`],
    order: (one, other) => one[0] - other[0] || byText(one[1], other[1]),
    most: 4,
  });

function tables(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE small (n INTEGER PRIMARY KEY, account, key, at)');
  db.exec('CREATE TABLE place (account, key, at, PRIMARY KEY (account, key)) WITHOUT ROWID');
  return db;
}

/** A store in small: each key is there once or not at all. */
class Scene {
  readonly db = tables();
  recent = open(this.db);
  /** What is on disk, and what the transaction under way would make of it. */
  kept = new Set<string>();
  soon = new Set<string>();

  begin(): void {
    this.db.exec('BEGIN');
  }
  end(lands: boolean): void {
    if (lands) this.recent.beforeCommit();
    this.db.exec(lands ? 'COMMIT' : 'ROLLBACK');
    if (lands) this.recent.keep();
    else this.recent.undo();
    if (lands) this.kept = new Set(this.soon);
    else this.soon = new Set(this.kept);
  }
  add(name: string): void {
    if (this.soon.has(name)) return;
    this.soon.add(name);
    const [account, key = ''] = name.split('/');
    this.recent.add([Number(account), key, 1]);
  }
  remove(name: string): void {
    this.soon.delete(name);
    const [account, key = ''] = name.split('/');
    this.recent.remove(0, name);
    this.db.prepare('DELETE FROM place WHERE account = ? AND key = ?').run(Number(account), key);
  }
  /** What is found, whether or not it has moved. */
  found(name: string): boolean {
    const [account, key = ''] = name.split('/');
    const moved = this.db.prepare('SELECT 1 FROM place WHERE account = ? AND key = ?').get(Number(account), key);
    return this.recent.find(0, name).length > 0 || moved !== undefined;
  }
  reopen(): void {
    this.recent = open(this.db);
  }
}

const names = [1, 2, 3].flatMap((account) => ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => `${account}/${key}`));
const name = fc.constantFrom(...names);
const change = fc.record({ add: fc.boolean(), name });
const part = fc.record({ changes: fc.array(change, { maxLength: 6 }), undone: fc.boolean() });
const transaction = fc.record({
  parts: fc.array(part, { maxLength: 3 }),
  lands: fc.boolean(),
  settles: fc.boolean(),
  reopens: fc.boolean(),
});

test('a row is found wherever it is, and never more or less than what was committed', () => {
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 30 }), (transactions) => {
      const scene = new Scene();
      for (const { parts, lands, settles, reopens } of transactions) {
        scene.begin();
        for (const { changes, undone } of parts) {
          scene.db.exec('SAVEPOINT part');
          const [mark, before] = [scene.recent.mark(), new Set(scene.soon)];
          if (settles) {
            scene.recent.begin();
            scene.recent.move(2);
          }
          for (const { add, name } of changes) scene[add ? 'add' : 'remove'](name);
          scene.db.exec(undone ? 'ROLLBACK TO part; RELEASE part' : 'RELEASE part');
          if (!undone) continue;
          scene.recent.undo(mark);
          scene.soon = before;
        }
        scene.end(lands);
        if (reopens) scene.reopen();
        for (const each of names) assert.equal(scene.found(each), scene.kept.has(each), each);
      }
      scene.db.close();
    }),
    { numRuns: 500 },
  );
});

test('rows move a few at a time, and leave the small table when all have arrived', () => {
  const scene = new Scene();
  const count = (table: string): unknown => scene.db.prepare(`SELECT count(*) AS c FROM ${table}`).get()?.['c'];
  const commit = (...added: readonly string[]): void => {
    scene.begin();
    for (const each of added) scene.add(each);
    scene.end(true);
  };
  commit(...names.slice(0, 12));
  assert.deepEqual([count('small'), count('place')], [12, 0]);
  commit('9/x');
  assert.deepEqual([count('small'), count('place')], [13, 8]);
  commit('9/y');
  assert.deepEqual([count('small'), count('place')], [2, 12]);
});

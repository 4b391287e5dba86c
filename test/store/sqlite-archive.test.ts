// How SQLite carries out what is asked of archives: their size must not matter.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { archiveSql } from '../../src/store/sqlite/archive.ts';
import { migrations } from '../../src/store/sqlite/migrations/index.ts';

function plan(sql: string): readonly string[] {
  using db = new DatabaseSync(':memory:');
  for (const migration of migrations) db.exec(migration);
  const marks = sql.split('?').length - 1;
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...new Array<number>(marks).fill(1))
    .map(({ detail }) => String(detail));
}

test('no statement on an archive scans or sorts', () => {
  for (const [name, sql] of Object.entries(archiveSql)) {
    if (name === 'add') continue; // an INSERT of values has no plan
    const steps = plan(sql);
    assert(steps.length > 0, name);
    for (const step of steps) assert.match(step, /^SEARCH archive USING/, `${name}: ${step}`);
  }
});

test('what would scan or sort is noticed', () => {
  assert.match(plan('SELECT n FROM archive WHERE body = ?').join(), /SCAN/);
  assert.match(plan('SELECT n FROM archive WHERE account = ? ORDER BY at').join(), /TEMP B-TREE/);
});

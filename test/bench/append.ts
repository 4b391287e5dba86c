// One durable append, the measure that added latency is a multiple of: a row in a transaction of its own, by node:sqlite in
// this thread, with the journal and the promise that the gateway's store gives (WAL, synchronous=FULL), on the same disk.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';

/** Milliseconds that each of `count` appends took, one every `everyMs` (0: back to back). */
export async function appends(count: number, everyMs: number): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-append-'));
  const db = new DatabaseSync(join(folder, 'append.db'));
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, chat INTEGER NOT NULL, body TEXT NOT NULL)');
    const insert = db.prepare('INSERT INTO log (chat, body) VALUES (?, ?)');
    const took: number[] = [];
    const start = performance.now();
    for (let turn = 0; turn < count; turn++) {
      const wait = start + turn * everyMs - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const began = performance.now();
      db.exec('BEGIN IMMEDIATE');
      insert.run(turn, 'x'.repeat(200));
      db.exec('COMMIT');
      took.push(performance.now() - began);
    }
    return took;
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

// Idempotency keys: whether one was seen, and when last.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AccountId } from '../api.ts';
import type { Cursor, Sliced } from './protocol.ts';
import { byText, pruneAfterMoving, Recent } from './recent.ts';
import { Walk } from './walk.ts';

type Row = readonly [account: AccountId, direction: number, key: string, at: number];

const nameOf = (account: AccountId, direction: number, key: string): string => `${account}/${direction}/${key}`;

export class Keys {
  readonly recent: Recent<Row>;
  readonly #at: StatementSync;
  readonly #walk: Walk;

  constructor(db: DatabaseSync) {
    this.#at = db.prepare('SELECT at FROM seen WHERE account = ? AND direction = ? AND key = ?');
    this.#walk = new Walk(db, 'seen', 'account, direction, key', [-1, -1, '']);
    this.recent = new Recent<Row>(db, {
      table: 'seen_recent',
      columns: ['account', 'direction', 'key', 'at'],
      put: db.prepare(`INSERT INTO seen (account, direction, key, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (account, direction, key) DO UPDATE SET at = max(at, excluded.at)`),
      keysOf: [([account, direction, key]) => nameOf(account, direction, key)],
      order: (one, other) => one[0] - other[0] || one[1] - other[1] || byText(one[2], other[2]),
    });
  }

  /** Remembers a key. False: it is known, and was last seen at `since` or later. */
  see(account: AccountId, direction: number, key: string, since: number, now: number): boolean {
    const name = nameOf(account, direction, key);
    const [recent] = this.recent.find(0, name);
    const at = recent?.[3] ?? this.#at.get(account, direction, key)?.['at'];
    if (typeof at === 'number' && at >= since) return false;
    if (recent !== undefined) this.recent.remove(0, name);
    this.recent.add([account, direction, key, now]);
    return true;
  }

  /** One slice of the keys that were last seen before a time. */
  prune(before: number, after: Cursor | null): Sliced {
    return pruneAfterMoving(this.recent, after, (from) => this.#walk.slice(before, from));
  }
}

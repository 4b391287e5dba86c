// Which network message is which stanza, and the reverse.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AccountId, IdRow } from '../api.ts';
import type { Cursor, IdTuple, Sliced } from './protocol.ts';
import { byText, pruneAfterMoving, Recent } from './recent.ts';
import { Walk } from './walk.ts';

const COLUMNS = ['account', 'remote', 'chat', 'part', 'stanza', 'author', 'at'] as const;
const BY_REMOTE = 0;
const BY_STANZA = 1;

const remoteName = (account: AccountId, remote: string): string => `${account}/${remote}`;
const stanzaName = (account: AccountId, chat: number, stanza: string): string => `${account}/${chat}/${stanza}`;
const placeOf = ({ remote, chat, part }: IdRow): string => `${chat}/${part}/${remote}`;

export class Ids {
  readonly recent: Recent<IdTuple>;
  readonly #byRemote: StatementSync;
  readonly #byStanza: StatementSync;
  readonly #drop: StatementSync;
  readonly #walk: Walk;

  constructor(db: DatabaseSync) {
    this.#byRemote = db.prepare('SELECT * FROM id WHERE account = ? AND remote = ?');
    this.#byStanza = db.prepare('SELECT * FROM id WHERE account = ? AND chat = ? AND stanza = ?');
    this.#drop = db.prepare('DELETE FROM id WHERE account = ? AND remote = ? AND chat = ?');
    this.#walk = new Walk(db, 'id', 'account, remote, chat, part', [-1, '', -1, -1]);
    this.recent = new Recent<IdTuple>(db, {
      table: 'id_recent',
      columns: COLUMNS,
      put: db.prepare(`INSERT INTO id (${COLUMNS.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
      keysOf: [
        ([account, remote]) => remoteName(account, remote),
        ([account, , chat, , stanza]) => stanzaName(account, chat, stanza),
      ],
      order: (one, other) => one[0] - other[0] || byText(one[1], other[1]),
    });
  }

  /** Writes a row; the first with its account, chat, remote id and part counts. */
  put(row: IdTuple): void {
    this.recent.add(row);
  }

  drop(account: AccountId, remote: string, chat: number): void {
    this.#drop.run(account, remote, chat);
    this.recent.remove(BY_REMOTE, remoteName(account, remote), (row) => row[2] === chat);
  }

  byRemote(account: AccountId, chat: number | undefined, remote: string): readonly IdRow[] {
    const kept = this.#byRemote.all(account, remote) as unknown as IdRow[];
    const rows = together(kept, this.recent.find(BY_REMOTE, remoteName(account, remote)));
    const wanted = chat === undefined ? rows : rows.filter((row) => row.chat === chat);
    return wanted.sort((one, other) => one.chat - other.chat || one.part - other.part);
  }

  byStanza(account: AccountId, chat: number, stanza: string): readonly IdRow[] {
    const kept = this.#byStanza.all(account, chat, stanza) as unknown as IdRow[];
    const recent = this.recent.find(BY_STANZA, stanzaName(account, chat, stanza));
    const news = recent.filter((row) => this.#counts(row));
    return together(kept, news).sort((one, other) => byText(one.remote, other.remote) || one.part - other.part);
  }

  /** One slice of the rows that are older than a time. */
  prune(before: number, after: Cursor | null): Sliced {
    return pruneAfterMoving(this.recent, after, (from) => this.#walk.slice(before, from));
  }

  /** No older row has its place, with another stanza perhaps. */
  #counts([account, remote, chat, part, stanza]: IdTuple): boolean {
    const first = this.byRemote(account, chat, remote).find((row) => row.part === part);
    return first?.stanza === stanza;
  }
}

/** Rows that are in their place and rows that are not yet; of several for one place the first counts. */
function together(kept: readonly IdRow[], recent: readonly IdTuple[]): IdRow[] {
  const rows = [...kept];
  const known = new Set(kept.map(placeOf));
  for (const [account, remote, chat, part, stanza, author, at] of recent) {
    const row: IdRow = { account, remote, chat, part, stanza, author, at };
    if (known.has(placeOf(row))) continue;
    known.add(placeOf(row));
    rows.push(row);
  }
  return rows;
}

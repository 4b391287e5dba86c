// The tables beside the log: chats, documents, secrets, accounts.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Account, AccountId, Doc, Json, Kind } from '../api.ts';
import type { DocRow, SecretRow, Sliced } from './protocol.ts';
import { SLICE } from './walk.ts';

/** How many rows one page of an iteration brings. */
const PAGE = 200;
/** How much of a sealed value names the key that sealed it. */
const SEALER_BYTES = 8;

function statements(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    chatNumber: sql('SELECT number FROM chat_name WHERE account = ? AND name = ?'),
    chatName: sql('SELECT name FROM chat WHERE number = ? AND account = ?'),
    newChat: sql('INSERT INTO chat (account, name) VALUES (?, ?)'),
    newName: sql('INSERT INTO chat_name VALUES (?, ?, ?)'),
    rename: sql('UPDATE chat SET name = ? WHERE number = ? AND account = ?'),
    // What a name led to before keeps an entry: an account is erased by them.
    leadAside: sql(`INSERT INTO chat_name SELECT account, name || ' was ' || number, number FROM chat_name
      WHERE account = ? AND name = ? AND number <> ? ON CONFLICT DO NOTHING`),
    leadTo: sql(`INSERT INTO chat_name VALUES (?, ?, ?)
      ON CONFLICT (account, name) DO UPDATE SET number = excluded.number`),
    doc: sql('SELECT value FROM doc WHERE account = ? AND kind = ? AND key = ?'),
    docs: sql(`SELECT key, value FROM doc WHERE account = ? AND kind = ? AND key > ? ORDER BY key LIMIT ${PAGE}`),
    firstDocs: sql(`SELECT key, value FROM doc WHERE account = ? AND kind = ? AND key >= ? ORDER BY key LIMIT ${PAGE}`),
    putDoc: sql(`INSERT INTO doc VALUES (?, ?, ?, ?)
      ON CONFLICT (account, kind, key) DO UPDATE SET value = excluded.value`),
    dropDoc: sql('DELETE FROM doc WHERE account = ? AND kind = ? AND key = ?'),
    secret: sql('SELECT value FROM secret WHERE account = ? AND key = ?'),
    secrets: sql(`SELECT key, value FROM secret WHERE account = ? AND key > ? ORDER BY key LIMIT ${PAGE}`),
    firstSecrets: sql(`SELECT key, value FROM secret WHERE account = ? AND key >= ? ORDER BY key LIMIT ${PAGE}`),
    putSecret: sql(`INSERT INTO secret VALUES (?, ?, ?, ?)
      ON CONFLICT (account, key) DO UPDATE SET sealer = excluded.sealer, value = excluded.value`),
    dropSecret: sql('DELETE FROM secret WHERE account = ? AND key = ?'),
    sealers: sql('SELECT DISTINCT lower(hex(sealer)) AS sealer FROM secret'),
    knownAccounts: sql('SELECT id FROM account'),
    account: sql('SELECT * FROM account WHERE transport = ? AND jid = ? AND realm = ?'),
    accountByRemote: sql('SELECT id FROM account WHERE transport = ? AND remote = ?'),
    accountById: sql('SELECT * FROM account WHERE id = ?'),
    accounts: sql(`SELECT * FROM account WHERE transport = ? AND (jid, realm) > (?, ?)
      ORDER BY jid, realm LIMIT ${PAGE}`),
    newAccount: sql("INSERT INTO account (transport, jid, realm, remote, state) VALUES (?, ?, ?, ?, 'active')"),
    setState: sql('UPDATE account SET state = ? WHERE id = ?'),
    dropAccount: sql('DELETE FROM account WHERE id = ?'),
  };
}

/** Deletes of an account's rows, a slice at a time, table by table. */
function erasures(db: DatabaseSync): readonly StatementSync[] {
  const keys: readonly (readonly [string, string])[] = [
    ['seen', 'account, direction, key'],
    ['id', 'account, remote, chat, part'],
    ['archive', 'account, chat, n'],
    ['doc', 'account, kind, key'],
    ['secret', 'account, key'],
    ['chat_name', 'account, name'],
  ];
  const sliced = (table: string, key: string) => `SELECT ${key} FROM ${table} WHERE account = ? LIMIT ${SLICE}`;
  return [
    db.prepare(`DELETE FROM chat WHERE number IN (${sliced('chat_name', 'number')})`),
    ...['seen_recent', 'id_recent'].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE n IN (${sliced(table, 'n')})`),
    ),
    ...keys.map(([table, key]) => db.prepare(`DELETE FROM ${table} WHERE (${key}) IN (${sliced(table, key)})`)),
  ];
}

export class Tables {
  readonly #sql: ReturnType<typeof statements>;
  readonly #erasures: readonly StatementSync[];
  constructor(db: DatabaseSync) {
    this.#sql = statements(db);
    this.#erasures = erasures(db);
  }

  putDoc([account, kind, key, value]: DocRow): void {
    if (value === null) this.#sql.dropDoc.run(account, kind, key);
    else this.#sql.putDoc.run(account, kind, key, value);
  }

  putSecret([account, key, base64]: SecretRow): void {
    if (base64 === null) return void this.#sql.dropSecret.run(account, key);
    const value = Buffer.from(base64, 'base64');
    this.#sql.putSecret.run(account, key, value.subarray(0, SEALER_BYTES), value);
  }

  setState(account: AccountId, state: Account['state']): void {
    this.#sql.setState.run(state, account);
  }

  chatNumber(account: AccountId, name: string): number {
    const known = this.#sql.chatNumber.get(account, name);
    if (known !== undefined) return Number(known['number']);
    const number = Number(this.#sql.newChat.run(account, name).lastInsertRowid);
    this.#sql.newName.run(account, name, number);
    return number;
  }

  rename(account: AccountId, chat: number, name: string): void {
    if (this.#sql.rename.run(name, chat, account).changes === 0) return;
    this.#sql.leadAside.run(account, name, chat);
    this.#sql.leadTo.run(account, name, chat);
  }

  chatName(account: AccountId, chat: number): string | undefined {
    return this.#sql.chatName.get(chat, account)?.['name'] as string | undefined;
  }

  doc(account: AccountId, kind: Kind, key: string): Json | undefined {
    const row = this.#sql.doc.get(account, kind, key);
    return row === undefined ? undefined : (JSON.parse(String(row['value'])) as Json);
  }

  /** A page of documents after a key; empty after the last. */
  docs(account: AccountId, kind: Kind, prefix: string, after: string | null): readonly Doc[] {
    const rows =
      after === null ? this.#sql.firstDocs.all(account, kind, prefix) : this.#sql.docs.all(account, kind, after);
    return under(rows as unknown as { key: string; value: string }[], prefix).map(({ key, value }) => ({
      account,
      kind,
      key,
      value: JSON.parse(value) as Json,
    }));
  }

  secret(account: AccountId, keys: readonly string[]): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    for (const key of keys) {
      const row = this.#sql.secret.get(account, key);
      if (row !== undefined) found.set(key, row['value'] as Uint8Array);
    }
    return found;
  }

  /** A page of secrets after a key; empty after the last. */
  secrets(account: AccountId, prefix: string, after: string | null): readonly { key: string; value: Uint8Array }[] {
    const rows = after === null ? this.#sql.firstSecrets.all(account, prefix) : this.#sql.secrets.all(account, after);
    return under(rows as unknown as { key: string; value: Uint8Array }[], prefix);
  }

  sealers(): readonly string[] {
    return this.#sql.sealers.all().map((row) => String(row['sealer']));
  }

  knownAccounts(): readonly AccountId[] {
    return this.#sql.knownAccounts.all().map((row) => Number(row['id']));
  }

  open(transport: string, jid: string, realm: string, remote: string): AccountId | 'jid-taken' | 'remote-taken' {
    if (this.#sql.account.get(transport, jid, realm) !== undefined) return 'jid-taken';
    if (this.#sql.accountByRemote.get(transport, remote) !== undefined) return 'remote-taken';
    return Number(this.#sql.newAccount.run(transport, jid, realm, remote).lastInsertRowid);
  }

  account(transport: string, jid: string, realm: string): Account | undefined {
    return accountOf(this.#sql.account.get(transport, jid, realm));
  }

  accountById(id: AccountId): Account | undefined {
    return accountOf(this.#sql.accountById.get(id));
  }

  /** A page of accounts after a JID and realm; empty after the last. */
  accounts(transport: string, jid: string, realm: string): readonly Account[] {
    return this.#sql.accounts.all(transport, jid, realm).flatMap((row) => accountOf(row) ?? []);
  }

  /** One slice of everything but the log; the account itself goes last. */
  erase(account: AccountId): Sliced {
    for (const statement of this.#erasures) {
      const removed = Number(statement.run(account).changes);
      if (removed > 0) return { removed, next: [] };
    }
    return { removed: Number(this.#sql.dropAccount.run(account).changes), next: null };
  }
}

function accountOf(row: unknown): Account | undefined {
  if (row === undefined) return undefined;
  const { realm, ...account } = row as Account;
  return realm === '' || realm === undefined ? account : { ...account, realm };
}

function under<T extends { readonly key: string }>(rows: readonly T[], prefix: string): readonly T[] {
  const end = rows.findIndex((row) => !row.key.startsWith(prefix));
  return end < 0 ? rows : rows.slice(0, end);
}

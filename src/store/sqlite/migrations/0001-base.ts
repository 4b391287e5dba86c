/** The first schema. A shipped migration is never edited: what is wrong with it, a later one mends. */
export const base = `
-- Numbers that must survive the rows they were given to.
CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('seq', 0);

-- The lanes. What waits is found by an index in memory, so appending touches one tree only; the indexes that are here hold few
-- rows (failed) or short-lived ones (stanza: what can bounce). way: 0 in, 1 out, plus 2 for the read slot. state: 0 queued,
-- 1 settled, 2 failed. The texts come last, so that a scan for numbers never reads them.
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  chat INTEGER NOT NULL,
  way INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  starts INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL,
  ended INTEGER,
  bytes INTEGER NOT NULL,
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  stanza TEXT,
  why TEXT,
  plan TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX log_stanza ON log (stanza) WHERE stanza IS NOT NULL;
CREATE INDEX log_failed ON log (account, seq) WHERE state = 2;

-- Idempotency keys; they outlive the entries. direction: 0 in, 1 out.
CREATE TABLE seen (
  account INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, direction, key)
) STRICT, WITHOUT ROWID;

-- Remote id before chat: some networks' deletes name no chat.
CREATE TABLE id (
  account INTEGER NOT NULL,
  remote TEXT NOT NULL,
  chat INTEGER NOT NULL,
  part INTEGER NOT NULL,
  stanza TEXT NOT NULL,
  author TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, remote, chat, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX id_stanza ON id (account, chat, stanza);

-- A number is one chat for ever; several names may lead to it, and 'name' is the one that it goes by now.
CREATE TABLE chat (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  name TEXT NOT NULL
) STRICT;
CREATE TABLE chat_name (
  account INTEGER NOT NULL,
  name TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE doc (
  account INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (account, kind, key)
) STRICT, WITHOUT ROWID;

-- sealer: what the value begins with, so that asking which keys are in use reads no values.
CREATE TABLE secret (
  account INTEGER NOT NULL,
  key TEXT NOT NULL,
  sealer BLOB NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  transport TEXT NOT NULL,
  jid TEXT NOT NULL,
  remote TEXT NOT NULL,
  state TEXT NOT NULL,
  UNIQUE (transport, jid),
  UNIQUE (transport, remote)
) STRICT;
`;

/** A user may have an account in each realm of a transport: one for each IRC server, say. Ids are still never used again. */
export const realm = `
CREATE TABLE account_of_realm (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  transport TEXT NOT NULL,
  jid TEXT NOT NULL,
  realm TEXT NOT NULL DEFAULT '',
  remote TEXT NOT NULL,
  state TEXT NOT NULL,
  UNIQUE (transport, jid, realm),
  UNIQUE (transport, remote)
) STRICT;
INSERT INTO account_of_realm SELECT id, transport, jid, '', remote, state FROM account;
DELETE FROM sqlite_sequence WHERE name = 'account_of_realm';
INSERT INTO sqlite_sequence SELECT 'account_of_realm', seq FROM sqlite_sequence WHERE name = 'account';
DROP TABLE account;
ALTER TABLE account_of_realm RENAME TO account;
`;

/** Archives of groups. */
export const archive = `
-- n: the place of a row in the archive of its chat, without gaps, so that a count is a subtraction. arrived: ascending with n, so
-- that a time is found by halving. sender: '' is the account itself, else '=' and an id. The body comes last, so that a look
-- for numbers never reads it.
CREATE TABLE archive (
  account INTEGER NOT NULL,
  chat INTEGER NOT NULL,
  n INTEGER NOT NULL,
  arrived INTEGER NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  key TEXT NOT NULL,
  sender TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (account, chat, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX archive_id ON archive (id);
CREATE UNIQUE INDEX archive_key ON archive (account, chat, key);
CREATE INDEX archive_sender ON archive (account, chat, sender);
`;

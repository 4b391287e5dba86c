/** Keys and ids that came lately, in the order of their coming: see recent.ts. */
export const recent = `
CREATE TABLE seen_recent (
  n INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE id_recent (
  n INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  remote TEXT NOT NULL,
  chat INTEGER NOT NULL,
  part INTEGER NOT NULL,
  stanza TEXT NOT NULL,
  author TEXT,
  at INTEGER NOT NULL
) STRICT;
`;

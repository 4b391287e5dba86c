// Finds the line of each key, because smol-toml does not tell: a document is cut into its statements, each of which is a
// document of its own, and what a statement alone parses to says which keys it sets.
import { parse, type TomlTable } from 'smol-toml';

/** A key's place in the document, as its names from the top: `['transport', 'irc.example.org', 'secret']`. */
export type KeyPath = readonly (string | number)[];

/** Answers the line (from 1) of a key, or of the nearest table above it that is written down. */
export type Lines = (path: KeyPath) => number;

/** Reads the lines of a document that parses; `parse` must have accepted it before. */
export function readLines(document: string): Lines {
  const found = new Map<string, number>();
  let table: readonly string[] = [];
  for (const { text, line } of statements(document)) {
    const set = parse(text);
    if (text.trimStart().startsWith('[')) {
      table = headerPath(set);
      note(found, table, line);
    } else noteKeys(found, table, set, line);
  }
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = found.get(keyOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  };
}

const keyOf = (path: KeyPath): string => JSON.stringify(path);

/** Lines are added until they parse: a statement over several lines does so only when it is whole. */
function* statements(document: string): Generator<{ readonly text: string; readonly line: number }> {
  const lines = document.split(/\r?\n/);
  for (let start = 0, end = 1; end <= lines.length; end++) {
    const text = lines.slice(start, end).join('\n');
    if (!parses(text)) continue;
    yield { text, line: start + 1 };
    start = end;
  }
}

function parses(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function headerPath(set: TomlTable): string[] {
  const path: string[] = [];
  let inner: unknown = set;
  for (;;) {
    if (Array.isArray(inner)) inner = inner[0];
    const [next] = isTable(inner) ? Object.entries(inner) : [];
    if (next === undefined) return path;
    path.push(next[0]);
    inner = next[1];
  }
}

function noteKeys(found: Map<string, number>, above: readonly string[], set: TomlTable, line: number): void {
  for (const [name, value] of Object.entries(set)) {
    const path = [...above, name];
    note(found, path, line);
    if (isTable(value)) noteKeys(found, path, value, line);
  }
}

/** The first mention counts, and a table is also mentioned by a table within it. */
function note(found: Map<string, number>, path: readonly string[], line: number): void {
  for (let length = 1; length <= path.length; length++) {
    const key = keyOf(path.slice(0, length));
    if (!found.has(key)) found.set(key, line);
  }
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

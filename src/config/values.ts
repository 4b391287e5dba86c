// Values that are written elsewhere: `{ env = "NAME" }` and `{ file = "PATH" }`, allowed in the place of any value.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { KeyPath } from './lines.ts';

/** Where references lead to, so that a test has its own. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}
/** A value that was found elsewhere; `file` where it came from one. */
export interface Referred {
  readonly path: KeyPath;
  readonly text: string;
  readonly file?: string;
}
interface Filled {
  readonly tree: unknown;
  readonly referred: readonly Referred[];
  readonly faults: readonly { readonly path: KeyPath; readonly cause: string }[];
}

/** Puts in what the references in `tree` name. A reference that leads nowhere is a fault and leaves an empty text. */
export function fillIn(tree: unknown, outside: Outside): Filled {
  const referred: Referred[] = [];
  const faults: { path: KeyPath; cause: string }[] = [];
  const walk = (value: unknown, at: KeyPath): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => walk(each, [...at, index]));
    if (!isPlainTable(value)) return value;
    const reference = asReference(value);
    if (reference === undefined)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, [...at, name])]));
    const read = reference.kind === 'env' ? readEnv(reference.name, outside) : readFile(reference.name, outside);
    if (read.cause !== undefined) faults.push({ path: at, cause: read.cause });
    else referred.push({ path: at, text: read.text, ...(read.file === undefined ? {} : { file: read.file }) });
    return read.text ?? '';
  };
  return { tree: walk(tree, []), referred, faults };
}

type Read =
  | { readonly text: string; readonly file?: string; readonly cause?: undefined }
  | { readonly cause: string; readonly text?: undefined };

function asReference(table: object): { readonly kind: 'env' | 'file'; readonly name: string } | undefined {
  const [only, ...more] = Object.entries(table) as [string, unknown][];
  if (only === undefined || more.length > 0 || typeof only[1] !== 'string') return undefined;
  return only[0] === 'env' || only[0] === 'file' ? { kind: only[0], name: only[1] } : undefined;
}

function readEnv(name: string, { env }: Outside): Read {
  const text = env[name];
  if (text === undefined) return { cause: `the environment variable ${name} is not set` };
  return text === '' ? { cause: `the environment variable ${name} is empty` } : { text };
}

function readFile(name: string, { folder }: Outside): Read {
  const file = path.resolve(folder, name);
  try {
    const text = readFileSync(file, 'utf8').trimEnd();
    return text === '' ? { cause: `the file ${file} is empty` } : { text, file };
  } catch (error) {
    return { cause: `cannot read ${file}: ${reason(error)}` };
  }
}

/** What the system said, in words of an operator. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'it is a folder';
  return error instanceof Error ? error.message : String(error);
}

/** Whether anyone but the owner may use a file. Always false where files have no such modes. */
export function openToOthers(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
}

function isPlainTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}

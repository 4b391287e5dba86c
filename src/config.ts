// The config file: read, checked as a whole, and told about in one go. Nothing else reads it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { readLines, type KeyPath, type Lines } from './config/lines.ts';
import { ownTable, parseEndpoint, schema, type Endpoint, type Written } from './config/schema.ts';
import { fillIn, openToOthers, reason, type Outside, type Referred } from './config/values.ts';

export type { Endpoint } from './config/schema.ts';

/** Where something is written in the config file: the key as TOML writes it, and its line from 1. */
export interface Place {
  readonly key: string;
  readonly line: number;
}
/** One thing that is wrong, in words for the operator. */
export interface ConfigFault extends Place {
  readonly cause: string;
}
/** One component domain and the network behind it. */
export interface Transport {
  readonly domain: string;
  /** A short name of ours, or an npm package. */
  readonly adapter: string;
  /** Where that name is written, for an adapter that cannot be loaded. */
  readonly adapterPlace: Place;
  readonly secret: string;
  readonly onUncertain: 'resend' | 'tell';
  readonly server: Endpoint;
  /** Bare JIDs and domains, in lower case. */
  readonly allow: readonly string[];
  /** Bare JIDs, in lower case. */
  readonly admins: readonly string[];
  /** The adapter's own table as it is written, for its parseConfig; an empty table where there is none. */
  readonly options: unknown;
  /** Where that table is written, so that what parseConfig objects to can be told like any other fault. */
  readonly place: Place;
}
/** All that the operator decides. Paths are absolute. */
export interface Config {
  readonly file: string;
  /** The folder of the config file: adapters of others are looked for here first. */
  readonly folder: string;
  readonly store: {
    readonly path: string;
    /** The keys themselves, one a line: the first seals, all open. */
    readonly key: string;
  };
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly content: boolean };
  /** What was said in rooms: how many days it is kept, and how many rows of each room. */
  readonly archive: { readonly days: number; readonly rows: number };
  /** Where health is served; nowhere if undefined. */
  readonly web: Endpoint | undefined;
  readonly transports: readonly Transport[];
  /** What is no fault, but should be said once at start. */
  readonly warnings: readonly string[];
}

/** The config cannot be used; its message has a line for every fault. */
export class ConfigError extends Error {
  readonly file: string;
  readonly faults: readonly ConfigFault[];
  constructor(file: string, faults: readonly ConfigFault[]) {
    super(faults.map((fault) => tell(file, fault)).join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.faults = faults;
  }
}

const tell = (file: string, { key, line, cause }: ConfigFault): string =>
  `${file}${line > 0 ? `:${line}` : ''}: ${key === '' ? '' : `${key}: `}${cause}`;

/** Reads and checks a config file. Throws a ConfigError that names every fault. */
export function loadConfig(file: string, env: Outside['env'] = process.env): Config {
  const absolute = path.resolve(file);
  const folder = path.dirname(absolute);
  const document = readDocument(absolute);
  const raw = parseDocument(absolute, document);
  const lines = readLines(document);
  const filled = fillIn(raw, { env, folder });
  const checked = check(filled.tree, filled.referred);
  const faults = [
    ...filled.faults,
    ...openSecrets(absolute, raw),
    ...checked.faults.filter(({ path: at }) => !filled.faults.some((fault) => sameKey(fault.path, at))),
  ];
  if (checked.written === undefined || faults.length > 0) throw new ConfigError(absolute, placed(faults, lines));
  return build(absolute, checked.written, filled.referred, lines);
}

function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [{ key: '', line: 0, cause: `cannot read the config file: ${reason(error)}` }]);
  }
}

function parseDocument(file: string, document: string): unknown {
  try {
    return parse(document);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.split('\n');
    const cause = `this is not TOML: ${first.replace('Invalid TOML document: ', '')}`;
    throw new ConfigError(file, [{ key: '', line: error.line, cause }]);
  }
}

interface Raised {
  readonly path: KeyPath;
  readonly cause: string;
}

/** What comes from the environment or a file is text; where the schema wants something else, it is read as TOML. */
function check(tree: unknown, referred: readonly Referred[]): { readonly written?: Written; faults: Raised[] } {
  const first = schema.safeParse(tree, { reportInput: true });
  if (first.success) return { written: first.data, faults: [] };
  const mistyped = first.error.issues.filter((issue) => issue.code === 'invalid_type');
  const again = referred.filter((value) => mistyped.some((issue) => sameKey(issue.path, value.path)));
  if (again.filter((value) => reread(tree, value)).length === 0) return { faults: first.error.issues.flatMap(raised) };
  const second = schema.safeParse(tree, { reportInput: true });
  return second.success ? { written: second.data, faults: [] } : { faults: second.error.issues.flatMap(raised) };
}

function reread(tree: unknown, { path: at, text }: Referred): boolean {
  const name = at.at(-1);
  const table = at.slice(0, -1).reduce<unknown>((value, each) => (value as Record<string, unknown>)[each], tree);
  if (name === undefined) return false;
  try {
    (table as Record<string, unknown>)[name] = parse(`value = ${text}`)['value'];
    return true;
  } catch {
    return false; // the schema's own complaint says what is wanted
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a table',
  record: 'a table',
};

function raised(issue: z.core.$ZodIssue): Raised[] {
  const at = issue.path as KeyPath;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...at, key], cause: 'unknown key' }));
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: at, cause: message }));
  if (issue.code === 'invalid_value') return [{ path: at, cause: `must be one of ${issue.values.join(', ')}` }];
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return [
      { path: at, cause: issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? 'other'}` },
    ];
  return [{ path: at, cause: issue.message }];
}

const sameKey = (a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

/** Secrets that are written down in the config file itself, although others can read it. */
function openSecrets(file: string, raw: unknown): Raised[] {
  const { store, transport } = raw as { store?: { key?: unknown }; transport?: Record<string, { secret?: unknown }> };
  const literal: KeyPath[] = Object.entries(transport ?? {})
    .filter(([, each]) => typeof each?.secret === 'string')
    .map(([domain]) => ['transport', domain, 'secret']);
  if (typeof store?.key === 'string') literal.push(['store', 'key']);
  if (literal.length === 0 || !openToOthers(file)) return [];
  const cause =
    'a secret is written here, and others may read this file: chmod 600 it, or use { env = … } or { file = … }';
  return literal.map((at) => ({ path: at, cause }));
}

function placed(faults: readonly Raised[], lines: Lines): ConfigFault[] {
  return faults
    .map(({ path: at, cause }) => ({ key: keyName(at), line: lines(at), cause }))
    .sort((a, b) => a.line - b.line);
}

/** A key as TOML writes it: `transport."irc.example.org".secret`, `xmpp.allow[1]`. */
function keyName(at: KeyPath): string {
  const bare = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name));
  return at
    .map((name, index) => (typeof name === 'number' ? `[${name}]` : (index > 0 ? '.' : '') + bare(name)))
    .join('');
}

function build(file: string, written: Written, referred: readonly Referred[], lines: Lines): Config {
  const folder = path.dirname(file);
  const faults: Raised[] = [];
  const transports = Object.entries(written.transport).map(([domain, own]): Transport => {
    const at = ['transport', domain];
    const parent = domain.slice(domain.indexOf('.') + 1);
    const allow = own.allow ?? written.xmpp.allow ?? [parent];
    if (allow.length === 1 && allow[0] === domain)
      faults.push({ path: at, cause: 'allow is missing: a domain of one label has none above it to let in' });
    const table = ownTable(own.adapter);
    return {
      domain,
      adapter: own.adapter,
      adapterPlace: { key: keyName([...at, 'adapter']), line: lines([...at, 'adapter']) },
      secret: own.secret,
      onUncertain: own.on_uncertain,
      server: parseEndpoint(own.server ?? written.xmpp.server ?? '127.0.0.1:5347'),
      allow: allow.map((each) => each.toLowerCase()),
      admins: (own.admins ?? written.xmpp.admins ?? []).map((each) => each.toLowerCase()),
      options: own[table] ?? {},
      place: { key: keyName([...at, table]), line: lines([...at, table]) },
    };
  });
  if (faults.length > 0) throw new ConfigError(file, placed(faults, lines));
  return {
    file,
    folder,
    store: { path: path.resolve(folder, written.store.path), key: written.store.key },
    log: written.log,
    archive: written.archive,
    web: written.web.listen === undefined ? undefined : parseEndpoint(written.web.listen),
    transports,
    warnings: referred.flatMap(({ file: from }) =>
      from !== undefined && openToOthers(from) ? [`others may read ${from}: chmod 600 it`] : [],
    ),
  };
}

// From the name in the config to a checked adapter. Ours are `@moongate/NAME` by short name, any other is a package's name;
// both are looked for from the config file's folder first, so that an operator adds adapters without touching Moongate.
import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AnyAdapter } from './api.ts';
import { adapterFaults } from './check.ts';

/** `not-installed`: no such package; `not-an-adapter`: another kind of package; `broken`: it fails while it is loaded. */
export type AdapterLoadCode = 'bad-name' | 'not-installed' | 'not-an-adapter' | 'broken';
/** Why an adapter cannot be used; `message` is fit for the operator as it stands. */
export class AdapterLoadError extends Error {
  readonly code: AdapterLoadCode;
  constructor(code: AdapterLoadCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AdapterLoadError';
    this.code = code;
  }
}
/** An installed package that may be an adapter. `use` is what stands in the config for it. */
export interface AdapterPackage {
  readonly use: string;
  readonly package: string;
  readonly version: string;
  readonly folder: string;
}
/** An adapter that is fit for use, and where it came from. */
export interface LoadedAdapter extends AdapterPackage {
  readonly adapter: AnyAdapter;
}
/** One line of `moongate adapters`: with `adapter`, or with the `fault` that keeps it from being used. */
export type ListedAdapter = AdapterPackage &
  ({ readonly adapter: AnyAdapter; readonly fault?: never } | { readonly adapter?: never; readonly fault: string });

const scope = '@moongate/';
const own: string = dirname(fileURLToPath(import.meta.url));
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/**
 * The adapter that the config calls `name`, looked for from `configFolder`, then from Moongate's own folder.
 * Throws an AdapterLoadError.
 */
export async function loadAdapter(name: string, configFolder: string): Promise<LoadedAdapter> {
  if (!packageName.test(name) || name.length > 214) {
    throw new AdapterLoadError('bad-name', `"${name}" is neither the short name of an adapter nor a package's name`);
  }
  const places = [resolve(configFolder), own];
  for (const candidate of name.startsWith('@') ? [name] : [scope + name, name]) {
    for (const place of places) {
      const manifest = manifestOf(candidate, place);
      if (manifest) return load(describe(manifest), manifest.fields, name);
    }
  }
  throw new AdapterLoadError('not-installed', `the adapter "${name}" is not installed; ${howTo(name, configFolder)}`);
}

/** Every installed adapter that the config in `configFolder` could name, sorted by that name; what is broken is listed too. */
export async function listAdapters(configFolder: string): Promise<readonly ListedAdapter[]> {
  const found = new Map<string, Manifest>();
  for (const place of [resolve(configFolder), own]) {
    for (const folder of moduleFolders(place)) {
      for (const name of packagesIn(folder)) {
        if (found.has(name)) continue;
        const manifest = readable(join(folder, name, 'package.json'));
        if (manifest && looksLikeAdapter(manifest)) found.set(name, manifest);
      }
    }
  }
  const listed = [...found.values()].map(async (manifest): Promise<ListedAdapter> => {
    const described = describe(manifest);
    try {
      return await load(described, manifest.fields, described.use);
    } catch (error) {
      return { ...described, fault: wordsOf(error) };
    }
  });
  return (await Promise.all(listed)).sort((a, b) => (a.use < b.use ? -1 : 1));
}

interface Manifest {
  readonly folder: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function manifestOf(name: string, place: string): Manifest | undefined {
  let path: string | undefined;
  try {
    path = findPackageJSON(name, join(place, 'from-here.js'));
  } catch {
    return undefined; // Node throws where no folder above `place` has it
  }
  return path === undefined ? undefined : readManifest(path);
}

function readManifest(path: string): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined; // not a package: a folder without package.json, or a dangling link
  }
  try {
    const fields: unknown = JSON.parse(text);
    if (isFields(fields)) return { folder: dirname(path), fields };
  } catch (error) {
    throw new AdapterLoadError('broken', `${path} is not JSON: ${wordsOf(error)}`, { cause: error });
  }
  throw new AdapterLoadError('broken', `${path} is not the description of a package`);
}

/** For listing: a stranger's broken package is none of our business. */
function readable(path: string): Manifest | undefined {
  try {
    return readManifest(path);
  } catch {
    return undefined;
  }
}

function describe({ folder, fields }: Manifest): AdapterPackage {
  const name = textOr(fields['name'], folder);
  const use = name.startsWith(scope) ? name.slice(scope.length) : name;
  return { use, package: name, version: textOr(fields['version'], 'without version'), folder };
}

async function load(described: AdapterPackage, fields: Manifest['fields'], asked: string): Promise<LoadedAdapter> {
  const what = `the adapter "${asked}" (${described.package} ${described.version} in ${described.folder})`;
  const entry = entryOf(fields['exports']) ?? (typeof fields['main'] === 'string' ? fields['main'] : 'index.js');
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(join(described.folder, entry)).href);
  } catch (error) {
    throw new AdapterLoadError('broken', `${what} cannot be loaded: ${wordsOf(error)}`, { cause: error });
  }
  const adapter = isFields(loaded) ? loaded['default'] : undefined;
  const faults = adapter === undefined ? ['it has no default export'] : adapterFaults(adapter);
  if (faults.length > 0) {
    const ours =
      described.package === asked && !asked.includes('/') ? `; Moongate's own would be ${scope}${asked}` : '';
    throw new AdapterLoadError('not-an-adapter', `${what} is not an adapter: ${faults.join('; ')}${ours}`);
  }
  return { ...described, adapter: adapter as AnyAdapter };
}

/** The file behind a package's "exports" for `import`; Node offers no way to ask for it from another folder. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (Array.isArray(exports)) return exports.map(entryOf).find((entry) => entry !== undefined);
  if (!isFields(exports)) return undefined;
  if ('.' in exports) return entryOf(exports['.']);
  for (const [condition, target] of Object.entries(exports)) {
    if (!['node', 'import', 'module-sync', 'default'].includes(condition)) continue;
    const entry = entryOf(target);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** All `node_modules` from a folder upwards, nearest first. */
function moduleFolders(place: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = place; ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules'));
    if (dirname(folder) === folder) return folders;
  }
}

function packagesIn(folder: string): readonly string[] {
  const names = namesIn(folder).filter((name) => !name.startsWith('.'));
  return names.flatMap((name) =>
    name.startsWith('@') ? namesIn(join(folder, name)).map((one) => `${name}/${one}`) : name,
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // most folders have no node_modules
  }
}

/** A package that is made for Moongate says so: it is ours, or Moongate is its peer. */
function looksLikeAdapter({ fields }: Manifest): boolean {
  const peers = fields['peerDependencies'];
  return textOr(fields['name'], '').startsWith(scope) || (isFields(peers) && 'moongate' in peers);
}

function howTo(name: string, configFolder: string): string {
  const install = `npm install --prefix ${JSON.stringify(resolve(configFolder))}`;
  if (name.startsWith('@')) return `to install it: ${install} ${name}`;
  // A bare word is never named as a package to install: whoever owns that name would see the users' credentials.
  return `"moongate adapters" lists what is there; one of ours: ${install} ${scope}${name}`;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

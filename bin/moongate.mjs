#!/usr/bin/env node
// The command. It runs on any Node that can read it, to say what is wrong or to go on under the one that is needed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 24; // node:sqlite, and in the clone TypeScript without a build
const here = path.dirname(fileURLToPath(import.meta.url));

/** A process that is killed writes down nothing at its end. */
const LOADED_MS = 5_000;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  rememberCode();
  const built = path.join(here, '../src/main.js');
  const { main } = await import(pathToFileURL(existsSync(built) ? built : path.join(here, '../src/main.ts')).href);
  process.exit(await main(process.argv.slice(2)));
}

const other = nodeAbove(here) ?? nodeAbove(process.cwd());
if (other === undefined) {
  console.error(
    `moongate: this is Node ${process.versions.node}, and ${NEEDED} or newer is needed: npm install node@${NEEDED}`,
  );
  process.exit(1);
}
const child = spawn(other, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`moongate: cannot start ${other}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));

/** What was compiled is kept for the next start, which takes half as long then: nobody is heard while the gateway starts. */
function rememberCode() {
  process.env.NODE_COMPILE_CACHE ??= path.join(cacheFolder(), 'code'); // threads look there
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  setTimeout(() => module.flushCompileCache(), LOADED_MS).unref();
}

function cacheFolder() {
  const { CACHE_DIRECTORY, XDG_CACHE_HOME, HOME } = process.env; // the first one is systemd's CacheDirectory=
  if (CACHE_DIRECTORY) return CACHE_DIRECTORY;
  const home = XDG_CACHE_HOME || (HOME && path.join(HOME, '.cache'));
  return path.join(home || path.join(tmpdir(), `moongate-${process.getuid?.() ?? 'cache'}`), 'moongate');
}

/** The program of the npm package `node`, if it is installed in a folder above. */
function nodeAbove(folder) {
  const binary = path.join(folder, 'node_modules/node/bin/node');
  if (existsSync(binary)) return binary;
  return path.dirname(folder) === folder ? undefined : nodeAbove(path.dirname(folder));
}

// What npm test, npm run demo and CI need, fetched where it is missing. It must run on Node 20 with no package installed:
// plain JavaScript, nothing imported but Node's own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(import.meta.dirname ?? path.dirname(fileURLToPath(import.meta.url)), '../..');
const NODE = 24;
const POLICY = '/usr/sbin/policy-rc.d';

/** Programs from Debian: the packages, and a file that is there once they are installed. */
const programs = {
  prosody: {
    packages: ['prosody', 'prosody-modules', 'lua-dbi-sqlite3'],
    proof: ['/usr/bin/prosody', '/usr/lib/prosody/modules/mod_privilege', '/usr/share/lua/5.4/DBI.lua'],
  },
  ejabberd: {
    packages: ['ejabberd', 'erlang-p1-sqlite3'],
    // Where the library itself lies depends on its version; the tests of torture store with it.
    proof: ['/usr/sbin/ejabberdctl', '/usr/bin/erl', '/var/lib/dpkg/info/erlang-p1-sqlite3.list'],
  },
  chromium: { packages: ['chromium', 'fonts-noto-core'], proof: ['/usr/bin/chromium'] },
  ngircd: { packages: ['ngircd'], proof: ['/usr/sbin/ngircd'] },
  inspircd: { packages: ['inspircd'], proof: ['/usr/sbin/inspircd'] },
  slixmpp: { packages: ['python3-slixmpp'], proof: ['/usr/lib/python3/dist-packages/slixmpp/__init__.py'] },
};

const say = (line) => process.stderr.write(`setup: ${line}\n`);

/**
 * Sees that node_modules is complete and that the named programs are installed, as far as this machine allows.
 * @param {readonly ('node' | keyof typeof programs)[]} names
 * @returns {string[]} what is still missing; what to do about it has been said
 */
export function ensure(names) {
  if (names.includes('node')) ensurePackages();
  const missing = () =>
    names.filter((name) => name !== 'node' && !programs[name].proof.every((file) => existsSync(file)));
  const wanted = missing();
  if (wanted.length === 0) return [];
  const packages = wanted.flatMap((name) => programs[name].packages);
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(packages);
  const left = missing();
  if (left.length > 0) {
    say(`missing: ${left.join(', ')}; tests that need them are ${process.env.CI === 'true' ? 'failed' : 'skipped'}`);
    say(`to install them: sudo apt-get install ${left.flatMap((name) => programs[name].packages).join(' ')}`);
  }
  return left;
}

/** Goes on under Node 24: at once where this is one, else in a process of its own, and then this one ends with it. */
export async function underNode24(url) {
  if (Number(process.versions.node.split('.')[0]) >= NODE) return;
  const binary = path.join(root, 'node_modules/.bin/node');
  const child = spawn(binary, [fileURLToPath(url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.on('exit', (status, signal) => resolve(signal === null ? status : 1));
    child.on('error', (error) => {
      say(`cannot start Node ${NODE} at ${binary}: ${error.message}`);
      resolve(1);
    });
  });
  process.exit(code);
}

function ensurePackages() {
  const reason = stale();
  if (reason === undefined) return;
  say(`npm ci (${reason})`);
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) fail('npm ci failed; see above');
  const still = stale();
  if (still !== undefined) fail(`npm ci left something out: ${still}`);
}

/** Why node_modules does not hold what package-lock.json says, or undefined. */
function stale() {
  const wanted = lockedPackages(path.join(root, 'package-lock.json'));
  if (!existsSync(path.join(root, 'node_modules/.package-lock.json'))) return 'node_modules is missing';
  const have = lockedPackages(path.join(root, 'node_modules/.package-lock.json'));
  for (const [name, { version, optional, peer, link }] of Object.entries(wanted)) {
    // A folder within a package may stand in the lock file, without a version.
    if (!name.startsWith('node_modules/') || optional || peer || link || version === undefined) continue;
    if (have[name]?.version !== version) return `${name} should be ${version}`;
  }
  // npm may have been told to run no install scripts, and then the package is there without its program.
  return existsSync(path.join(root, 'node_modules/.bin/node')) ? undefined : `Node ${NODE} is missing`;
}

const lockedPackages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Debian starts services when they are installed; a policy, for as long as it takes, says not to. */
function install(packages) {
  say(`apt-get install ${packages.join(' ')}`);
  const ours = !existsSync(POLICY);
  const lift = () => {
    if (ours) rmSync(POLICY, { force: true });
  };
  const stop = () => {
    lift();
    process.exit(1);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (args) => spawnSync('apt-get', ['-q', ...args], { env, stdio: ['ignore', 2, 2] }).status === 0;
    const asked = ['install', '-y', '--no-install-recommends', ...packages];
    if (!apt(asked)) apt(['update']) && apt(asked);
  } finally {
    lift();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function fail(line) {
  say(line);
  process.exit(1);
}

// `node test/setup/setup.mjs NAME...` prepares and does nothing else.
if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const all = ['node', ...Object.keys(programs)];
  const unknown = process.argv.slice(2).filter((name) => !all.includes(name));
  if (unknown.length > 0) fail(`unknown: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  const left = ensure(process.argv.length > 2 ? process.argv.slice(2) : all);
  if (left.length > 0 && process.env.CI === 'true') process.exitCode = 1;
}

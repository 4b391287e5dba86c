// An author begins: with nothing but the packed Moongate, in an empty folder, he has an adapter of his own that passes the
// contract's suite, compiles, packs, and is found by Moongate where an operator installs it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { command, install, packCore } from './install.ts';

let folder = '';
let site = '';
let tarball = '';
let node = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moongate-author-'));
  site = path.join(folder, 'site');
  await mkdir(site);
  await writeFile(path.join(site, 'package.json'), '{ "private": true }\n');
  ({ tarball, node } = await packCore(folder));
  await install(site, [tarball, node]);
});
after(() => rm(folder, { recursive: true, force: true }));

test('npx moongate new-adapter writes a package whose tests pass, that compiles, packs and is listed', async (t) => {
  const began = performance.now();
  const printed = await command('npx', ['moongate', 'new-adapter', 'heron'], site);
  const home = path.join(site, 'moongate-heron');
  const steps = [...printed.matchAll(/^ {2}(cd moongate-heron|npm install|npm test|npm run check|npm pack)\b/gm)];
  assert.equal(steps.length, 5, printed);
  const named = [...printed.matchAll(/^ {2}(\S+\.(?:ts|md))\s/gm)].map(([, file = '']) => file);
  for (const file of named) await readFile(path.join(home, file)); // it is there
  assert.doesNotMatch(await readFile(path.join(home, 'index.ts'), 'utf8'), /sparrow/i);
  assert.match(await readFile(path.join(home, '.gitignore'), 'utf8'), /node_modules/);

  await install(home, ['--save-dev', tarball]); // else it would come from the registry
  const tested = await command('npm', ['test'], home);
  assert.match(tested, /fail 0/);
  assert.match(tested, /conformance of heron/);
  await command('npm', ['run', 'check'], home);
  await command('npm', ['pack'], home);
  t.diagnostic(`from nothing to a packed adapter: ${Math.round((performance.now() - began) / 1000)} s`);

  await install(site, [path.join(home, 'moongate-heron-0.1.0.tgz')]);
  assert.match(
    await command('npx', ['moongate', 'adapters'], site),
    /^moongate-heron +moongate-heron 0\.1\.0 +Heron$/m,
  );
});

test('new-adapter refuses what is no name, and a folder that is in use', async () => {
  const refused = (...args: readonly string[]) => command('npx', ['moongate', 'new-adapter', ...args], site);
  await mkdir(path.join(site, 'moongate-used'), { recursive: true });
  await writeFile(path.join(site, 'moongate-used', 'mine'), '');
  await assert.rejects(refused('Heron!'), /no name for an adapter/);
  await assert.rejects(refused('used'), /there already, and not empty/);
  await assert.rejects(refused(), /new-adapter needs one NAME/);
});

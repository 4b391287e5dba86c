// `moongate new-adapter NAME`: a package with an adapter that works, its tests and a network to test against, from template/.
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { version } from '../version.ts';

const template = path.join(import.meta.dirname, '../../template');
/** The name in the template, in both forms in which it stands there. */
const [word, title] = ['sparrow', 'Sparrow'] as const;

/** Writes `moongate-NAME` below `folder` and answers what to do next. Rejects with words for whoever typed the name. */
export async function newAdapter(name: string, folder: string): Promise<string> {
  if (!/^[a-z][a-z0-9-]{0,50}$/.test(name)) {
    throw new Error(`${name} is no name for an adapter: small letters, digits and hyphens, a letter first`);
  }
  const home = path.join(folder, `moongate-${name}`);
  await mkdir(home, { recursive: true });
  if ((await readdir(home)).length > 0) throw new Error(`${home} is there already, and not empty`);
  await cp(template, home, { recursive: true });
  await rename(path.join(home, 'gitignore'), path.join(home, '.gitignore')); // a package cannot hold it by this name
  for (const file of await readdir(home, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) await rewrite(path.join(file.parentPath, file.name), name);
  }
  return nextSteps(home, path.relative(folder, home));
}

const nextSteps = (home: string, from: string): string => `${home} holds an adapter that works, with its tests:
  cd ${from}
  npm install       with a Moongate packed from its clone: npm install --save-dev ../moongate-${version()}.tgz
  npm test          runs the conformance suite against the little network in test/network.ts
  npm run check     compiles, and writes nothing
then make it yours:
  test/network.ts   put your network, or a small fake of it, in its place
  test/conformance.test.ts
                    says how somebody there writes, what he sees, and how the network fails
  index.ts          the adapter; node_modules/moongate/docs/adapter.md builds one step by step
and when it passes:
  npm pack          compiles to dist/ and packs it
  README.md         tells operators how to install it and what to put in moongate.toml
`;

async function rewrite(file: string, name: string): Promise<void> {
  const named = (await readFile(file, 'utf8'))
    .replaceAll(title, name.charAt(0).toUpperCase() + name.slice(1))
    .replaceAll(word, name)
    .replaceAll('"moongate": "^0.1.0"', `"moongate": "^${version()}"`);
  await writeFile(file, named);
}

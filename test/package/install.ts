// Builds, packs and installs what is published, in a folder outside the clone, as an operator and an author would.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const repository = path.join(import.meta.dirname, '../..');

/** The environment of somebody who has no clone: nothing of ours in the path. */
export const outside: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|INIT_CWD)/.test(name))),
  PATH: (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((each) => !each.includes('node_modules'))
    .join(path.delimiter),
};

/** Installs moongate, both adapters and Node 24 into `folder/site`, and answers that folder. */
export async function installPackages(folder: string): Promise<string> {
  const dist = path.join(folder, 'dist');
  const site = path.join(folder, 'site');
  await mkdir(site);
  await writeFile(path.join(site, 'package.json'), '{ "private": true }\n');
  await command(process.execPath, [path.join(repository, 'test/setup/build.ts'), dist], repository);
  const built = ['moongate', 'adapters/telegram', 'adapters/loopback'].map((each) => path.join(dist, each));
  const tarballs: string[] = [];
  for (const each of built) tarballs.push(await pack(each, folder));
  await install(site, [...tarballs, `node@${await nodeVersion()}`]);
  await install(site, [await pack(await buildParrot(folder, site), folder)]);
  return site;
}

/** Builds and packs Moongate alone into `folder`; also which Node goes with it. */
export async function packCore(folder: string): Promise<{ readonly tarball: string; readonly node: string }> {
  const dist = path.join(folder, 'dist');
  await command(process.execPath, [path.join(repository, 'test/setup/build.ts'), dist], repository);
  return { tarball: await pack(path.join(dist, 'moongate'), folder), node: `node@${await nodeVersion()}` };
}

/** Runs a program and answers what it printed; rejects with all of it where the program fails. */
export function command(file: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { cwd, env: outside, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}

/** The author's part: his TypeScript against the types that we publish. */
async function buildParrot(folder: string, site: string): Promise<string> {
  const author = path.join(folder, 'parrot');
  await cp(path.join(import.meta.dirname, 'parrot'), author, { recursive: true });
  await cp(path.join(site, 'node_modules'), path.join(author, 'node_modules'), { recursive: true });
  const options = {
    ...{
      target: 'es2024',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
    },
    ...{ types: ['node'], typeRoots: [path.join(repository, 'node_modules/@types')] },
  };
  await writeFile(
    path.join(author, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['index.ts'] }),
  );
  await command(process.execPath, [path.join(repository, 'node_modules/typescript/bin/tsc'), '-p', author], author);
  return author;
}

async function pack(from: string, to: string): Promise<string> {
  const packed = JSON.parse(await command('npm', ['pack', '--json', '--pack-destination', to], from)) as {
    filename: string;
  }[];
  return path.join(to, packed[0]?.filename ?? '');
}

/** Installs packages into a folder. */
export async function install(site: string, wanted: readonly string[]): Promise<void> {
  await command('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...wanted], site);
}

async function nodeVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8')) as {
    devDependencies: { node: string };
  };
  return manifest.devDependencies.node;
}

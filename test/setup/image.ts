// npm run build:image: installs what `npm run build` wrote, as an operator would, into dist/image, and makes the empty
// folder for the state. The Dockerfile copies both.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const dist = path.join(import.meta.dirname, '../../dist');
const image = path.join(dist, 'image');

rmSync(image, { recursive: true, force: true });
mkdirSync(image, { recursive: true });
mkdirSync(path.join(dist, 'state'), { recursive: true });
writeFileSync(path.join(image, 'package.json'), '{ "private": true }\n');

const tarballs = ['moongate', ...globSync('adapters/*', { cwd: dist })].map((folder) => {
  const { stdout } = npm(['pack', '--json', '--pack-destination', image], path.join(dist, folder), 'pipe');
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack made nothing of ${folder}`);
  return path.join(image, packed.filename);
});
npm(['install', '--omit=dev', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], image, 'inherit');
for (const tarball of tarballs) rmSync(tarball);

function npm(args: readonly string[], cwd: string, stdout: 'pipe' | 'inherit'): { readonly stdout: string } {
  const done = spawnSync('npm', args, { cwd, stdio: ['ignore', stdout, 'inherit'], encoding: 'utf8' });
  if (done.status !== 0) process.exit(done.status ?? 1);
  return done;
}

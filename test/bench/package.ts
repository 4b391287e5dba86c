// The built package as it would be installed: what the bench measures is what people run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A folder in which the packages were built and can find what they depend on. */
export interface Built extends Disposable {
  /** The command to start the gateway with. */
  readonly command: string;
}

/** Builds the packages into a folder of their own; their dependencies are those of the clone. */
export function build(): Built {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-built-'));
  const dist = join(folder, 'dist');
  execFileSync(process.execPath, [join(root, 'test/setup/build.ts'), dist], { stdio: 'inherit' });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@moongate'), { recursive: true });
  // Not the links of the workspaces: they lead to the sources.
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== 'moongate' && name !== '@moongate') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  symlinkSync(join(dist, 'moongate'), join(modules, 'moongate'));
  for (const name of readdirSync(join(dist, 'adapters')))
    symlinkSync(join(dist, 'adapters', name), join(modules, '@moongate', name));
  return {
    command: join(dist, 'moongate/bin/moongate.mjs'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The command of the clone, which runs its sources. */
export const fromSource = join(root, 'bin/moongate.mjs');

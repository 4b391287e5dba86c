// What the figures were taken on: no names, no paths.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

const GIB = 2 ** 30;

/** One line for each thing that figures depend on. */
export function machine(): readonly string[] {
  const [first] = cpus();
  return [
    `${cpus().length} cores, ${first?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / GIB)} GiB`,
    `load before the run (1 minute): ${(loadavg()[0] ?? 0).toFixed(1)}`,
    `${process.platform}, Node ${process.versions.node}, SQLite ${process.versions['sqlite'] ?? 'unknown'}`,
  ];
}

/** A server's name and version as the system's package has it. */
export function versionOf({ name }: { readonly name: string }): string {
  const version = execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
  return `${name} ${version}`;
}

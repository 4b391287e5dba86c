// The version of this Moongate, for those who ask.
import { readFileSync } from 'node:fs';

/** As package.json has it, which lies one folder up in the clone and in the built package alike. */
export function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

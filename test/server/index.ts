// The XMPP servers that scenarios run on: `for (const kind of servers) test(name, on(kind), ...)`.
import type { ServerKind } from './api.ts';
import { ejabberd } from './ejabberd.ts';
import { prosody } from './prosody.ts';

export * from './api.ts';
export { ejabberd, prosody };

export const servers: readonly ServerKind[] = [prosody, ejabberd];

/** Test options that skip, with the reason, where the server is missing; under `CI=true` its test fails instead. */
export function on(kind: ServerKind): { readonly skip?: string } {
  const missing = kind.missing();
  return missing === undefined || process.env['CI'] === 'true' ? {} : { skip: missing };
}

// npm test: prepares the machine, goes on under Node 24, runs every test but the benches, and prints which rule passed on
// which server. With arguments it runs just those files and asks for no rules.
import { ensure, underNode24 } from './setup/setup.mjs';

ensure(['node', 'prosody', 'ejabberd', 'chromium', 'slixmpp', 'ngircd', 'inspircd']);
await underNode24(import.meta.url);
const { runTests } = await import('./run/run.ts');
process.exitCode = (await runTests(process.argv.slice(2))) ? 0 : 1;

// The demo itself: Prosody, Moongate, the other side of Telegram, and a page with a client. Started by demo.mjs, which
// gives it a temporary folder and a process group of its own.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { prosody } from '../server/index.ts';
import { startGateway } from './gateway.ts';
import { servePage } from './page.ts';
import { startOtherSide } from './telegram.ts';
import { signUp } from './user.ts';
import { say, tell } from './words.ts';

const HOST = 'localhost';
const USER = 'luna';
const LOOPBACK = { domain: `loopback.${HOST}`, group: 'Loopback', names: ['echo', 'clock', 'flaky'] };
const TELEGRAM = { domain: `telegram.${HOST}`, group: 'Telegram' };

const { values } = parseArgs({ options: { log: { type: 'boolean', default: false } } });

/** Resolves when somebody asks the demo to end: by a signal, or by the end of the process that started it. */
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
  process.stdin.on('end', resolve).on('error', resolve).resume();
});

/** Starts everything; what has to be ended is put on `stack`. Resolves when one part has ended by itself. */
async function play(stack: AsyncDisposableStack): Promise<never> {
  const secret = (): string => randomBytes(12).toString('base64url');
  const password = secret();
  const components = { [LOOPBACK.domain]: secret(), [TELEGRAM.domain]: secret() };
  const serving = prosody.start({ hosts: [HOST], users: [], components, http: true, archive: 'disk' });
  const playing = startOtherSide(process.env);
  const [server, other] = await Promise.all([keep(stack, serving), keep(stack, playing)]);
  await server.addUser(`${USER}@${HOST}`, password);
  const gateway = stack.use(await startGateway({ server, apiRoot: other.apiRoot, verbose: values.log }));
  await gateway.online();
  const telegram = { ...TELEGRAM, names: other.people.map(({ id }) => id), answers: { token: other.token } };
  await signUp(server, { user: USER, password }, [{ ...LOOPBACK, answers: {} }, telegram]);
  const jid = `${USER}@${HOST}`;
  const first = other.people[0] ?? { id: undefined };
  const open = first.id === undefined ? `echo@${LOOPBACK.domain}` : `${first.id}@${TELEGRAM.domain}`;
  const login = { jid, password, open, rooms: LOOPBACK.domain };
  const page = stack.use(await servePage({ xmpp: server.httpPort, login }));
  tell({ page: page.url, jid, password, port: server.clientPort, other, domains: [TELEGRAM.domain, LOOPBACK.domain] });
  return Promise.race([gateway.ended, other.ended]);
}

/** Puts what is being started on the stack as soon as it is there, also where something beside it fails. */
async function keep<T extends AsyncDisposable>(stack: AsyncDisposableStack, starting: Promise<T>): Promise<T> {
  return stack.use(await starting);
}

let failed = false;
const stack = new AsyncDisposableStack();
try {
  await Promise.race([asked, play(stack)]);
  say('');
  say('ending');
} catch (error) {
  failed = true;
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
}
await stack.disposeAsync();
await rm(tmpdir(), { recursive: true, force: true, maxRetries: 5 });
process.exit(failed ? 1 : 0);

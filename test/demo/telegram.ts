// The other side of the telegram transport: our fake server with people who answer, or Telegram itself with a bot of yours.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DemoCast } from '../fake/telegram/demo.ts';

const FAKE = fileURLToPath(new URL('../fake/telegram/main.ts', import.meta.url));

export interface OtherSide extends AsyncDisposable {
  /** Undefined: Telegram itself. */
  readonly apiRoot: string | undefined;
  readonly token: string;
  /** The bot's. */
  readonly username: string;
  /** Contacts who are there from the start. */
  readonly people: readonly { readonly id: string; readonly name: string }[];
  /** Rejects when it ends although nobody asked it to. */
  readonly ended: Promise<never>;
}

/**
 * With TELEGRAM_BOT_TOKEN set it is Telegram, or the Bot API server that TELEGRAM_API_ROOT names; else the fake. Rejects
 * with words for whoever set them.
 */
export async function startOtherSide(env: NodeJS.ProcessEnv): Promise<OtherSide> {
  const token = env['TELEGRAM_BOT_TOKEN'] ?? '';
  return token === '' ? startFake() : realBot(token, env['TELEGRAM_API_ROOT']);
}

async function realBot(token: string, apiRoot: string | undefined): Promise<OtherSide> {
  const root = apiRoot ?? 'https://api.telegram.org';
  const answer = await fetch(`${root}/bot${token}/getMe`).catch(() => undefined);
  if (answer === undefined) throw new Error(`TELEGRAM_BOT_TOKEN is set, but ${root} cannot be reached`);
  if (!answer.ok) throw new Error(`TELEGRAM_BOT_TOKEN is set, but ${root} does not know this token`);
  const { result } = (await answer.json()) as { result: { username: string } };
  return {
    apiRoot,
    token,
    username: result.username,
    people: [],
    ended: new Promise(() => undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function startFake(): Promise<OtherSide> {
  const child = spawn(process.execPath, [FAKE, '--demo', '--with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = gone.then(() => {
    throw new Error('the fake Telegram server ended');
  });
  // In the end it is asked to, and then nobody waits for this.
  ended.catch(() => undefined);
  const first = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const { api, demo } = JSON.parse(await Promise.race([first, ended])) as { api: string; demo: DemoCast };
  return {
    apiRoot: api,
    token: demo.token,
    username: demo.username,
    people: demo.users.map(({ id, first_name }) => ({ id: String(id), name: first_name })),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

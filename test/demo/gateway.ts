// Moongate as an operator runs it: a config file, a key file, and the command.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { XmppServer } from '../server/api.ts';
import { freePorts } from '../server/ports.ts';

const COMMAND = fileURLToPath(new URL('../../bin/moongate.mjs', import.meta.url));
const ONLINE_WITHIN_MS = 15_000;
const LOOK_AGAIN_MS = 50;
const END_WITHIN_MS = 11_000;
/** So much of the log is shown when it ends where it should not. */
const LAST_WORDS = 2_000;

export interface GatewayOptions {
  readonly server: XmppServer;
  /** Where the Bot API is; undefined: at Telegram. */
  readonly apiRoot: string | undefined;
  /** Prints the log. */
  readonly verbose: boolean;
}

export interface DemoGateway extends AsyncDisposable {
  /** Resolves when both transports are online. */
  online(): Promise<void>;
  /** Rejects when the process ends although nobody asked it to. */
  readonly ended: Promise<never>;
}

/** Starts `moongate run` in a folder of its own, with the server's components as transports. */
export async function startGateway({ server, apiRoot, verbose }: GatewayOptions): Promise<DemoGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'moongate-run-'));
  const [web = 0] = await freePorts(1);
  const file = path.join(folder, 'moongate.toml');
  await writeFile(file, configuration(server, web, apiRoot), { mode: 0o600 });
  await promisify(execFile)(process.execPath, [COMMAND, 'key', path.join(folder, 'vault.key')]);
  const child = spawn(process.execPath, [COMMAND, 'run', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = end(child, verbose);
  return {
    ended,
    online: () => Promise.race([ended, ready(`http://127.0.0.1:${web}/healthz`)]),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

function configuration(server: XmppServer, web: number, apiRoot: string | undefined): string {
  const transports = Object.entries(server.components).flatMap(([domain, secret]) => {
    const [adapter = ''] = domain.split('.');
    const lines = [`[transport."${domain}"]`, `adapter = "${adapter}"`, `secret = "${secret}"`];
    if (adapter === 'telegram' && apiRoot !== undefined)
      lines.push(`[transport."${domain}".telegram]`, `api_root = "${apiRoot}"`);
    return lines;
  });
  return [
    '[xmpp]',
    `server = "127.0.0.1:${server.componentPort}"`,
    '[store]',
    'path = "moongate.db"',
    'key = { file = "vault.key" }',
    '[web]',
    `listen = "127.0.0.1:${web}"`,
    ...transports,
    '',
  ].join('\n');
}

function end(child: ChildProcess, verbose: boolean): Promise<never> {
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-LAST_WORDS);
    if (verbose) process.stderr.write(chunk);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Error(`Moongate did not start: ${error.message}`)));
    child.once('close', (code, signal) => reject(new Error(`Moongate ended (${code ?? signal}):\n${said}`)));
  });
  // In the end it is asked to, and then nobody waits for this.
  ended.catch(() => undefined);
  return ended;
}

async function ready(health: string): Promise<void> {
  const until = performance.now() + ONLINE_WITHIN_MS;
  let reason = 'it does not listen';
  while (performance.now() < until) {
    const answer = await fetch(health).catch(() => undefined);
    if (answer?.ok === true) return;
    if (answer !== undefined) reason = await answer.text();
    await pause(LOOK_AGAIN_MS);
  }
  throw new Error(`Moongate is not online after ${ONLINE_WITHIN_MS / 1_000} s: ${reason}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

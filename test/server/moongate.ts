// The gateway as a process of its own, in a folder of its own: started from a config file as an operator would, killed,
// started again on the same database. With MOONGATE_TEST_LINK=serial everything between its halves travels as text.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKeyFile } from '../../src/store/vault.ts';
import type { XmppServer } from './api.ts';
import { Daemon } from './daemon.ts';
import { freePorts } from './ports.ts';

const COMMAND = fileURLToPath(new URL('../../bin/moongate.mjs', import.meta.url));
const SERIAL = fileURLToPath(new URL('./serial-main.ts', import.meta.url));

export interface MoongateOptions {
  readonly server: XmppServer;
  /** Adapter by component domain; the adapter's own table may be given with it. Default: loopback on every component. */
  readonly transports?: Readonly<Record<string, TransportOptions>>;
  /** Component port to use instead of the server's own: a proxy's. */
  readonly port?: number;
  /** Who may register. Default: the server's main host. */
  readonly allow?: readonly string[];
  /** Operators, by their bare JIDs. Default: none. */
  readonly admins?: readonly string[];
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
  readonly logContent?: boolean;
  /** The database file. Default: in the gateway's own folder. */
  readonly database?: string;
  /** Adapters of others: folder by package name, installed beside the config file. */
  readonly packages?: Readonly<Record<string, string>>;
}
export interface TransportOptions {
  readonly adapter: string;
  /** What JSON and TOML write alike, and tables. */
  readonly options?: Readonly<Record<string, string | number | boolean | readonly string[] | object>>;
  readonly onUncertain?: 'resend' | 'tell';
}

export class Moongate implements AsyncDisposable {
  readonly folder: string;
  readonly healthPort: number;
  readonly #daemon: Daemon;
  readonly #domains: readonly string[];

  private constructor(daemon: Daemon, healthPort: number, domains: readonly string[]) {
    this.#daemon = daemon;
    this.folder = daemon.folder;
    this.healthPort = healthPort;
    this.#domains = domains;
  }

  /** Writes config and key, starts the gateway and resolves when all its transports are online. */
  static async start(options: MoongateOptions): Promise<Moongate> {
    const { server } = options;
    const transports =
      options.transports ??
      Object.fromEntries(Object.keys(server.components).map((domain) => [domain, { adapter: 'loopback' }]));
    const daemon = new Daemon('gateway');
    const [healthPort = 0] = await freePorts(1);
    await createKeyFile(join(daemon.folder, 'vault.key'));
    writeFileSync(join(daemon.folder, 'moongate.toml'), toml(options, transports, healthPort), { mode: 0o600 });
    for (const [name, folder] of Object.entries(options.packages ?? {})) {
      mkdirSync(join(daemon.folder, 'node_modules'), { recursive: true });
      symlinkSync(folder, join(daemon.folder, 'node_modules', name));
    }
    const gateway = new Moongate(daemon, healthPort, Object.keys(transports));
    await gateway.#run();
    return gateway;
  }

  get databasePath(): string {
    return join(this.folder, 'moongate.db');
  }

  /** Everything it has logged, as text. */
  log(): string {
    return this.#daemon.log();
  }

  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void> {
    return this.#daemon.end('SIGKILL');
  }
  /** SIGTERM; resolves when the process is gone. */
  shutdown(): Promise<void> {
    return this.#daemon.end('SIGTERM');
  }
  /** Starts again after `kill` or `shutdown`, on the same database; resolves when all transports are online. */
  async restart(): Promise<void> {
    await this.#run();
  }
  /** Ends it and removes its folder. */
  stop(): Promise<void> {
    return this.#daemon.remove();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What health answers now: its status and its reasons. */
  async health(): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.healthPort}/healthz`);
    return { status: response.status, body: await response.text() };
  }

  async #run(): Promise<void> {
    await this.#daemon.start({
      file: process.execPath,
      args: [
        process.env['MOONGATE_TEST_LINK'] === 'serial' ? SERIAL : COMMAND,
        'run',
        '--config',
        join(this.folder, 'moongate.toml'),
      ],
      ready: this.#domains.map((domain) => `"domain":"${domain}","message":"component online"`),
    });
  }
}

function toml(
  {
    server,
    port,
    allow,
    admins = [],
    database = 'moongate.db',
    logLevel = 'info',
    logContent = false,
  }: MoongateOptions,
  transports: Readonly<Record<string, TransportOptions>>,
  healthPort: number,
): string {
  const text = (value: unknown): string => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
    const inside = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)} = ${text(one)}`);
    return `{ ${inside.join(', ')} }`;
  };
  const tables = Object.entries(transports).map(([domain, { adapter, options, onUncertain }]) =>
    [
      `[transport.${text(domain)}]`,
      `adapter = ${text(adapter)}`,
      `secret = ${text(server.components[domain] ?? '')}`,
      ...(onUncertain === undefined ? [] : [`on_uncertain = ${text(onUncertain)}`]),
      ...(options === undefined ? [] : [`[transport.${text(domain)}.${text(adapter)}]`]),
      ...Object.entries(options ?? {}).map(([key, value]) => `${key} = ${text(value)}`),
    ].join('\n'),
  );
  return `[xmpp]
server = "127.0.0.1:${port ?? server.componentPort}"
allow = ${text(allow ?? [server.host])}
admins = ${text(admins)}
[store]
path = ${text(database)}
key = { file = "vault.key" }
[log]
level = ${text(logLevel)}
content = ${text(logContent)}
[web]
listen = "127.0.0.1:${healthPort}"
${tables.join('\n')}
`;
}

// The gateway under measurement: a process of its own whose start is timed and whose CPU and memory can be read.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createKeyFile } from '../../src/store/vault.ts';
import type { XmppServer } from '../server/api.ts';
import { Daemon } from '../server/daemon.ts';
import { freePorts } from '../server/ports.ts';

/** Where the bench's users live; they may register. */
export const USERS = 'users.example.org';

export interface GatewayOptions {
  readonly server: XmppServer;
  /** What to start: the built package's command or the clone's. */
  readonly command: string;
  /** Adapters by component domain. */
  readonly transports: Readonly<Record<string, string>>;
  /** Lines of the adapter's own table, by component domain. */
  readonly tables?: Readonly<Record<string, string>>;
  /** Writes a CPU profile of each thread when it ends. */
  readonly profile?: boolean;
}

export class Gateway implements AsyncDisposable {
  readonly #options: GatewayOptions;
  readonly #daemon = new Daemon('bench');
  #health = 0;

  private constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** The file of its store. */
  get database(): string {
    return join(this.#daemon.folder, 'moongate.db');
  }

  /** Writes the config and starts. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    const [health = 0] = await freePorts(1);
    gateway.#health = health;
    const { folder } = gateway.#daemon;
    await createKeyFile(join(folder, 'vault.key'));
    writeFileSync(join(folder, 'moongate.toml'), toml(options, health), { mode: 0o600 });
    await gateway.run();
    return gateway;
  }

  get pid(): number {
    return this.#daemon.pid;
  }

  /** Starts it (again, on the same database); says how many milliseconds it took until its components were online. */
  async run(): Promise<number> {
    const { command, transports, profile } = this.#options;
    const began = performance.now();
    await this.#daemon.start({
      file: process.execPath,
      args: [
        ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${this.#daemon.folder}`, '--cpu-prof-interval=500'] : []),
        ...[command, 'run', '--config', join(this.#daemon.folder, 'moongate.toml')],
      ],
      ready: Object.keys(transports).map((domain) => `"domain":"${domain}","message":"component online"`),
    });
    return performance.now() - began;
  }

  /** Resolves when its health says that it is ready. */
  async ready(): Promise<void> {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.#health}/healthz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** SIGTERM; resolves when it is gone. */
  async shutdown(): Promise<void> {
    await this.#daemon.end('SIGTERM');
  }

  /** The profiles that it wrote when it ended, parsed. */
  profiles(): readonly unknown[] {
    const { folder } = this.#daemon;
    const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
    return files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown);
  }

  /** Lines of its log at `warn` and above. */
  complaints(): readonly string[] {
    return this.#daemon
      .log()
      .split('\n')
      .filter((line) => /"level":(?:"(?:warn|error|fatal)"|[456]0)/.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.remove();
  }
}

function toml({ server, transports, tables = {} }: GatewayOptions, health: number): string {
  const sections = Object.entries(transports).map(
    ([domain, adapter]) => `[transport."${domain}"]
adapter = "${adapter}"
secret = "${server.components[domain] ?? ''}"
${tables[domain] === undefined ? '' : `[transport."${domain}".${adapter}]\n${tables[domain]}\n`}`,
  );
  return `[xmpp]
server = "127.0.0.1:${server.componentPort}"
allow = ["${USERS}"]
[store]
path = "moongate.db"
key = { file = "vault.key" }
[web]
listen = "127.0.0.1:${health}"
${sections.join('')}`;
}

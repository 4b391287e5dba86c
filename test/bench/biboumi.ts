// biboumi as Debian packages it, in a folder of its own, with its database there or on tmpfs, without its throttle.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { XmppServer } from '../server/api.ts';
import { Daemon } from '../server/daemon.ts';

const BINARY = '/usr/bin/biboumi';
const MEMORY = '/dev/shm';
const IRC_HOST = '127.0.0.1';

/** Installs the package where it is missing and root asks; throws where it cannot. */
export function provideBiboumi(): void {
  if (existsSync(BINARY)) return;
  if (process.getuid?.() !== 0) throw new Error('biboumi is not installed (apt install biboumi)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'biboumi'], { env, stdio: 'ignore' });
}

export interface BiboumiOptions {
  readonly server: XmppServer;
  readonly domain: string;
  readonly tmpfs: boolean;
  /** Its users by bare JID, and the port of the IRC server that each is connected to. */
  readonly users: ReadonlyMap<string, number>;
}

export class Biboumi implements AsyncDisposable {
  readonly #daemon = new Daemon('biboumi');
  #memory: string | undefined;

  get pid(): number {
    return this.#daemon.pid;
  }

  static async start({ server, domain, tmpfs, users }: BiboumiOptions): Promise<Biboumi> {
    const biboumi = new Biboumi();
    if (tmpfs) biboumi.#memory = mkdtempSync(join(MEMORY, 'moongate-biboumi-'));
    const { folder } = biboumi.#daemon;
    const database = join(biboumi.#memory ?? folder, 'biboumi.sqlite');
    const settings = {
      ...{ hostname: domain, password: server.components[domain] ?? '', xmpp_server_ip: IRC_HOST },
      ...{ port: server.componentPort, db_name: database, fixed_irc_server: IRC_HOST, identd_port: 0, log_level: 1 },
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    const file = join(folder, 'biboumi.cfg');
    writeFileSync(file, lines.join(''));
    await biboumi.#daemon.start({ file: BINARY, args: [file], ready: ['Authenticated with the XMPP server'] });
    configure(database, users);
    return biboumi;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.remove();
    if (this.#memory !== undefined) rmSync(this.#memory, { recursive: true, force: true });
  }
}

/** What each user would set by form: where the server listens, in clear, and that lines are not held back. */
function configure(path: string, users: ReadonlyMap<string, number>): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const insert = database.prepare(
    `INSERT INTO ircserveroptions_ (owner_, server_, tlsports_, ports_, verifycert_, throttlelimit_)
     VALUES (?, '${IRC_HOST}', '', ?, 0, -1)`,
  );
  database.exec('BEGIN');
  for (const [user, port] of users) insert.run(user, String(port));
  database.exec('COMMIT');
  database.close();
}

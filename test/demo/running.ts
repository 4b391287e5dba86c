// A demo that runs as a process of its own, and what of it is on the machine: processes, ports, files.
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Every process of a demo has it in its environment. */
const MARK = 'MOONGATE_DEMO_MARK';
const LISTENS = '0A';

export interface DemoProcess {
  readonly pid: number;
  readonly command: string;
}

export class RunningDemo implements AsyncDisposable {
  readonly #mark = randomUUID();
  readonly #child: ChildProcess;
  #printed: readonly string[] = [];
  /** Where it makes its temporary folder. */
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'moongate-test-demo-'));
  /** Resolves with the exit code when every process that could print has ended; null after a signal. */
  readonly ended: Promise<number | null>;
  #ready: Promise<string>;

  constructor(command: string, args: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}) {
    const own = { [MARK]: this.#mark, TMPDIR: this.#folder, NODE_DISABLE_COMPILE_CACHE: '1' };
    const env = { ...process.env, PATH: systemPath(), ...own, ...more };
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.ended = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    this.#ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#printed = [...this.#printed, line];
        if (line.startsWith('ready: ')) resolve(line.slice('ready: '.length));
      });
      const early = (): void => reject(new Error(`the demo ended before it was ready:\n${complaints}`));
      this.ended.then(early, reject);
    });
    this.#ready.catch(() => undefined);
  }

  /** Resolves with the page's address. */
  ready(): Promise<string> {
    return this.#ready;
  }

  /** What it has printed so far. */
  get printed(): readonly string[] {
    return this.#printed;
  }

  /** Sends the signal to the process that was started, or to one of those that it started. */
  signal(signal: NodeJS.Signals, pid: number | undefined = this.#child.pid): void {
    if (pid !== undefined) process.kill(pid, signal);
  }

  /** Its processes that are there now. */
  processes(): DemoProcess[] {
    return pids().flatMap((pid) => {
      const environment = read(`/proc/${pid}/environ`);
      if (!environment.split('\0').includes(`${MARK}=${this.#mark}`)) return [];
      return [{ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') }];
    });
  }

  /** Addresses where its processes listen now, as HOST:PORT in hexadecimal. */
  listening(): string[] {
    const sockets = new Set(this.processes().flatMap(({ pid }) => socketsOf(pid)));
    return listeners().flatMap(({ address, inode }) => (sockets.has(inode) ? [address] : []));
  }

  /** What is in its temporary folder now. */
  files(): string[] {
    return readdirSync(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of this.processes()) process.kill(pid, 'SIGKILL');
    await this.ended.catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Every address on this machine where somebody listens, as `RunningDemo.listening` gives them. */
export function listeners(): { readonly address: string; readonly inode: string }[] {
  return ['tcp', 'tcp6'].flatMap((table) =>
    read(`/proc/net/${table}`)
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === LISTENS ? [{ address, inode }] : [];
      }),
  );
}

/** npm puts the programs of its packages first, Node 24 among them; whoever starts a demo has only what is installed. */
function systemPath(): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.filter((folder) => !/node_modules|node-gyp-bin/.test(folder)).join(path.delimiter);
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return list(folder).flatMap((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(path.join(folder, descriptor)))?.slice(1) ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const pids = (): number[] => list('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

/** Empty where the process is gone, or is not ours to look at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

// A server process in a folder of its own: started, watched for the lines that say it is ready, killed, removed.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 15_000;

/** Processes and folders still there when the test process ends, which then ends them the hard way. */
const leftOver = new Set<Daemon>();
process.once('exit', () => {
  for (const daemon of leftOver) daemon.abandon();
});

export interface DaemonCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Ready when each of these has appeared in the output. */
  readonly ready: readonly string[];
}

export class Daemon {
  readonly folder: string;
  #child: ChildProcess | undefined;
  #output = '';
  #runFrom = 0;
  #onOutput: (() => void) | undefined;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `moongate-${name}-`));
    leftOver.add(this);
  }

  /** Of the process that was started last; 0 before the first. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  log(): string {
    return this.#output;
  }

  /** Starts the command and resolves when it is ready; rejects with its output when it ends before. */
  async start(command: DaemonCommand): Promise<void> {
    this.#runFrom = this.#output.length;
    const child = spawn(command.file, command.args, {
      cwd: this.folder,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const collect = (chunk: Buffer): void => {
      this.#output += chunk.toString();
      this.#onOutput?.();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    await this.#readiness(child, command);
  }

  #readiness(child: ChildProcess, command: DaemonCommand): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (failure?: string): void => {
        clearTimeout(timer);
        this.#onOutput = undefined;
        if (failure === undefined) resolve();
        else reject(new Error(`${command.file} ${failure}:\n${this.#output.slice(this.#runFrom)}`));
      };
      const timer = setTimeout(() => end('was not ready in time'), READY_WITHIN_MS);
      child.once('error', (error) => end(`did not start (${error.message})`));
      child.once('exit', (code, signal) => end(`ended with ${code ?? signal} before it was ready`));
      this.#onOutput = () => {
        const output = this.#output.slice(this.#runFrom);
        if (command.ready.every((line) => output.includes(line))) end();
      };
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Sends the signal and resolves when the process is gone; one that ignores it is killed in the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    await gone;
    clearTimeout(timer);
    // A grandchild that outlives the server for a moment must not keep the test process by these.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    leftOver.delete(this);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** For the end of the test process, where nothing can be waited for. */
  abandon(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

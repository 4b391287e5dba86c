// Runs the stock library in a process of its own against a fake server, and reports what it saw.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Watch } from './until.ts';

interface Sight {
  readonly online?: boolean;
  readonly error?: string;
  readonly body?: string;
  readonly length?: number;
  readonly backlog?: number;
  readonly writes?: number;
}

export class Stock implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #watch = new Watch();
  readonly seen: Sight[] = [];
  exited = false;

  constructor(port: number, behaviour = 'plain') {
    const script = fileURLToPath(new URL('stock-component.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, String(port), behaviour], { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.seen.push(JSON.parse(line) as Sight);
      this.#watch.notify();
    });
    child.once('exit', () => {
      this.exited = true;
      this.#watch.notify();
    });
    this.#child = child;
  }

  until<T>(what: string, probe: () => T | undefined | false, ms?: number): Promise<T> {
    return this.#watch.until(
      `${what} in the stock library; it saw ${JSON.stringify(this.seen).slice(-500)}`,
      probe,
      ms,
    );
  }

  /** Resolves when it has seen a message whose body begins so. */
  body(text: string, ms?: number): Promise<boolean> {
    return this.until(`message ${text}`, () => this.seen.some(({ body }) => body?.startsWith(text)), ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exited) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

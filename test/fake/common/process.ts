// A fake as a process of its own: how it runs there, and how a test starts it and kills it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const END_WITHIN_MS = 5_000;

/** A child process that has printed its first line. */
export interface SpawnedProcess {
  pid: number;
  /** Ends it in good order. */
  close(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts `main` under the same Node, with `--with-parent`; rejects if it ends before it prints a line of JSON. */
export async function spawnFake<Line>(main: string, args: readonly string[]): Promise<[Line, SpawnedProcess]> {
  const child = spawn(process.execPath, [main, '--with-parent', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), exited.then(() => undefined)]);
  if (!first) throw new Error(`${main} ended with ${child.exitCode ?? child.signalCode}`);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    // One that does not come to its end must not keep a test.
    const patience = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    await exited;
    clearTimeout(patience);
  };
  const line = JSON.parse(String(first[0])) as Line;
  return [line, { pid: child.pid ?? 0, close: () => end('SIGTERM'), kill: () => end('SIGKILL') }];
}

/**
 * Prints the line that says where the fake listens, and ends the process on SIGTERM or SIGINT. With a parent it ends when
 * standard input does, so that a parent that is killed leaves nothing behind.
 */
export function runFake(line: object, close: () => Promise<void>, withParent: boolean): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const end = (): void => void close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  if (withParent) process.stdin.once('end', end).resume();
}

// Runs one test file in a process group of its own, and sees that it ends: Node's own runner waits for ever for a file that
// does not, or that has left a process behind which still holds its output.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LEAVING, type FileEvent } from './events.ts';

/** What became of a test file. */
export interface Played {
  readonly file: string;
  readonly events: readonly FileEvent[];
  /** What it printed, without the counts. */
  readonly output: string;
  readonly seconds: number;
  /** What is wrong with the file beside its tests. */
  readonly fault?: string;
}

/** Node 24, leaving, now and then waits for ever for handles that are long closed (Environment::CleanupHandles). */
const LEAVING_MS = 5_000;
const LOOK_MS = 500;
/** What the reporter says of a file at its end; the run adds it up. */
const COUNTS = /^\u2139 (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) .*\n/gm;

const running = new Set<number>();

/** Ends all files that are being played. */
export function endAll(): void {
  for (const group of running) end(group);
}

/** Plays a file; after `limitMs` it is ended, and with it all that it has started. Never rejects for what the file does. */
export async function playFile(file: string, limitMs: number): Promise<Played> {
  const folder = await mkdtemp(path.join(tmpdir(), 'moongate-test-'));
  const told = path.join(folder, 'events');
  const printed = path.join(folder, 'output');
  const leaving = path.join(folder, 'leaving');
  const out = openSync(printed, 'w');
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${path.join(import.meta.dirname, 'events.ts')}`, `--test-reporter-destination=${told}`],
  ];
  const began = performance.now();
  try {
    // Set where the run itself is a test; a file under it would tell its parent and not its reporters.
    const { NODE_TEST_CONTEXT: _, ...others } = process.env;
    const env = { ...others, [LEAVING]: leaving };
    const child = spawn(process.execPath, [...reporters, file], { stdio: ['ignore', out, out], detached: true, env });
    const how = await ended(child, limitMs, leaving);
    const events = readEvents(told);
    const output = readFileSync(printed, 'utf8').replace(COUNTS, '');
    const fault = how ?? unfinished(events);
    const seconds = (performance.now() - began) / 1_000;
    return { file, events, output, seconds, ...(fault === undefined ? {} : { fault: fault + atWork(events) }) };
  } finally {
    closeSync(out);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves when the process is gone and all that it started; with what is wrong with its end. */
function ended(child: ReturnType<typeof spawn>, limitMs: number, leaving: string): Promise<string | undefined> {
  const group = child.pid;
  if (group !== undefined) running.add(group);
  return new Promise((resolve) => {
    let late = false;
    let left = 0;
    const look = setInterval(() => {
      if (group === undefined || !existsSync(leaving)) return;
      left += LOOK_MS;
      if (left >= LEAVING_MS) end(group);
    }, LOOK_MS);
    const limit = setTimeout(() => {
      late = true;
      if (group !== undefined) end(group);
    }, limitMs);
    const over = (fault: string | undefined): void => {
      clearTimeout(limit);
      clearInterval(look);
      if (group !== undefined) {
        end(group);
        running.delete(group);
      }
      resolve(late ? `did not end within ${limitMs / 1_000} s and was killed` : fault);
    };
    child.once('error', (error) => over(`could not be started: ${error.message}`));
    child.once('exit', (_code, signal) =>
      over(signal === null || left >= LEAVING_MS ? undefined : `ended by ${signal}`),
    );
  });
}

function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readEvents(file: string): readonly FileEvent[] {
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
  // A process that was killed may leave half a line.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as FileEvent);
}

const unfinished = (events: readonly FileEvent[]): string | undefined =>
  events.some(({ type }) => type === 'counts') ? undefined : 'ended before its tests did';

/** The tests that had begun and not ended. */
function atWork(events: readonly FileEvent[]): string {
  const open: string[] = [];
  for (const event of events) {
    if (event.type === 'begin') open.push(event.name);
    else if (event.type === 'end') open.splice(open.lastIndexOf(event.name), 1);
  }
  return open.length === 0 ? '' : `; at work: ${open.join(' > ')}`;
}

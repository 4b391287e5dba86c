// The journal of a fake: one line for each step, a JSON array of changes, written before anybody is answered. A SIGKILL
// may tear the last line; nobody was answered for that one, so it is cut off when the journal is opened again.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** Where the steps of a world are kept. */
export interface Journal<Change> {
  /** Writes one step; when it returns, the step survives the process. */
  append(step: readonly Change[]): void;
  close(): void;
}

/** Opens the journal in `file`, hands its whole steps to `replay`, and appends to it. Without a file nothing is kept. */
export function openJournal<Change>(file: string | undefined, replay: (step: Change[]) => void): Journal<Change> {
  if (file === undefined) return { append: () => undefined, close: () => undefined };
  const fd = openSync(file, 'a+');
  const bytes = readFileSync(fd);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) ftruncateSync(fd, end);
  for (const line of bytes.toString('utf8', 0, end).split('\n')) {
    if (line !== '') replay(JSON.parse(line) as Change[]);
  }
  return {
    append(step) {
      writeWhole(fd, Buffer.from(`${JSON.stringify(step)}\n`));
    },
    close: () => closeSync(fd),
  };
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

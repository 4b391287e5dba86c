// What a process has used, from /proc: Linux only, as the bench is.
import { readFileSync, readdirSync } from 'node:fs';

/** Microseconds of one tick of utime and stime; the kernel's USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;

/** CPU used so far in microseconds, user and system, by all threads together. */
export function cpuOf(pid: number): number {
  // The second field is the command's name, in parentheses, and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** CPU used so far in microseconds by each thread that lives, by its number. */
export function threadsOf(pid: number): ReadonlyMap<number, number> {
  const used = new Map<number, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    used.set(Number(thread), Number(nanoseconds) / 1_000);
  }
  return used;
}

/** Resident memory in bytes. */
export function residentOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

/** Resolves when the process has used next to no CPU for a second. */
export async function idle(pid: number, longestMs = 180_000): Promise<void> {
  const end = Date.now() + longestMs;
  for (let before = cpuOf(pid), calm = 0; calm < 4;) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const now = cpuOf(pid);
    calm = now - before <= TICK_US ? calm + 1 : 0;
    before = now;
    if (Date.now() > end) throw new Error('the process does not come to rest');
  }
}

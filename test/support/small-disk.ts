// A file system so small that it can be filled.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Mounts a small file system of its own; undefined where that is not allowed. */
export async function smallDisk(t: TestContext): Promise<string | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'moongate-disk-'));
  t.after(async () => {
    spawnSync('umount', ['-l', path]);
    await rmdir(path);
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path]);
  if (mounted.status !== 0) {
    t.skip('only root may mount a small disk');
    return undefined;
  }
  return path;
}

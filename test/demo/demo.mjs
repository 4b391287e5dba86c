// npm run demo: prepares the machine, then runs the demo under Node 24 and sees that nothing of it stays behind, however
// it ends. It must run on Node 20 with no package installed: plain JavaScript, nothing imported but Node's own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensure, root } from '../setup/setup.mjs';

const END_WITHIN_MS = 15_000;
const PARENT_WATCH_MS = 500;
const KILLED_WITHIN_MS = 3_000;
const LOOK_AGAIN_MS = 20;

const parent = process.ppid;
if (ensure(['node', 'prosody']).length > 0) {
  console.error('demo: it needs Prosody and cannot install it here: install it as above, and start again');
  process.exit(1);
}

const node =
  Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : path.join(root, 'node_modules/.bin/node');
// From here on a signal ends it in order.
let ending = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
setInterval(() => process.ppid !== parent && end(), PARENT_WATCH_MS).unref();

const folder = mkdtempSync(path.join(tmpdir(), 'moongate-demo-'));
// A group of its own: Ctrl-C reaches only this process, so that the demo can end in order, and whatever does not end can
// be ended as a group. Its standard input ends with this process, which tells it to end even where this one was killed.
const child = spawn(node, [path.join(root, 'test/demo/main.ts'), ...process.argv.slice(2)], {
  detached: true,
  stdio: ['pipe', 'inherit', 'inherit'],
  env: { ...process.env, TMPDIR: folder },
});
child.stdin.on('error', () => undefined);
child.on('error', (error) => void finish(1, `cannot start ${node}: ${error.message}`));
child.on('exit', (code, signal) => void finish(code ?? 1, signal === null ? undefined : `ended by ${signal}`));

function end() {
  if (ending) return;
  ending = true;
  child.stdin.end();
  setTimeout(endGroup, END_WITHIN_MS).unref();
}

async function finish(code, complaint) {
  if (complaint !== undefined) console.error(`demo: ${complaint}`);
  // What was killed is gone a moment later; until then it could still write into the folder.
  const until = performance.now() + KILLED_WITHIN_MS;
  while (endGroup() && performance.now() < until) await pause(LOOK_AGAIN_MS);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

/** Kills what is left of the demo. False when nobody is. */
function endGroup() {
  try {
    if (child.pid === undefined) return false;
    return process.kill(-child.pid, 'SIGKILL');
  } catch {
    return false;
  }
}

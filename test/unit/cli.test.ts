import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { runGateway, type Running, type Surroundings } from '../../src/cli/run.ts';
import { systemClock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { main } from '../../src/main.ts';

const repository = path.join(import.meta.dirname, '../..');
const entry = path.join(repository, 'bin/moongate.mjs');

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const code = await main(args, { stdout, stderr, env: {} });
  return { code, out, err };
}
async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'moongate-cli-'));
  t.after(() => rm(made, { recursive: true }));
  return made;
}

test('--help and --version answer and succeed', async () => {
  const help = await call('--help');
  assert.equal(help.code, 0);
  assert.match(help.out, /moongate run --config FILE/);
  assert.deepEqual(await call('-v'), { code: 0, out: '0.1.0\n', err: '' });
});

const wrong: readonly (readonly [args: string[], complaint: RegExp])[] = [
  [[], /^moongate: a command is missing\n/],
  [['fly'], /^moongate: unknown command: fly\n$/],
  [['run'], /^moongate: run needs --config FILE\n$/],
  [['run', 'now', '--config', 'x'], /^moongate: run takes no now\n$/],
  [['run', '--file', 'x'], /^moongate: Unknown option '--file'\n$/],
  [
    ['run', '--config', '/nowhere.toml'],
    /^moongate: \/nowhere\.toml: cannot read the config file: there is no such file\n$/,
  ],
  [['key'], /^moongate: key needs one FILE\n$/],
];
for (const [args, complaint] of wrong)
  test(`moongate ${args.join(' ')} is refused in one clear line`, async () => {
    const { code, out, err } = await call(...args);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, complaint);
  });

test('moongate key makes a key file for its owner alone, and never overwrites one', async (t) => {
  const file = path.join(await folder(t), 'vault.key');
  assert.equal((await call('key', file)).code, 0);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const first = await readFile(file, 'utf8');
  const again = await call('key', file);
  assert.equal(again.code, 1);
  assert.doesNotMatch(again.err, /\n\s+at /);
  assert.equal(await readFile(file, 'utf8'), first);
});

test('moongate adapters lists ours', async () => {
  const { code, out } = await call('adapters', '--config', path.join(repository, 'moongate.toml'));
  assert.equal(code, 0);
  assert.match(out, /^loopback +@moongate\/loopback 0\.1\.0 +Loopback$/m);
  assert.match(out, /^telegram +@moongate\/telegram 0\.1\.0 +Telegram$/m);
});

test("the entry goes on under Node 24 when it is started with the machine's own Node", async () => {
  const places = (process.env['PATH'] ?? '').split(path.delimiter).filter((each) => !each.includes('node_modules'));
  const env = { ...process.env, PATH: places.join(path.delimiter) };
  const output = await new Promise<string>((resolve, reject) => {
    execFile('node', [entry, 'adapters'], { env, cwd: repository }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(stderr, { cause: error })),
    );
  });
  assert.match(output, /loopback/);
});

const config: Config = {
  file: '/x/moongate.toml',
  folder: '/x',
  store: { path: '/x/moongate.db', key: 'k' },
  log: { level: 'info', content: false },
  archive: { days: 365, rows: 100_000 },
  web: { host: '127.0.0.1', port: 0 },
  transports: [],
  warnings: ['others may read /x/vault.key: chmod 600 it'],
};

const idle: Running = {
  health: () => ({ ready: true, reasons: [] }),
  check: async () => [],
  backup: async () => undefined,
  stop: async () => undefined,
};

/** A run whose gateway, signal and last resort are the test's. */
function stage(start: Surroundings['start']) {
  const lines: { message: string; port?: number }[] = [];
  const exits: number[] = [];
  const timers: { ms: number; work: () => void }[] = [];
  const signal = Promise.withResolvers<string>();
  const output = { write: (line: string) => void lines.push(JSON.parse(line) as { message: string }) };
  const log = createLog({ ...config.log, output });
  const after = (ms: number, work: () => void) => {
    timers.push({ ms, work });
    return () => void timers.splice(timers.findIndex((each) => each.work === work) >>> 0, 1);
  };
  const clock = { ...systemClock, after };
  const run = runGateway(config, { log, clock, start, asked: signal.promise, exit: (code) => void exits.push(code) });
  return { run, signal, lines, exits, timers, said: () => lines.map(({ message }) => message) };
}

test('a run serves health, starts, and on a signal stops in order', async () => {
  let stops = 0;
  const started = Promise.withResolvers<void>();
  const gateway: Running = { ...idle, stop: async () => void stops++ };
  const { run, signal, lines, exits, timers, said } = stage(async () => (started.resolve(), gateway));
  await started.promise;
  const { port } = lines.find(({ message }) => message === 'health is served') ?? {};
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  signal.resolve('SIGTERM');
  await run;
  assert.equal(stops, 1);
  assert.deepEqual(said(), [config.warnings[0], 'health is served', 'started', 'stopping', 'stopped']);
  assert.deepEqual([exits, timers], [[], []]);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
});

test('health is 503 while the gateway starts', async () => {
  const starting = Promise.withResolvers<Running>();
  const asked = Promise.withResolvers<void>();
  const { run, lines, signal } = stage(() => (asked.resolve(), starting.promise));
  await asked.promise;
  const response = await fetch(`http://127.0.0.1:${lines.at(-1)?.port}/healthz`);
  assert.deepEqual([response.status, await response.json()], [503, { ready: false, reasons: ['starting'] }]);
  starting.resolve(idle);
  signal.resolve('SIGINT');
  await run;
});

test('a stop that takes longer than ten seconds is cut off with a line in the log', async () => {
  const stuck = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  const stop = () => (stopping.resolve(), stuck.promise);
  const { run, signal, exits, timers, said } = stage(async () => ({ ...idle, stop }));
  signal.resolve('SIGTERM');
  await stopping.promise;
  const force = timers.find(({ ms }) => ms > 9_000 && ms < 10_000) ?? assert.fail('nothing forces the end');
  force.work();
  assert.deepEqual(exits, [1]);
  assert.match(said().at(-1) ?? '', /^stopping takes too long/);
  stuck.resolve();
  await run;
});

test('a start that fails rejects with its reason and leaves no server behind', async () => {
  const { run, lines } = stage(() => Promise.reject(new Error('the database is in use')));
  await assert.rejects(run, /the database is in use/);
  const { port } = lines.find(({ message }) => message === 'health is served') ?? {};
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
});

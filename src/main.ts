// The command line: reads arguments, calls what does the work, and turns every end into an exit code and a clear line.
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from './config.ts';
import { version } from './version.ts';

const HELP = `moongate: one process that opens a gate from XMPP to other networks

  moongate run --config FILE
                    run the gateway
  moongate check --config FILE
                    say what is wrong, and how to mend it
  moongate backup FILE --config FILE
                    write a backup; a gateway may be running
  moongate restore FILE --config FILE [--force]
                    make a backup the database; no gateway may be running
  moongate key FILE
                    make the key file that seals credentials
  moongate adapters [--config FILE]
                    list the adapters that this config could name, or one in this folder
  moongate new-adapter NAME
                    write a package with an adapter that works, for whoever wants to write one
  moongate --help, --version
`;

/** 0: done. 1: it failed. 2: the arguments or the config are wrong, and trying again helps nothing. */
type ExitCode = 0 | 1 | 2;

/** What the command reads and writes besides files; `process` outside tests. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Wrong arguments; the message is for whoever typed them. */
class UsageError extends Error {}

/** Runs the command with the arguments after its name. Never rejects, and never prints a stack trace. */
export async function main(args: readonly string[], terminal: Terminal = process): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    const wrong = error instanceof UsageError || (error instanceof Error && error.name === 'ConfigError');
    terminal.stderr.write(`moongate: ${error instanceof Error ? error.message : String(error)}\n`);
    return wrong ? 2 : 1;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const print = (text: string): 0 => (terminal.stdout.write(text), 0);
  const { values, positionals } = parse(args);
  const [command, ...rest] = positionals;
  if (values.help === true) return print(HELP);
  if (values.version === true) return print(`${version()}\n`);
  if (values.force === true && command !== 'restore') throw new UsageError('only restore takes --force');
  if (command === 'run') return run(rest, values.config, terminal);
  if (command === 'check') return check(rest, values.config, terminal);
  if (command === 'backup') return print(await backup(rest, values.config, terminal));
  if (command === 'restore') return print(await restore(rest, values.config, values.force === true, terminal));
  if (command === 'key') return print(await key(rest));
  if (command === 'adapters') return print(await adapters(rest, values.config));
  if (command === 'new-adapter') return print(await adapter(rest));
  throw new UsageError(
    command === undefined ? `a command is missing\n${HELP.replace(/^.*\n/, '')}` : `unknown command: ${command}`,
  );
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0], { cause: error });
  }
}

async function run(rest: readonly string[], file: string | undefined, terminal: Terminal): Promise<ExitCode> {
  if (rest.length > 0) throw new UsageError(`run takes no ${rest.join(' ')}`);
  const config = await configOf('run', file, terminal);
  const [{ createLog }, { systemClock }, { runGateway }, { startGateway }, { collectAtRest }] = await Promise.all([
    import('./log.ts'),
    import('./clock.ts'),
    import('./cli/run.ts'),
    import('./gateway.ts'),
    import('./rest.ts'),
  ]);
  collectAtRest();
  const conceal = [...config.store.key.split('\n'), ...config.transports.map(({ secret }) => secret)];
  const log = createLog({ ...config.log, conceal });
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'a fault in the program: the process ends, and a restart resumes');
    process.exit(1);
  });
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => resolve(signal));
  });
  await runGateway(config, { log, clock: systemClock, start: startGateway, asked, exit: (code) => process.exit(code) });
  return 0;
}

async function check(rest: readonly string[], file: string | undefined, terminal: Terminal): Promise<ExitCode> {
  if (rest.length > 0) throw new UsageError(`check takes no ${rest.join(' ')}`);
  const config = await configOf('check', file, terminal);
  const [{ systemClock }, { check: look, lineOf }] = await Promise.all([
    import('./clock.ts'),
    import('./cli/check.ts'),
  ]);
  let code: ExitCode = 0;
  await look(config, systemClock, (finding) => {
    if (finding.mend !== undefined) code = 1;
    terminal.stdout.write(lineOf(finding));
  });
  return code;
}

async function backup(rest: readonly string[], config: string | undefined, terminal: Terminal): Promise<string> {
  const [file] = rest;
  if (file === undefined || rest.length > 1) throw new UsageError('backup needs one FILE');
  const loaded = await configOf('backup', config, terminal);
  const { backup: write } = await import('./cli/backup.ts');
  const who = (await write(loaded, file)) === 'gateway' ? 'the gateway that runs wrote it' : 'no gateway runs';
  return `${path.resolve(file)} is a whole backup (${who}): the key file is no part of it\n`;
}

async function restore(
  rest: readonly string[],
  config: string | undefined,
  force: boolean,
  terminal: Terminal,
): Promise<string> {
  const [file] = rest;
  if (file === undefined || rest.length > 1) throw new UsageError('restore needs one FILE');
  const loaded = await configOf('restore', config, terminal);
  const [{ systemClock: clock }, { restore: put }] = await Promise.all([
    import('./clock.ts'),
    import('./cli/restore.ts'),
  ]);
  const { returned, kept } = await put(loaded, file, { force, clock });
  const before = kept === undefined ? '' : `what was there before is ${kept}\n`;
  return (
    `${loaded.store.path} is what ${path.resolve(file)} was\n${before}` +
    `${returned} messages that waited to be sent are not sent again: their senders are told when the gateway runs\n`
  );
}

async function configOf(command: string, file: string | undefined, { env }: Terminal): Promise<Config> {
  if (file === undefined) throw new UsageError(`${command} needs --config FILE`);
  const { loadConfig } = await import('./config.ts');
  return loadConfig(file, env);
}

async function key(rest: readonly string[]): Promise<string> {
  const [file] = rest;
  if (file === undefined || rest.length > 1) throw new UsageError('key needs one FILE');
  const { createKeyFile } = await import('./store/vault.ts');
  await createKeyFile(file);
  return `${path.resolve(file)} holds a new key: keep a copy, for without it credentials cannot be opened\n`;
}

async function adapters(rest: readonly string[], file: string | undefined): Promise<string> {
  if (rest.length > 0) throw new UsageError(`adapters takes no ${rest.join(' ')}`);
  const { listAdapters } = await import('./adapter/load.ts');
  const found = await listAdapters(path.dirname(path.resolve(file ?? 'moongate.toml')));
  const lines = found.map((each) => {
    const what = each.adapter === undefined ? `cannot be used: ${each.fault}` : each.adapter.name;
    return `${each.use.padEnd(16)} ${`${each.package} ${each.version}`.padEnd(32)} ${what}\n`;
  });
  return lines.length > 0 ? lines.join('') : 'no adapter is installed: npm install @moongate/telegram\n';
}

async function adapter(rest: readonly string[]): Promise<string> {
  const [name] = rest;
  if (name === undefined || rest.length > 1) throw new UsageError('new-adapter needs one NAME');
  const { newAdapter } = await import('./cli/new-adapter.ts');
  return newAdapter(name, process.cwd());
}

// The command line: reads arguments, calls what does the work, and turns every end into an exit code and a clear line.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { version } from './version.ts';

const HELP = `moongate: one process that opens a gate from XMPP to other networks

  moongate run --config FILE   run the gateway
  moongate key FILE            make the key file that seals credentials
  moongate adapters            list the adapters that a config here could name
  moongate new-adapter NAME    write a package with an adapter that works, for whoever wants to write one
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
  if (command === 'run') return run(rest, values.config, terminal);
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
  if (file === undefined) throw new UsageError('run needs --config FILE');
  const { loadConfig } = await import('./config.ts');
  const config = loadConfig(file, terminal.env);
  const [{ createLog }, { systemClock }, { runGateway }, { startGateway }] = await Promise.all([
    import('./log.ts'),
    import('./clock.ts'),
    import('./cli/run.ts'),
    import('./gateway.ts'),
  ]);
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

// The life of the process: health first, then the gateway, then a signal, then an orderly end within ten seconds.
import { isAbsolute } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Commands } from '../web/control.ts';
import { serveHealth, type HealthServer, type Readiness } from '../web/health.ts';
import { passKey } from '../web/pass.ts';

/** A gateway that runs. */
export interface Running {
  health(): Readiness;
  /** What is wrong, in words for the operator; empty when nothing is. It asks the networks as well. */
  check(): Promise<readonly string[]>;
  /** Writes a backup that `moongate restore` takes. Never overwrites. */
  backup(path: string): Promise<void>;
  /** Takes no new work, finishes or parks what is under way, and resolves when all is on disk. */
  stop(): Promise<void>;
}
/** What the gateway is given by whoever runs it. */
export interface StartServices {
  readonly log: Log;
  /** The gateway cannot go on: the process ends, and a restart resumes. */
  readonly onBroken: (error: unknown) => void;
}
/** What a run needs from outside, so that a test can stand in for each. */
export interface Surroundings {
  readonly log: Log;
  readonly clock: Clock;
  readonly start: (config: Config, services: StartServices) => Promise<Running>;
  /** Resolves with the name of the signal that asks for the end. */
  readonly asked: Promise<string>;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** Stopping may take ten seconds in all; the rest is for the process to end. */
const END_WITHIN_MS = 9_500;

/** Runs until it is asked to end, and resolves when everything is closed. Rejects where the start fails. */
export async function runGateway(config: Config, { log, clock, start, asked, exit }: Surroundings): Promise<void> {
  for (const warning of config.warnings) log.warn({}, warning);
  let gateway: Running | undefined;
  let force = (): void => undefined;
  let ended = false;
  void asked.then((signal) => {
    if (ended) return;
    log.info({ signal }, 'stopping');
    force = clock.after(END_WITHIN_MS, () => {
      log.error({}, 'stopping takes too long: the process ends now, and a restart resumes');
      exit(1);
    });
  });
  const web = await serve(config, clock, log, () => gateway);
  try {
    const onBroken = (error: unknown): void => {
      log.error({ error }, 'the gateway cannot go on: the process ends, and a restart resumes');
      exit(1);
    };
    gateway = await start(config, { log, onBroken });
    log.info({ transports: config.transports.map(({ domain }) => domain) }, 'started');
    await asked;
    await gateway.stop();
    log.info({}, 'stopped');
  } finally {
    ended = true;
    await web?.close();
    force();
  }
}

async function serve(
  { web, store }: Config,
  clock: Clock,
  log: Log,
  gateway: () => Running | undefined,
): Promise<HealthServer | undefined> {
  if (web === undefined) return undefined;
  const health = (): Readiness => gateway()?.health() ?? { ready: false, reasons: [STARTING] };
  const control = { key: passKey(store.key), commands: commandsOf(gateway, log), clock };
  try {
    const server = await serveHealth({ ...web, health, control, clock });
    log.info({ host: web.host, port: server.port }, 'health is served');
    return server;
  } catch (error) {
    const said =
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'the port is in use' : (error as Error).message;
    throw new Error(`web.listen: cannot listen on ${web.host}:${web.port}: ${said}`, { cause: error });
  }
}

const STARTING = 'starting';

/** What `moongate check` and `moongate backup` ask. */
function commandsOf(gateway: () => Running | undefined, log: Log): Commands {
  return {
    check: async () => (await gateway()?.check()) ?? [STARTING],
    backup: async (argument) => {
      const { path } = argument as { readonly path?: unknown };
      const running = gateway();
      if (typeof path !== 'string' || !isAbsolute(path)) throw new Error('a backup needs an absolute path');
      if (running === undefined) throw new Error('the gateway is starting: ask again');
      await running.backup(path);
      log.info({ file: path }, 'a backup was written');
    },
  };
}

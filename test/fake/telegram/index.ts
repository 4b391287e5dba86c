// What tests import: the fake in their own process, or as a child process that can be killed.
import { fileURLToPath } from 'node:url';
import { type SpawnedProcess, spawnFake } from '../common/process.ts';
import type { FakeTelegramControl } from './control-api.ts';
import { connectControl } from './control-client.ts';
import type { DemoCast } from './demo.ts';
import { type ServerOptions, startServer } from './server.ts';

export type * from './control-api.ts';
export { connectControl } from './control-client.ts';
export type { DemoCast } from './demo.ts';
export { DEFAULT_LIMITS } from './limits.ts';

/** A fake Bot API server that listens. */
export interface FakeTelegram {
  /** The `api_root` for bots. */
  api: string;
  /** Moves the world behind it. */
  control: FakeTelegramControl;
  /** Ends it in good order. */
  close(): Promise<void>;
}

/** A fake in a process of its own. */
export interface SpawnedTelegram extends FakeTelegram, SpawnedProcess {
  /** Present with `demo`. */
  demo?: DemoCast;
  close(): Promise<void>;
}

/** Starts a fake in this process. */
export async function startTelegram(options: ServerOptions = {}): Promise<FakeTelegram> {
  const server = await startServer(options);
  return { api: server.api, control: connectControl(server.control), close: () => server.close() };
}

/** Starts a fake as a child process of the same Node; rejects if it ends before it listens. */
export async function spawnTelegram(
  options: { port?: number; state?: string; demo?: boolean } = {},
): Promise<SpawnedTelegram> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = ['--port', String(options.port ?? 0)];
  if (options.state !== undefined) args.push('--state', options.state);
  if (options.demo) args.push('--demo');
  const [line, child] = await spawnFake<{ api: string; control: string; demo?: DemoCast }>(main, args);
  return { ...line, ...child, control: connectControl(line.control) };
}

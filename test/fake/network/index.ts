// What tests import: the network in their own process, or as a child process that can be killed.
import { fileURLToPath } from 'node:url';
import { type SpawnedProcess, spawnFake } from '../common/process.ts';
import type { PigeonControl } from './control-api.ts';
import { connectControl } from './control-client.ts';
import { type ServerOptions, startServer } from './server.ts';

export type * from './control-api.ts';
export { connectControl } from './control-client.ts';

/** A network that listens. */
export interface Pigeon {
  /** Where members call. */
  api: string;
  /** Moves the people behind it. */
  control: PigeonControl;
  /** Ends it in good order. */
  close(): Promise<void>;
}

/** A network in a process of its own. */
export interface SpawnedPigeon extends Pigeon, SpawnedProcess {
  close(): Promise<void>;
}

/** Starts the network in this process. */
export async function startPigeon(options: ServerOptions = {}): Promise<Pigeon> {
  const server = await startServer(options);
  return { ...server, control: connectControl(server.control) };
}

/** Starts the network as a child process of the same Node; rejects if it ends before it listens. */
export async function spawnPigeon(
  options: { port?: number; state?: string; keys?: boolean } = {},
): Promise<SpawnedPigeon> {
  const args = ['--port', String(options.port ?? 0)];
  if (options.state !== undefined) args.push('--state', options.state);
  if (options.keys === false) args.push('--no-keys');
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const [line, child] = await spawnFake<{ api: string; control: string }>(main, args);
  return { ...line, ...child, control: connectControl(line.control) };
}

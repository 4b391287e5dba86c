// Puts the parts together: one HTTP server on loopback, members on all paths, the control interface below /control.
import { CallLog } from '../common/call-log.ts';
import { Faults } from '../common/faults.ts';
import { listen, type FakeOptions, type RunningServer } from '../common/http.ts';
import type { CallEntry, FaultSpec, Limits } from './control-api.ts';
import { controlHandlers } from './control-endpoint.ts';
import { Endpoint } from './endpoint.ts';
import { Polling } from './polling.ts';
import { World } from './world.ts';

/** How a fake is started. */
export type ServerOptions = FakeOptions<Limits>;

/** Starts the network in this process. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const world = new World(options.state, options.now ?? Date.now, options.limits);
  const polling = new Polling(world);
  const faults = new Faults<FaultSpec>();
  const parts = { world, polling, faults, calls: new CallLog<CallEntry>(() => world.notify()) };
  const members = new Endpoint(parts);
  const server = await listen({
    name: 'fake network',
    port: options.port ?? 0,
    handlers: controlHandlers(parts),
    serve: (request, response, url) => members.serve(request, response, url),
    broken: { error: 'broken' },
  });
  return {
    ...server,
    async close() {
      faults.clear();
      polling.close();
      await server.close();
      world.close();
    },
  };
}

// Puts the parts together: one HTTP server on loopback, bots below /bot, the control interface below /control.
import { CallLog } from '../common/call-log.ts';
import { Faults } from '../common/faults.ts';
import { listen, type FakeOptions, type RunningServer } from '../common/http.ts';
import { BotEndpoint } from './bot-endpoint.ts';
import type { CallEntry, FaultSpec, Limits } from './control-api.ts';
import { controlHandlers } from './control-endpoint.ts';
import { DEFAULT_LIMITS, FloodControl } from './limits.ts';
import { Polling } from './polling.ts';
import { ScriptedUsers } from './script.ts';
import { World } from './world.ts';

/** How a fake is started. */
export type ServerOptions = FakeOptions<Limits>;

/** Starts a fake Bot API server in this process. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const world = new World(options.state, options.now ?? Date.now);
  const flood = new FloodControl({ ...DEFAULT_LIMITS, ...options.limits });
  const polling = new Polling(world, () => flood.limits);
  const faults = new Faults<FaultSpec>();
  const calls = new CallLog<CallEntry>(() => world.notify());
  const parts = { world, polling, flood, faults, calls };
  const bots = new BotEndpoint(parts);
  const handlers = controlHandlers(parts);
  const script = new ScriptedUsers(world);
  const server = await listen({
    name: 'fake telegram',
    port: options.port ?? 0,
    handlers,
    serve: (request, response, url) => bots.serve(request, response, url),
    broken: { ok: false, error_code: 500, description: 'Internal Server Error' },
  });
  return {
    ...server,
    async close() {
      script.close();
      faults.clear();
      polling.close();
      await server.close();
      world.close();
    },
  };
}

// Puts the parts together: one HTTP server on loopback, bots below /bot, the control interface below /control.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BotEndpoint } from './bot-endpoint.ts';
import { CallLog } from './call-log.ts';
import type { Limits } from './control-api.ts';
import { controlHandlers, type ControlHandlers } from './control-endpoint.ts';
import { Faults } from './faults.ts';
import { DEFAULT_LIMITS, FloodControl } from './limits.ts';
import { Polling } from './polling.ts';
import { ScriptedUsers } from './script.ts';
import { World } from './world.ts';

/** How a fake is started. */
export interface ServerOptions {
  /** Default 0: any free port. */
  port?: number;
  /** The journal; without it nothing is kept. */
  state?: string;
  /** Milliseconds since 1970; default `Date.now`. */
  now?: () => number;
  limits?: Partial<Limits>;
}

/** A server that listens. */
export interface RunningServer {
  api: string;
  control: string;
  close(): Promise<void>;
}

/** Starts a fake Bot API server in this process. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const world = new World(options.state, options.now ?? Date.now);
  const flood = new FloodControl({ ...DEFAULT_LIMITS, ...options.limits });
  const polling = new Polling(world, () => flood.limits);
  const faults = new Faults();
  const calls = new CallLog(() => world.notify());
  const parts = { world, polling, flood, faults, calls };
  const bots = new BotEndpoint(parts);
  const handlers = controlHandlers(parts);
  const script = new ScriptedUsers(world);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isControl = url.pathname.startsWith('/control/');
    const served = isControl ? serveControl(handlers, request, response, url) : bots.serve(request, response, url);
    served.catch((error: unknown) => fail(response, error));
  });
  server.requestTimeout = 0;
  await listen(server, options.port ?? 0);
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    api: root,
    control: `${root}/control`,
    async close() {
      script.close();
      faults.clear();
      polling.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      world.close();
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serveControl(
  handlers: ControlHandlers,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const operation = url.pathname.slice('/control/'.length);
  const hangUp = new AbortController();
  response.once('close', () => hangUp.abort());
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const params = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as never;
    if (!Object.hasOwn(handlers, operation)) throw new Error(`no operation ${operation}`);
    const handler = handlers[operation as keyof ControlHandlers] as (params: never, gone: AbortSignal) => unknown;
    answer(response, 200, { ok: true, result: await handler(params, hangUp.signal) });
  } catch (error) {
    answer(response, 400, { ok: false, description: error instanceof Error ? error.message : String(error) });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, error: unknown): void {
  process.stderr.write(`fake telegram: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  if (!response.headersSent)
    answer(response, 500, { ok: false, error_code: 500, description: 'Internal Server Error' });
}

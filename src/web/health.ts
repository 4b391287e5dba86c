// Health over HTTP: /healthz says whether the gateway does its work, /livez whether the process should be left alone.
import type { ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../clock.ts';
import { control, PREFIX, type ControlOptions } from './control.ts';

/** What the gateway says of itself; `reasons` are for the operator, empty when ready. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** What could not be delivered since the start, and is kept for the operator. It makes nothing unready. */
  readonly undelivered?: number;
}
/** Where and what to serve. Port 0 takes a free one. */
export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  readonly health: () => Readiness;
  readonly clock: Pick<Clock, 'after'>;
  /** What the operator may ask besides; nothing where absent. */
  readonly control?: ControlOptions;
  /** A loop that was stuck for longer than this within the last ten seconds is neither ready nor alive. */
  readonly stallMs?: number;
}
/** A server that runs; `port` is the one it listens on. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

// Not imported: an import makes Node load its clients for fetch and HTTP/2 as well, 13 MiB and a good part of the start.
const { createServer } = process.getBuiltinModule('node:http');

const STALL_MS = 3_000;
const WINDOW_MS = 5_000;

/** Starts to serve health. Rejects with the system's error where it cannot listen. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const { health, stallMs = STALL_MS } = options;
  const takeControl = options.control === undefined ? undefined : control(options.control);
  const server = createServer((request, response) => {
    const stuck = stall.worstMs(); // begun once the server listens, so before any request
    const stalled = stuck > stallMs ? [`the event loop was stuck for ${Math.round(stuck)} ms`] : [];
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (takeControl && path.startsWith(PREFIX)) {
      takeControl(request, response, path).catch(() => response.destroy());
    } else if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, { error: 'GET only' });
    else if (path === '/livez') answer(response, stalled.length > 0 ? 503 : 200, { reasons: stalled });
    else if (path === '/healthz') {
      const said = ask(health);
      const reasons = [...said.reasons, ...stalled];
      const ready = said.ready && stalled.length === 0;
      const { undelivered } = said;
      answer(response, ready ? 200 : 503, { ready, reasons, ...(undelivered !== undefined && { undelivered }) });
    } else answer(response, 404, { error: 'there are /healthz and /livez' });
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 100;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  const stall = watchLoop(options.clock);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        stall.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whoever cannot say how he is is not well. */
function ask(health: () => Readiness): Readiness {
  try {
    return health();
  } catch (error) {
    return { ready: false, reasons: [`health cannot be told: ${error instanceof Error ? error.message : 'unknown'}`] };
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

/** Two windows, so that a stall stays visible for at least one of them. */
function watchLoop(clock: Pick<Clock, 'after'>): { worstMs(): number; end(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  let before = 0;
  let cancel = (): void => undefined;
  const worst = (): number => (delay.count > 0 ? delay.max / 1e6 : 0);
  const turn = (): void => {
    before = worst();
    delay.reset();
    cancel = clock.after(WINDOW_MS, turn);
  };
  delay.enable();
  turn();
  return {
    worstMs: () => Math.max(before, worst()),
    end: () => {
      cancel();
      delay.disable();
    },
  };
}

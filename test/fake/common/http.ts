// The HTTP server of a fake: loopback only, clients on most paths, the control interface below /control.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendAnswer } from './exchange.ts';

/** The operations of a control interface; `gone` ends waits whose caller has hung up. */
export type Handlers = Readonly<Record<string, (params: never, gone: AbortSignal) => unknown>>;
/** The handlers for a typed control interface. */
export type HandlersOf<Control> = {
  [K in keyof Control]: Control[K] extends (params: infer P) => Promise<infer R>
    ? (params: P, gone: AbortSignal) => R | Promise<R>
    : never;
};

/** How a fake is started. */
export interface FakeOptions<Limits> {
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
  /** Ends it in good order; open requests are cut. */
  close(): Promise<void>;
}

/** What a fake serves. */
export interface Served {
  /** For messages of its own on standard error. */
  name: string;
  /** 0: any free port. */
  port: number;
  handlers: Handlers;
  /** Answers a client. */
  serve(this: void, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
  /** What a client gets when the fake itself is broken. */
  broken: Record<string, unknown>;
}

/** Starts listening on loopback. */
export async function listen({ name, port, handlers, serve, broken }: Served): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isControl = url.pathname.startsWith('/control/');
    const served = isControl ? serveControl(handlers, request, response, url) : serve(request, response, url);
    served.catch((error: unknown) => {
      process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      if (!response.headersSent) sendAnswer(response, { status: 500, body: broken });
    });
  });
  server.requestTimeout = 0;
  await listening(server, port);
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    api,
    control: `${api}/control`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** All of a request's body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function serveControl(
  handlers: Handlers,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const operation = url.pathname.slice('/control/'.length);
  const hangUp = new AbortController();
  response.once('close', () => hangUp.abort());
  try {
    const params = JSON.parse((await readBody(request)) || '{}') as never;
    const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
    if (!handler) throw new Error(`no operation ${operation}`);
    sendAnswer(response, { status: 200, body: { ok: true, result: await handler(params, hangUp.signal) } });
  } catch (error) {
    const description = error instanceof Error ? error.message : String(error);
    sendAnswer(response, { status: 400, body: { ok: false, description } });
  }
}

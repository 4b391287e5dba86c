// Serves the page with the client, and hands its websocket on to the XMPP server, so that all is of one origin.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('page/', import.meta.url));
const CLIENT = fileURLToPath(new URL('../../node_modules/converse.js/dist/', import.meta.url));
const WEBSOCKET = '/xmpp-websocket';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.ttf': 'font/ttf',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
};
/** Everything comes from this page's own server; Converse writes styles into elements. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface PageOptions {
  /** The HTTP port of the XMPP server. */
  readonly xmpp: number;
  /** Who is logged in, which chat is open at first, and where the client looks for rooms. */
  readonly login: { readonly jid: string; readonly password: string; readonly open: string; readonly rooms: string };
}

export interface Page extends AsyncDisposable {
  readonly url: string;
}

/** Listens on a free port of the loopback. */
export async function servePage({ xmpp, login }: PageOptions): Promise<Page> {
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => void answer(request, response, login));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url === WEBSOCKET && isOurs(request, true)) join(request, socket, head, xmpp, sockets);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () => close(server, sockets),
  };
}

/** The page holds a password: a site elsewhere must reach it neither by a name that leads here nor by a websocket. */
function isOurs({ headers }: IncomingMessage, needsOrigin: boolean): boolean {
  const { host = '', origin } = headers;
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return false;
  return needsOrigin ? origin === `http://${host}` : true;
}

async function answer(request: IncomingMessage, response: ServerResponse, login: object): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (!isOurs(request, false) || request.method !== 'GET') return void response.writeHead(403).end();
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  if (pathname === '/login.json') {
    response.setHeader('content-type', 'application/json').setHeader('cache-control', 'no-store');
    return void response.end(JSON.stringify(login));
  }
  const file = pathname.startsWith('/converse/')
    ? path.join(CLIENT, pathname.slice('/converse/'.length))
    : path.join(PAGE, pathname === '/' ? 'index.html' : pathname);
  const known = file.startsWith(CLIENT) || file.startsWith(PAGE);
  const found = known ? await stat(file).catch(() => undefined) : undefined;
  if (found?.isFile() !== true) return void response.writeHead(404).end();
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': found.size });
  createReadStream(file).pipe(response);
}

function join(request: IncomingMessage, near: Duplex, head: Buffer, port: number, sockets: Set<Duplex>): void {
  const far = connect(port, '127.0.0.1');
  const headers = Object.entries({ ...request.headers, host: `127.0.0.1:${port}` });
  far.write(
    `GET ${WEBSOCKET} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')}\r\n`,
  );
  far.write(head);
  near.pipe(far).pipe(near);
  for (const [socket, peer] of [[near, far] as const, [far, near] as const]) {
    sockets.add(socket);
    socket.on('error', () => peer.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      peer.destroy();
    });
  }
}

async function close(server: Server, sockets: ReadonlySet<Duplex>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  for (const socket of [...sockets]) socket.destroy();
  await closed;
}

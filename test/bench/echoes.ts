// The three echoes that are compared, on one server: a raw socket, the stock library, the gateway's loopback.
import { fileURLToPath } from 'node:url';
import type { ServerKind, XmppServer } from '../server/api.ts';
import { Daemon } from '../server/daemon.ts';
import { Gateway, USERS } from './gateway.ts';
import { Users } from './users.ts';

export const echoes = ['raw', 'stock', 'moongate'] as const;
export type Echo = (typeof echoes)[number];

const GATEWAY = 'loopback.example.org';
/** The JIDs that answer. */
export const addresses: Readonly<Record<Echo, string>> = {
  raw: 'echo@raw.example.org',
  stock: 'echo@stock.example.org',
  moongate: `echo@${GATEWAY}`,
};

/** A server with all three behind it, and users who are registered with the gateway. */
export interface Field extends AsyncDisposable {
  readonly server: XmppServer;
  readonly gateway: Gateway;
  readonly users: Users;
}

export interface FieldOptions {
  readonly command: string;
  readonly users: number;
  readonly profile?: boolean;
}

/** Starts everything and registers the users. */
export async function layOut(kind: ServerKind, { command, users: count, profile }: FieldOptions): Promise<Field> {
  await using stack = new AsyncDisposableStack();
  const domains = [USERS, GATEWAY, 'raw.example.org', 'stock.example.org'];
  const components = Object.fromEntries(domains.map((domain) => [domain, `secret of ${domain}`]));
  const server = stack.use(await kind.start({ components, offline: 'none' }));
  await startEcho(stack, server, 'raw-echo.ts', 'raw.example.org');
  await startEcho(stack, server, 'stock-echo.mjs', 'stock.example.org');
  const users = await Users.open({ port: server.componentPort, domain: USERS, secret: components[USERS] ?? '' });
  stack.defer(() => users.close());
  const transports = { [GATEWAY]: 'loopback' };
  const gateway = stack.use(await Gateway.start({ server, command, transports, ...(profile ? { profile } : {}) }));
  await users.register(GATEWAY, 0, count);
  const all = stack.move();
  return { server, gateway, users, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function startEcho(stack: AsyncDisposableStack, server: XmppServer, file: string, domain: string): Promise<void> {
  const echo = new Daemon('echo');
  stack.defer(() => echo.remove());
  const script = fileURLToPath(new URL(file, import.meta.url));
  await echo.start({
    file: process.execPath,
    args: [script, String(server.componentPort), domain, server.components[domain] ?? ''],
    ready: ['echo ready'],
  });
}

// What both real servers have in common for a test: what they are asked for, and what of a running one does not depend on its kind.
import { DEFAULT_COMPONENTS, DEFAULT_HOSTS } from './api.ts';
import type { ServerKind, ServerOptions, XmppServer } from './api.ts';
import type { Daemon, DaemonCommand } from './daemon.ts';
import { freePorts } from './ports.ts';

export interface Ports {
  readonly component: number;
  readonly client: number;
  /** 0 where nothing listens. */
  readonly http: number;
}

/** What a server is asked for, with what nothing was said about. */
export interface Wanted {
  readonly hosts: readonly string[];
  /** The main one. */
  readonly host: string;
  readonly components: Readonly<Record<string, string>>;
  readonly ports: Ports;
}

/** Looks whether the server can run here, and takes free ports. Rejects with what is missing. */
export async function wanted(
  kind: ServerKind,
  { hosts = DEFAULT_HOSTS, components = DEFAULT_COMPONENTS }: ServerOptions,
  withHttp: boolean,
): Promise<Wanted> {
  const missing = kind.missing();
  if (missing !== undefined) throw new Error(missing);
  const [component = 0, client = 0, http = 0] = await freePorts(withHttp ? 3 : 2);
  return { hosts, host: hosts[0] ?? 'example.org', components, ports: { component, client, http } };
}

/** A server that runs as this daemon. `path`: of its WebSocket, where it was asked for one. */
export function running(
  { name: kind }: ServerKind,
  daemon: Daemon,
  command: DaemonCommand,
  { host, components, ports }: Wanted,
  own: Pick<XmppServer, 'addUser' | 'shutdown'> & { readonly path: string | undefined },
): XmppServer {
  const { component: componentPort, client: clientPort, http: httpPort } = ports;
  const stop = (): Promise<void> => daemon.remove();
  return {
    ...{ kind, folder: daemon.folder, host, componentPort, clientPort, httpPort, components },
    websocket: own.path === undefined ? '' : `ws://127.0.0.1:${httpPort}${own.path}`,
    addUser: own.addUser,
    kill: () => daemon.end('SIGKILL'),
    shutdown: own.shutdown,
    freeze: () => daemon.signal('SIGSTOP'),
    thaw: () => daemon.signal('SIGCONT'),
    restart: () => daemon.start(command),
    stop,
    log: () => daemon.log(),
    [Symbol.asyncDispose]: stop,
  };
}

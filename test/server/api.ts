// What a real XMPP server looks like to a test, the same for Prosody and ejabberd.

/** How a server is set up; everything has a default, so most tests say nothing. */
export interface ServerOptions {
  /** Component domains and their secrets. Default: `gate.example.org` with secret `gate-secret`. */
  readonly components?: Readonly<Record<string, string>>;
  /** Virtual hosts; the first is the main one. Default: `example.org` and `other.example` (users of another server). */
  readonly hosts?: readonly string[];
  /** Users made at the start, as `name` on the main host or `name@host`; the password is the name. */
  readonly users?: readonly string[];
  /** Where messages for absent users go. Default `disk`. */
  readonly offline?: 'none' | 'disk' | 'sql';
  /** The users' archive (XEP-0313). Default `none`. */
  readonly archive?: 'none' | 'disk' | 'sql';
  /** An HTTP port with `/xmpp-websocket` (Prosody) or `/ws` (ejabberd) and BOSH. Default false. */
  readonly http?: boolean;
  /** XEP-0356 for the components. Default true. */
  readonly privilege?: boolean;
  /** Limits of clients' bandwidth as distributed. Default false: none. */
  readonly shaper?: boolean;
}

/** A running server in a folder of its own. */
export interface XmppServer extends AsyncDisposable {
  readonly kind: 'prosody' | 'ejabberd';
  readonly folder: string;
  /** The main virtual host. */
  readonly host: string;
  readonly componentPort: number;
  readonly clientPort: number;
  /** 0 without `http`. */
  readonly httpPort: number;
  /** The address a browser's client connects to; empty without `http`. */
  readonly websocket: string;
  readonly components: Readonly<Record<string, string>>;
  /** Makes an account; the password defaults to the name. */
  addUser(jid: string, password?: string): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, or the server's own orderly end; resolves when the process is gone. */
  shutdown(): Promise<void>;
  /** SIGSTOP and SIGCONT: accepts connections and says nothing. */
  freeze(): void;
  thaw(): void;
  /** Starts again after `kill` or `shutdown`, on the same ports and storage. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  /** Everything it has logged. */
  log(): string;
}

/** A kind of server that a scenario can run on. */
export interface ServerKind {
  readonly name: 'prosody' | 'ejabberd';
  /** Why it cannot run here, or undefined when it can. */
  missing(): string | undefined;
  start(options?: ServerOptions): Promise<XmppServer>;
}

export const DEFAULT_COMPONENTS: Readonly<Record<string, string>> = { 'gate.example.org': 'gate-secret' };
export const DEFAULT_HOSTS: readonly string[] = ['example.org', 'other.example'];

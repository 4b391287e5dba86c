// Types of irc-framework 4.14.0, which ships none: only what this adapter uses.
declare module 'irc-framework' {
  export interface Message {
    readonly tags: Readonly<Record<string, string>>;
    readonly prefix: string;
    readonly nick: string;
    readonly ident: string;
    readonly hostname: string;
    readonly command: string;
    readonly params: readonly string[];
  }
  type Next = (error?: unknown) => void;
  type Middleware = (command: string, message: Message, line: string, client: Client, next: Next) => void;
  interface Handlers {
    use(middleware: Middleware): void;
  }
  export interface ClientOptions {
    readonly host: string;
    readonly port: number;
    readonly nick: string;
    readonly username: string;
    readonly gecos: string;
    readonly password?: string;
    readonly account: { readonly account?: string; readonly password?: string };
    readonly transport: new (options: ClientOptions) => unknown;
    readonly [own: string]: unknown;
  }
  export class Client {
    readonly network: {
      readonly options: Readonly<Record<string, unknown>>;
      readonly cap: { readonly available: ReadonlyMap<string, string>; isEnabled(name: string): boolean };
    };
    readonly user: { nick: string };
    requestCap(names: readonly string[]): void;
    use(middleware: (client: Client, raw: Handlers, parsed: Handlers) => void): this;
    connect(options: ClientOptions): void;
    on(event: 'socket close', listener: (error: unknown) => void): this;
    on(event: 'sasl failed', listener: (event: { readonly reason: string; readonly message?: string }) => void): this;
    removeAllListeners(): this;
  }
}

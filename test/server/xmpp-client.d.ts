// Types of @xmpp/client 0.14, which ships none: only what the test client uses.
declare module '@xmpp/client' {
  import type { EventEmitter } from 'node:events';
  import type { Element } from 'ltx';

  interface Authenticate {
    (credentials: { username: string; password: string }, mechanism: string): Promise<void>;
  }
  interface Entity extends EventEmitter {
    timeout: number;
    readonly jid: { toString(): string } | null;
    readonly reconnect: { stop(): void };
    readonly socket: { destroy(): void; setEncoding(encoding: 'utf8'): void } | null;
    readonly iqCaller: { request(stanza: Element, timeout?: number): Promise<Element> };
    start(): Promise<unknown>;
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    stop(): Promise<unknown>;
    send(stanza: Element): Promise<void>;
  }
  export function client(options: {
    service: string;
    domain: string;
    resource?: string;
    credentials: (authenticate: Authenticate) => Promise<void>;
  }): Entity;
}

// Types of @xmpp/component 0.13.1, which ships none: only what the stream uses.
declare module '@xmpp/component' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface Component extends EventEmitter {
    /** How long it waits for an answer while it opens, in milliseconds. */
    timeout: number;
    /** The socket while there is one. */
    readonly socket: Socket | null;
    /** What its parser's events are emitted on: `start`, `element`, `error`, `end`. */
    readonly parser: EventEmitter | null;
    readonly reconnect: { stop(): void };
    /** What it makes a parser of when it opens a stream. */
    Parser: new () => EventEmitter;
    _onData(chunk: Buffer): void;
    socketParameters(service: string): { host: string; port: number };
    connect(service: string): Promise<unknown>;
    /** Writes the stream's header and resolves when the server's has come. */
    open(options: { domain: string }): Promise<unknown>;
  }

  export function component(options: {
    service: string;
    domain: string;
    /** Called when the server's header has come, with what sends the handshake. */
    password: (authenticate: (secret: string) => Promise<void>) => Promise<void>;
  }): Component;
}

// What the rest of the gateway sees of a component stream (XEP-0114).
import type { Element } from '../stanza.ts';

/** The part of a pino logger that a stream uses. */
export interface StreamLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Timers and randomness, so that a test can set them. Times are in milliseconds. */
export interface StreamClock {
  /** Monotonic. */
  now(): number;
  /** Calls `work` once after `ms`; the function returned cancels it. */
  after(ms: number, work: () => void): () => void;
  /** 0 <= random() < 1. */
  random(): number;
}

/** Times in milliseconds, sizes in characters (UTF-16 units) for what comes in and in bytes for what goes out. */
export interface StreamLimits {
  /** From the first SYN to the end of the handshake. Default 5,000. */
  readonly open: number;
  /** Between two looks of the watchdog; an idle stream sends a fence at each. Default 2,000. */
  readonly watch: number;
  /** Looks at an unanswered fence before the server counts as silent. Default 3. */
  readonly patience: number;
  /** How long `close()` waits for the server's end of the stream. Default 5,000. */
  readonly close: number;
  /** First and longest pause between attempts to connect. Default 250 and 30,000. */
  readonly retry: readonly [first: number, longest: number];
  /** The same after a wrong secret, which is not hammered. Default 60,000 and 300,000. */
  readonly retryRefused: readonly [first: number, longest: number];
  /** A stream that lived this long starts with the first pause again. Default 5,000. */
  readonly stable: number;
  /** Largest stanza that comes in; a larger one is refused, not read into memory. Default 524,288. */
  readonly stanza: number;
  /** Deepest nesting that comes in. Default 256. */
  readonly depth: number;
  /** Most attributes of one element that comes in. Default 256. */
  readonly attributes: number;
  /** Most elements in one stanza that comes in. Default 8,192. */
  readonly elements: number;
  /** Largest stanza that goes out; Prosody closes a component's stream at 524,288 bytes. Default 500,000. */
  readonly outgoing: number;
  /** Backlog from which on `writable` is false. Default 262,144. */
  readonly highWater: number;
  /** Backlog from which on `send` refuses. Default 4,194,304. */
  readonly backlog: number;
}

/** Why a stanza that came in was not handed on. */
export type Refusal = 'too-large' | 'too-deep' | 'too-many-attributes' | 'too-many-elements';

/** What a stream counted since it was opened. */
export interface StreamCounts {
  readonly received: number;
  readonly sent: number;
  readonly refused: number;
  readonly handlerFailures: number;
  /** Times the stream came online. */
  readonly online: number;
}

/** How an online stream ended. */
export interface StreamEnd {
  /** The server said `</stream:stream>`. */
  readonly clean: boolean;
  /** Milliseconds since the server was last heard: it may have been dead for so long. */
  readonly silent: number;
}

export interface StreamOptions {
  /** The component's own domain. */
  readonly domain: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly secret: string;
  /** The host that is asked where a fence comes back elsewhere; default: the domain without its first label. */
  readonly serverDomain?: string;
  readonly log: StreamLog;
  /**
   * A stanza came in. It may be for another domain (ejabberd with `global_routes`), and `from` and `to` may be
   * malformed. A throw or rejection is logged with a reference and counted; the stream lives on.
   */
  readonly onStanza: (stanza: Element) => void | Promise<void>;
  /**
   * A stanza came in that is over a limit. `stanza` has its name and attributes and no children: enough to answer an
   * error. The stream lives on.
   */
  readonly onRefused: (stanza: Element, why: Refusal) => void;
  /** After each handshake; stanzas come only after it. */
  readonly onOnline: () => void;
  /** After each online stream's end. */
  readonly onOffline: (end: StreamEnd) => void;
  /** The stream can take more, after `writable` was false or `send` returned false. */
  readonly onWritable?: () => void;
  readonly limits?: Partial<StreamLimits>;
  readonly clock?: StreamClock;
}

/** One component's connection, kept up until it is closed. */
export interface Stream {
  readonly domain: string;
  readonly state: 'connecting' | 'online' | 'closing' | 'closed';
  /** Why it is not online, for the operator and for health; absent while it is. */
  readonly problem: string | undefined;
  /** Online, and the backlog is below the high-water mark: whoever sends in bulk waits for `onWritable`. */
  readonly writable: boolean;
  readonly counts: StreamCounts;
  /**
   * Takes a stanza to be written in this tick's write. False, and nothing happens, while not online or when the
   * backlog is full. A string must be a whole stanza made by `serialize`.
   * @throws {UnsendableError} for what would make a server close the whole stream; trying again is in vain.
   */
  send(stanza: Element | string): boolean;
  /**
   * Resolves when the server has parsed and routed everything sent before, and errors of local recipients have been
   * handed to `onStanza`. Rejects with `StreamEndedError` when the stream ends first.
   */
  fence(): Promise<void>;
  /**
   * Ends the stream: writes what is waiting and `</stream:stream>`, hands on what still arrives until the server
   * closes its side (bounded), and stays closed. Idempotent.
   */
  close(): Promise<void>;
}

/** A stanza that must not be written. */
export class UnsendableError extends Error {
  readonly code: 'no-address' | 'foreign-from' | 'invalid-address' | 'too-large' | 'not-a-stanza';
  constructor(code: UnsendableError['code'], message: string) {
    super(message);
    this.name = 'UnsendableError';
    this.code = code;
  }
}

/** The stream ended before what was asked of it was done. */
export class StreamEndedError extends Error {
  constructor(message = 'the stream ended first') {
    super(message);
    this.name = 'StreamEndedError';
  }
}

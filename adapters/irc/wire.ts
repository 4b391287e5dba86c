// The socket under irc-framework: TLS judged by certificate or fingerprint, lines in whatever encoding, one write a tick.
import { isUtf8 } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { BlockList, connect as connectTcp, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { lookup } from 'node:dns';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import iconv from 'iconv-lite';
import type { ClientOptions } from 'irc-framework';

/** How to reach a server. */
export interface Reach {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** SHA-256 without colons; with one, the certificate is judged by it alone. */
  readonly fingerprints: readonly string[];
  readonly encoding: string;
  readonly encodingOut: string;
  /** The name came from a user: it must not lead into the operator's own networks. */
  readonly publicOnly: boolean;
}

/** The server's certificate is not what it should be; `fingerprint` is what it has. */
export class CertificateError extends Error {
  readonly fingerprint: string;
  constructor(message: string, fingerprint: string) {
    super(message);
    this.fingerprint = fingerprint;
  }
}

/** No server sends longer lines: 8191 bytes of tags and 512 of message; more than that, and it is none. */
const LONGEST_LINE = 65_536;
const NEW_LINE = 0x0a;

const privateAddresses = new BlockList();
for (const [net, bits] of [
  ...[['0.0.0.0', 8] as const, ['10.0.0.0', 8] as const, ['100.64.0.0', 10] as const, ['127.0.0.0', 8] as const],
  ...[['169.254.0.0', 16] as const, ['172.16.0.0', 12] as const, ['192.168.0.0', 16] as const],
  ...[['192.0.0.0', 24] as const, ['198.18.0.0', 15] as const, ['224.0.0.0', 3] as const],
])
  privateAddresses.addSubnet(net, bits);
for (const [net, bits] of [
  ['::', 127] as const,
  ['fc00::', 7] as const,
  ['fe80::', 10] as const,
  ['ff00::', 8] as const,
])
  privateAddresses.addSubnet(net, bits, 'ipv6');

/** True for addresses that no server on the open net has; an IPv4 address in an IPv6 one counts as itself. */
export function isPrivate(address: string): boolean {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return privateAddresses.check(inner, isIP(inner) === 6 ? 'ipv6' : 'ipv4');
}

/** The class that irc-framework makes one of for each connection; its interface is that of the package's own transports. */
export function transportTo(reach: Reach): new (options: ClientOptions) => Wire {
  return class extends Wire {
    constructor() {
      super(reach);
    }
  };
}

/** One connection. Events: open, line (text), close (error or false). */
export class Wire extends EventEmitter {
  readonly #reach: Reach;
  #socket: Socket | undefined;
  #failure: Error | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #corked = false;

  constructor(reach: Reach) {
    super();
    this.#reach = reach;
  }

  connect(): void {
    const { host, port, tls, publicOnly } = this.#reach;
    if (publicOnly && isIP(host) > 0 && isPrivate(host)) {
      this.#failure = new Error('this address is not on the open net');
      return void process.nextTick(() => this.emit('close', this.#failure));
    }
    const where = { host, port, noDelay: true, ...(publicOnly ? { lookup: publicLookup } : {}) };
    const socket = tls ? this.#secure(where) : connectTcp(where);
    this.#socket = socket;
    if (!tls) socket.on('connect', () => this.emit('open'));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error: Error) => {
      this.#failure ??= error;
    });
    socket.on('close', () => this.emit('close', this.#failure ?? false));
  }

  writeLine(text: string, done?: () => void): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return done && process.nextTick(done);
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      setImmediate(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    const { encodingOut } = this.#reach;
    const bytes = encodingOut === 'utf-8' ? `${text}\r\n` : iconv.encode(`${text}\r\n`, encodingOut);
    socket.write(bytes, () => done?.());
  }

  /** No more is read until `resume`: the server holds back what comes. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(force: boolean): void {
    if (force || this.#socket?.connecting) this.#socket?.destroy();
    else this.#socket?.end();
  }

  disposeSocket(): void {
    this.#socket?.removeAllListeners();
    this.#socket?.on('error', () => undefined);
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /** Asked by irc-framework; encodings are the settings'. */
  setEncoding(): boolean {
    return true;
  }

  #secure(where: { readonly host: string; readonly port: number }): TLSSocket {
    const { host, fingerprints } = this.#reach;
    const socket = connectTls({ ...where, ...(isIP(host) > 0 ? {} : { servername: host }), rejectUnauthorized: false });
    socket.on('secureConnect', () => {
      const own = socket.getPeerCertificate().fingerprint256 ?? '';
      const pinned = fingerprints.includes(own.replaceAll(':', ''));
      if (pinned || (fingerprints.length === 0 && socket.authorized)) return this.emit('open');
      const words = fingerprints.length > 0 ? 'another fingerprint' : String(socket.authorizationError);
      this.#failure = new CertificateError(words, own);
      return socket.destroy();
    });
    return socket;
  }

  #read(chunk: Buffer): void {
    const all: Buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end; (end = all.indexOf(NEW_LINE, start)) !== -1; start = end + 1) {
      if (end > start) this.emit('line', this.#decode(all.subarray(start, end)));
    }
    this.#rest = all.subarray(start);
    if (this.#rest.length <= LONGEST_LINE) return;
    this.#failure = new Error('a line without an end');
    this.#socket?.destroy();
  }

  #decode(bytes: Buffer): string {
    return isUtf8(bytes) ? bytes.toString('utf8') : iconv.decode(bytes, this.#reach.encoding);
  }
}

/** Resolves names, and refuses those that lead to addresses which are not on the open net. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const open = error ? [] : addresses.filter(({ address }) => !isPrivate(address));
    const [first] = open;
    if (first === undefined) return callback(error ?? new Error('no address on the open net'), '', 4);
    return options.all ? callback(null, open) : callback(null, first.address, first.family);
  });
};

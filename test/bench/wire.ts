// A component's stream (XEP-0114) with nothing between it and the socket: what the bench sends and reads with must cost
// less than what it measures.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const NAMESPACES = "xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'";

/** Where a component connects, and as what. */
export interface Seat {
  readonly port: number;
  readonly domain: string;
  readonly secret: string;
}

export class Wire {
  readonly #socket: Socket;
  /** Called with each piece of what arrives, as Latin-1: the bench writes ASCII alone. */
  onText: (text: string) => void = () => undefined;
  /**
   * Answers what it reads with white space, so that the system acknowledges it at once. A server that leaves Nagle's algorithm on,
   * as Prosody does, would hold what comes next until then, and the pace of the bench would be measured.
   */
  prompt = false;
  /** Called when the connection has ended. */
  onEnd: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: string) => {
      if (this.prompt) socket.write(' ');
      this.onText(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.onEnd());
  }

  /** Connects and shakes hands; rejects with what the server said when it refuses. */
  static async open(seat: Seat): Promise<Wire> {
    const socket = connect({ host: '127.0.0.1', port: seat.port, noDelay: true });
    socket.setEncoding('latin1');
    const wire = new Wire(socket);
    await handshake(wire, seat);
    return wire;
  }

  write(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  close(): void {
    this.onEnd = () => undefined;
    this.#socket.end('</stream:stream>');
    this.#socket.destroySoon();
  }
}

function handshake(wire: Wire, { domain, secret }: Seat): Promise<void> {
  wire.write(`<?xml version='1.0'?><stream:stream ${NAMESPACES} to='${domain}'>`);
  return new Promise((resolve, reject) => {
    let text = '';
    let answered = false;
    wire.onEnd = () => reject(new Error(`${domain} was refused: ${text}`));
    wire.onText = (more) => {
      text += more;
      const id = /<stream:stream[^>]*\sid=(['"])(.*?)\1/.exec(text)?.[2];
      if (/<handshake\s*\/>|<\/handshake>/.test(text)) resolve();
      else if (id !== undefined && !answered) {
        answered = true;
        wire.write(`<handshake>${createHash('sha1').update(`${id}${secret}`).digest('hex')}</handshake>`);
      }
    };
  });
}

// A component's server that says whatever a test tells it to, byte by byte, for what no real server can be made to say.
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Watch } from './until.ts';

const STREAM_ID = 'fake-1';
export const HEADER =
  `<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' ` +
  `xmlns='jabber:component:accept' from='gate.example.org' id='${STREAM_ID}'>`;

/** One connection of a component, as its server sees it. */
export class FakeConnection {
  readonly #socket: Socket;
  readonly #watch = new Watch();
  /** Everything it sent, as Latin-1 so that no byte is lost. */
  received = '';
  /** Pieces that came, as far as the network kept them apart. */
  pieces = 0;
  ended = false;
  /** Answers fences as a server does; a test turns it off to be silent. */
  loops = true;
  /** Answers the end of the stream with its own. */
  answersEnd = true;
  #looped = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#onData(chunk.toString('latin1')));
    for (const event of ['end', 'close'])
      socket.on(event, () => {
        this.ended = true;
        this.#watch.notify();
      });
    // A component that resets the connection is what some tests wait for; `ended` says so.
    socket.on('error', () => undefined);
  }

  #onData(text: string): void {
    this.received += text;
    this.pieces++;
    if (this.answersEnd && this.received.endsWith('</stream:stream>')) this.#socket.end('</stream:stream>');
    if (this.loops) this.#loop();
    this.#watch.notify();
  }

  #loop(): void {
    const fences = this.received.match(/<iq type="result"[^>]*id="moongate-fence-[^>]*>/g) ?? [];
    for (const fence of fences.slice(this.#looped)) this.#socket.write(fence);
    this.#looped = fences.length;
  }

  write(text: string | Buffer): void {
    this.#socket.write(text);
  }

  /** Stops or goes on reading what the component sends. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(text = ''): void {
    this.#socket.end(text);
  }

  until(what: string, probe: (received: string) => boolean, ms?: number): Promise<boolean> {
    return this.#watch.until(what, () => probe(this.received), ms);
  }

  /** Resolves when the component has ended the connection. */
  gone(ms?: number): Promise<boolean> {
    return this.#watch.until('the end of the connection', () => this.ended, ms);
  }

  /** Opens the stream and accepts the handshake, followed at once by `text`. */
  async accept(text = ''): Promise<this> {
    await this.until('the header', (received) => received.includes('<stream:stream'));
    this.write(HEADER);
    await this.until('the handshake', (received) => received.includes('</handshake>'));
    this.write('<handshake/>' + text);
    return this;
  }

  /** What a component must send as handshake for this secret. */
  static digest(secret: string): string {
    return createHash('sha1')
      .update(STREAM_ID + secret)
      .digest('hex');
  }
}

export class FakeServer implements AsyncDisposable {
  readonly #listener: Server;
  readonly #watch = new Watch();
  readonly connections: FakeConnection[] = [];
  readonly #sockets: Socket[] = [];

  private constructor(listener: Server) {
    this.#listener = listener;
    listener.on('connection', (socket) => {
      this.#sockets.push(socket);
      this.connections.push(new FakeConnection(socket));
      this.#watch.notify();
    });
  }

  static async listen(): Promise<FakeServer> {
    const listener = createServer();
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(0, '127.0.0.1', resolve);
    });
    return new FakeServer(listener);
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** The connection with this number, from 0, now or when it comes. */
  connection(number = 0, ms?: number): Promise<FakeConnection> {
    return this.#watch.until(`connection ${number}`, () => this.connections[number], ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}

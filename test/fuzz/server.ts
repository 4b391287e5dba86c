// The server of one component, in this process: takes its handshake, hands back its fences, and refuses what it asks for.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Reader } from '../../src/xmpp/stream/reader.ts';
import { x, type Element } from '../../src/xmpp/stanza.ts';

const HEADER =
  `<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' ` +
  `xmlns='jabber:component:accept' from='net.example.org' id='fuzz'>`;
const LIMITS = { stanza: 4_194_304, depth: 1_000, attributes: 100, elements: 100_000 };

export class ComponentServer implements AsyncDisposable {
  readonly #listener: Server;
  readonly #domain: string;
  #socket: Socket | undefined;
  /** Called with each stanza that is for somebody else. */
  onStanza: (stanza: Element) => void = () => undefined;
  /** Connections so far; a second one means that the component gave up the first. */
  connections = 0;

  private constructor(listener: Server, domain: string) {
    this.#listener = listener;
    this.#domain = domain;
    listener.on('connection', (socket) => this.#serve(socket));
  }

  static async listen(domain: string): Promise<ComponentServer> {
    const listener = createServer();
    const listening = Promise.withResolvers<void>();
    listener.once('error', listening.reject);
    listener.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return new ComponentServer(listener, domain);
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Brings a stanza to the component. */
  write(stanza: Element): void {
    this.#socket?.write(stanza.toString());
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#socket = socket;
    socket.setEncoding('utf8');
    const end = (): void => void socket.end('</stream:stream>');
    const reader = new Reader(LIMITS, {
      header: () => socket.write(HEADER),
      nonza: ({ name }) => void (name === 'handshake' && socket.write('<handshake/>')),
      stanza: (stanza) => this.#route(stanza),
      refused: () => socket.destroy(),
      end,
    });
    socket.on('data', (text: string) => reader.feed(text));
    socket.on('error', () => undefined);
  }

  #route(stanza: Element): void {
    const { id, from, to, type } = stanza.attrs;
    if (to === this.#domain) return this.write(stanza);
    if (!stanza.is('iq') || (type !== 'get' && type !== 'set')) return this.onStanza(stanza);
    const refusal = x(
      'error',
      { type: 'cancel' },
      x('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }),
    );
    this.write(x('iq', { type: 'error', id, from: to, to: from }, refusal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}

// A little network to test against: one account "me", one other user "friend". Exchange it for the real server in a folder
// of its own, or for a fake of your network; the suite needs no more of it than test/conformance.test.ts shows.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next message meets. */
type Fault = 'drop' | 'hang' | { readonly status: number; readonly retryAfter?: number };
type Body = Readonly<Record<string, unknown>>;

export class Network {
  /** What the friend sees, by token. */
  readonly shown = new Map<string, string>();
  readonly meets: Fault[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #waiting = new Set<() => void>();
  #events: { seq: number; from: string; text: string; at: number }[] = [];
  #seq = 0;
  #session = 'session-1';
  #port = 0;

  static async start(): Promise<Network> {
    const network = new Network();
    await network.listen();
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  /** Breaks every connection. */
  cut(): void {
    this.#waiting.clear();
    this.#server.closeAllConnections();
  }

  say(text: string): void {
    this.#seq += 1;
    this.#events.push({ seq: this.#seq, from: 'friend', text, at: Date.now() });
    this.#wake();
  }

  revoke(): void {
    this.#session = 'session-2';
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text) as Body;
    if (request.url === '/login') {
      const right = body['password'] === 'right';
      return answer(response, right ? 200 : 401, right ? { session: this.#session } : {});
    }
    const entered = (): boolean => request.headers.authorization === `Bearer ${this.#session}`;
    if (!entered()) return answer(response, 401, {});
    if (request.url === '/send') return this.#send(response, body);
    const after = Number(body['after']);
    this.#events = this.#events.filter(({ seq }) => seq > after); // what was confirmed is forgotten
    const news = (): void => answer(response, entered() ? 200 : 401, this.#events);
    if (this.#events.length > 0 || body['wait'] === false) return news();
    this.#waiting.add(news);
    const timer = setTimeout(news, 25_000);
    response.once('close', () => {
      clearTimeout(timer);
      this.#waiting.delete(news);
    });
  }

  #send(response: ServerResponse, { to, text, token }: Body): void {
    const fault = this.meets.shift();
    if (to !== 'friend') return answer(response, 404, {});
    if (typeof fault === 'object') return answer(response, fault.status, {}, fault.retryAfter);
    this.shown.set(String(token), this.shown.get(String(token)) ?? String(text)); // a token that was here shows nothing new
    if (fault === 'drop') response.socket?.destroy();
    else if (fault !== 'hang') answer(response, 200, { id: `out/${String(token)}` });
  }
}

function answer(response: ServerResponse, status: number, body: unknown, retryAfter?: number): void {
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
  response.end(JSON.stringify(body));
}

// A Bot API that hands out whatever updates it is given and answers each call as it is told: for what neither Telegram nor
// its fake would ever say.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../fake/common/http.ts';
import { HASTE } from './haste.ts';

/** How one call ends. 'odd': `with` in the place of the result; 'nonsense': in the place of the whole answer. */
export type Answer =
  | { readonly how: 'well' | 'html' | 'cut' | 'reset' }
  | { readonly how: 'odd' | 'nonsense'; readonly with: unknown }
  | { readonly how: 'refuse'; readonly code: number; readonly description: string; readonly retryAfter?: number };

type Given = Readonly<Record<string, unknown>>;
interface Poll {
  readonly response: ServerResponse;
  readonly timer: NodeJS.Timeout;
}

/** How far beyond the newest update an offset may lie before it is not believed, as on the real server. */
const FUTURE = 10;
const PAGE = 100;

export class BotApi implements AsyncDisposable {
  readonly #server: Server;
  /** Each update by its true number; what it says of its number itself may be something else. */
  #pending: { readonly number: number; readonly update: unknown }[] = [];
  #number = 1;
  #poll: Poll | undefined;
  /** Answers to the next polls; then they end well. */
  polls: Answer[] = [];
  /** Told what is called, says how that ends. */
  onCall: (method: string, payload: Given) => Answer = () => ({ how: 'well' });
  #messages = 5_000_000;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
    server.keepAliveTimeout = 60_000;
  }

  static async listen(): Promise<BotApi> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject);
    server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return new BotApi(server);
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Updates that nobody has confirmed. */
  get unconfirmed(): number {
    return this.#pending.length;
  }

  /** Something has happened; `number` makes an update of it, given the number that it is to bear. */
  push(happened: readonly ((number: number) => unknown)[]): void {
    for (const update of happened) {
      this.#pending.push({ number: this.#number, update: update(this.#number) });
      this.#number += 1;
    }
    const poll = this.#poll;
    if (poll === undefined) return;
    this.#poll = undefined;
    clearTimeout(poll.timer);
    this.#say(poll.response, this.polls.shift() ?? { how: 'well' }, this.#page());
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = /\/bot[^/]+\/(\w+)/.exec(request.url ?? '')?.[1] ?? '';
    const payload = JSON.parse((await readBody(request)) || '{}') as Given;
    if (method === 'getUpdates') return this.#updates(payload, response);
    const bot = { id: 700, is_bot: true, first_name: 'Gate', username: 'gate_bot' };
    if (method === 'getMe') return this.#say(response, { how: 'well' }, bot);
    if (method === 'getWebhookInfo') return this.#say(response, { how: 'well' }, { url: '' });
    const answer = this.onCall(method, payload);
    this.#messages += 1;
    this.#say(response, answer, { message_id: this.#messages, date: 1_750_000_000, chat: { id: payload['chat_id'] } });
  }

  #updates({ offset, timeout }: Given, response: ServerResponse): void {
    if (typeof offset === 'number' && offset <= this.#number + FUTURE)
      this.#pending = this.#pending.filter(({ number }) => number >= offset);
    const page = this.#page();
    const fault = page.length > 0 ? this.polls.shift() : undefined;
    if (fault !== undefined || page.length > 0 || timeout === 0)
      return this.#say(response, fault ?? { how: 'well' }, page);
    const timer = setTimeout(() => this.#leave(response, true), (Number(timeout) * 1_000) / HASTE);
    this.#poll = { response, timer };
    response.once('close', () => this.#leave(response, false));
  }

  #leave(response: ServerResponse, answer: boolean): void {
    if (this.#poll?.response !== response) return;
    clearTimeout(this.#poll.timer);
    this.#poll = undefined;
    if (answer) this.#say(response, { how: 'well' }, []);
  }

  #page(): readonly unknown[] {
    return this.#pending.slice(0, PAGE).map(({ update }) => update);
  }

  #say(response: ServerResponse, answer: Answer, result: unknown): void {
    switch (answer.how) {
      case 'reset':
        return void response.socket?.resetAndDestroy();
      case 'html':
        return void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
      case 'cut':
        return write(response, 200, JSON.stringify({ ok: true, result }).slice(0, 20));
      case 'nonsense':
        return write(response, 200, JSON.stringify(answer.with));
      case 'refuse': {
        const { code: error_code, description, retryAfter: retry_after } = answer;
        const more = retry_after === undefined ? {} : { parameters: { retry_after } };
        return write(response, error_code, JSON.stringify({ ok: false, error_code, description, ...more }));
      }
      case 'odd':
      case 'well':
        return write(response, 200, JSON.stringify({ ok: true, result: answer.how === 'odd' ? answer.with : result }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#poll !== undefined) clearTimeout(this.#poll.timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function write(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

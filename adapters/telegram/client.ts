// Telegraf's typed client on a transport of our own. The one it brings cannot say whether a request was written, waits
// 500 s, keeps a timer after a broken answer, and follows redirects with the token in the address.
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { Telegram, TelegramError } from 'telegraf';
import type { Opts, Telegram as Methods } from 'telegraf/types';
import { fields, parsed, whole, words } from './shape.ts';

// Not imported: an import makes Node load its clients for fetch and HTTP/2 as well, 13 MiB of memory for nothing.
const plain = process.getBuiltinModule('node:http');

/** No answer of the Bot API was read. Its message never contains an address or a token. */
export class CallFailure extends Error {
  /** False only if the request certainly never left: no connection stood. */
  readonly sent: boolean;
  constructor(message: string, sent: boolean) {
    super(message);
    this.name = 'CallFailure';
    this.sent = sent;
  }
}

/** What a call needs of an AbortSignal; Telegraf's types name another class than the platform's. */
interface Abortable {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const ANSWER_LIMIT = 32 * 1024 * 1024;
// Shorter than the servers' own idle limit, so that a request is not written to a connection that they are closing.
const IDLE_MS = 10_000;

/** The Bot API for one token. Every call ends: with a result, a TelegramError (an answer) or a CallFailure (none). */
export class BotClient extends Telegram {
  readonly #root: string;
  readonly #agent: Agent | SecureAgent;
  readonly #request: typeof plain.request;
  readonly #timeoutMs: number;
  readonly #sockets = new Set<Socket>();
  readonly #ready = new WeakSet<Socket>();
  #closed = false;

  constructor(token: string, apiRoot: string, timeoutMs: number) {
    super(token);
    const secure = apiRoot.startsWith('https:');
    const options = { keepAlive: true, timeout: IDLE_MS, maxSockets: 32 };
    this.#root = apiRoot;
    this.#agent = secure ? new SecureAgent(options) : new plain.Agent(options);
    this.#request = secure ? secureRequest : plain.request;
    this.#timeoutMs = timeoutMs;
  }

  /** Calls one method. A long poll is given its own `timeout` on top of the client's. */
  override async callApi<M extends keyof Methods>(
    method: M,
    payload: Opts<M>,
    { signal }: { readonly signal?: Abortable | undefined } = {},
  ): Promise<ReturnType<Methods[M]>> {
    const held = (whole(fields(payload)?.timeout) ?? 0) * 1000;
    const answer = await this.#post(method, JSON.stringify(payload), this.#timeoutMs + held, signal);
    return this.#read(answer) as ReturnType<Methods[M]>;
  }

  /** Ends every connection; resolves when none is left. Calls still running fail, later ones too. */
  async disconnect(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#sockets].map((socket) => new Promise<void>((ended) => socket.once('close', () => ended())));
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(ends);
  }

  #post(method: string, body: string, timeoutMs: number, signal?: Abortable): Promise<Answer> {
    if (this.#closed || signal?.aborted) return Promise.reject(new CallFailure('the call was given up', false));
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const url = `${this.#root}/bot${this.token}/${method}`;
    const request = this.#request(url, { method: 'POST', agent: this.#agent, headers });
    let sent = false;
    const fail = (why: string) => {
      reject(new CallFailure(why, sent));
      request.destroy();
    };
    const giveUp = () => fail('the call was given up');
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#onWritable(request, () => (sent = true));
    request.once('response', (response) => collect(response, resolve, fail));
    request.on('error', (error: NodeJS.ErrnoException) => fail(`the connection failed (${error.code ?? error.name})`));
    request.once('close', () => fail('the connection was closed without an answer'));
    request.end(body);
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    });
  }

  /** From here on what was handed over may have left. A socket of the pool is ready from the start. */
  #onWritable(request: ClientRequest, writable: () => void): void {
    request.once('socket', (socket) => {
      if (this.#ready.has(socket)) return writable();
      const connected = this.#request === secureRequest ? 'secureConnect' : 'connect';
      if (!this.#sockets.has(socket)) {
        this.#sockets.add(socket);
        socket.once(connected, () => this.#ready.add(socket));
        socket.once('close', () => this.#sockets.delete(socket));
      }
      socket.once(connected, writable);
    });
  }

  #read({ status, text }: Answer): unknown {
    const answer = fields(parsed(text));
    if (answer?.ok === true && 'result' in answer) return answer.result;
    const code = whole(answer?.error_code);
    if (answer?.ok !== false || code === undefined) {
      throw new CallFailure(`an answer that is not the Bot API's (HTTP status ${status})`, true);
    }
    const { retry_after, migrate_to_chat_id } = fields(answer.parameters) ?? {};
    const [retryAfter, movedTo] = [whole(retry_after), whole(migrate_to_chat_id)];
    const parameters = {
      ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
      ...(movedTo === undefined ? {} : { migrate_to_chat_id: movedTo }),
    };
    throw new TelegramError({
      error_code: code,
      description: (words(answer.description) ?? 'no reason given').replaceAll(this.token, '[token]'),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    });
  }
}

function collect(response: IncomingMessage, resolve: (answer: Answer) => void, fail: (why: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > ANSWER_LIMIT) fail('an answer over 32 MiB');
  });
  response.once('error', () => fail('the answer broke off'));
  response.once('end', () => {
    if (!response.complete) return fail('the answer broke off');
    resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
  });
}

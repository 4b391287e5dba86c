// The bots' side of the HTTP server: path, token, parameters, fault, method, answer. One call goes through `serve`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, failure } from './answers.ts';
import type { CallLog } from './call-log.ts';
import type { CallEntry } from './control-api.ts';
import type { Fault, Faults } from './faults.ts';
import type { FloodControl } from './limits.ts';
import { METHOD_NOT_FOUND, METHODS } from './methods.ts';
import { BodyError, type Parameters, readParameters } from './parameters.ts';
import type { Polling } from './polling.ts';
import type { Bot } from './state.ts';
import type { World } from './world.ts';

const NOT_FOUND = failure(404, 'Not Found');
const UNAUTHORIZED = failure(401, 'Unauthorized');

/** What a call needs. */
export interface BotEndpointParts {
  world: World;
  polling: Polling;
  flood: FloodControl;
  faults: Faults;
  calls: CallLog;
}

interface Exchange {
  response: ServerResponse;
  entry: CallEntry;
  gone: AbortSignal;
}

/** Answers the requests of bots. */
export class BotEndpoint {
  readonly #parts: BotEndpointParts;

  constructor(parts: BotEndpointParts) {
    this.#parts = parts;
  }

  /** Answers one request. */
  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const path = /^\/bot(\d{1,16}:[\w-]{1,64})\/([^/]+)\/?$/.exec(url.pathname);
    if (!path) return send(response, NOT_FOUND);
    const [, token = '', method = ''] = path;
    const bot = [...this.#parts.world.state.bots.values()].find((known) => known.token === token);
    let params: Parameters;
    try {
      params = await readParameters(request, url.searchParams);
    } catch (error) {
      if (error instanceof BodyError) return send(response, failure(error.status, error.message));
      throw error;
    }
    const time = this.#parts.world.now();
    const entry = this.#parts.calls.open({ time, bot: bot?.user.id ?? null, method, params });
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort());
    const exchange: Exchange = { response, entry, gone: hangUp.signal };
    const work = (): Promise<Answer> => this.#work(bot, method, params, hangUp.signal);
    const fault = this.#parts.faults.take(method, bot?.user.id ?? null, params['chat_id']);
    if (fault) await this.#suffer(exchange, fault, work);
    else this.#finish(exchange, await work());
  }

  async #work(bot: Bot | undefined, method: string, parameters: Parameters, gone: AbortSignal): Promise<Answer> {
    if (!bot) return UNAUTHORIZED;
    const name = method.toLowerCase();
    const found = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    const { world, polling, flood } = this.#parts;
    return found ? found({ world, polling, flood, bot, parameters, gone }) : METHOD_NOT_FOUND;
  }

  async #suffer(exchange: Exchange, fault: Fault, work: () => Promise<Answer>): Promise<void> {
    const { entry, response, gone } = exchange;
    const { effect } = fault.spec;
    this.#parts.calls.update(entry, { fault: fault.id });
    switch (effect.kind) {
      case 'error':
        return this.#finish(exchange, arrangedError(effect));
      case 'html':
        this.#parts.calls.update(entry, { status: effect.code, done: true });
        response.writeHead(effect.code, { 'content-type': 'text/html' });
        response.end(`<html><head><title>${effect.code}</title></head><body><h1>${effect.code}</h1></body></html>`);
        return;
      case 'drop-before':
        return this.#drop(exchange);
      case 'drop-after':
        await work();
        return this.#drop(exchange);
      case 'truncate': {
        const answer = await work();
        const text = JSON.stringify(answer.body);
        this.#parts.calls.update(entry, { status: answer.status, done: true });
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(text.slice(0, Math.floor(text.length / 2)));
        return;
      }
      case 'slow': {
        const answer = await work();
        await delay(effect.ms, undefined, { signal: gone }).catch(() => undefined);
        return this.#finish(exchange, answer);
      }
      case 'hold': {
        const early = effect.work === 'before' ? await work() : undefined;
        await this.#parts.faults.hang(fault, gone);
        return this.#finish(exchange, early ?? (gone.aborted ? NOT_FOUND : await work()));
      }
    }
  }

  #drop({ response, entry }: Exchange): void {
    response.socket?.resetAndDestroy();
    this.#parts.calls.update(entry, { done: true });
  }

  #finish({ response, entry, gone }: Exchange, answer: Answer): void {
    if (gone.aborted) {
      this.#parts.calls.update(entry, { done: true });
      return;
    }
    const { description } = answer.body;
    const why = answer.status !== 200 && typeof description === 'string' ? { description } : {};
    this.#parts.calls.update(entry, { status: answer.status, done: true, ...why });
    send(response, answer);
  }
}

function arrangedError(effect: {
  code: number;
  description: string;
  retry_after?: number;
  migrate_to_chat_id?: number;
}): Answer {
  const { retry_after, migrate_to_chat_id } = effect;
  const parameters = {
    ...(retry_after === undefined ? {} : { retry_after }),
    ...(migrate_to_chat_id === undefined ? {} : { migrate_to_chat_id }),
  };
  return failure(effect.code, effect.description, Object.keys(parameters).length > 0 ? parameters : undefined);
}

/** Writes an answer as Telegram writes it. */
function send(response: ServerResponse, { status, body }: Answer): void {
  const retryAfter = (body['parameters'] as { retry_after?: number } | undefined)?.retry_after;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(JSON.stringify(body));
}

// The bots' side of the HTTP server: path, token, parameters, fault, method, answer. One call goes through `serve`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallLog } from '../common/call-log.ts';
import { Exchange, sendAnswer } from '../common/exchange.ts';
import type { Fault, Faults } from '../common/faults.ts';
import { type Answer, failure } from './answers.ts';
import type { CallEntry, FaultSpec, Refusal } from './control-api.ts';
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
  faults: Faults<FaultSpec>;
  calls: CallLog<CallEntry>;
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
    if (!path) return sendAnswer(response, NOT_FOUND);
    const [, token = '', method = ''] = path;
    const bot = [...this.#parts.world.state.bots.values()].find((known) => known.token === token);
    let params: Parameters;
    try {
      params = await readParameters(request, url.searchParams);
    } catch (error) {
      if (error instanceof BodyError) return sendAnswer(response, failure(error.status, error.message));
      throw error;
    }
    const time = this.#parts.world.now();
    const entry = this.#parts.calls.open({ time, bot: bot?.user.id ?? null, method, params });
    const exchange = new Exchange({ ...this.#parts, refuse: arrangedError, wordsOf }, response, entry);
    await exchange.play(this.#fault(method, bot, params), () => this.#work(bot, method, params, exchange.gone));
  }

  #fault(called: string, bot: Bot | undefined, params: Parameters): Fault<FaultSpec> | undefined {
    return this.#parts.faults.take(
      ({ method, bot: id, chat }) =>
        (method === undefined || method.toLowerCase() === called.toLowerCase()) &&
        (id === undefined || id === bot?.user.id) &&
        (chat === undefined || String(chat) === params['chat_id']),
    );
  }

  async #work(bot: Bot | undefined, method: string, parameters: Parameters, gone: AbortSignal): Promise<Answer> {
    if (!bot) return UNAUTHORIZED;
    const name = method.toLowerCase();
    const found = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    const { world, polling, flood } = this.#parts;
    return found ? found({ world, polling, flood, bot, parameters, gone }) : METHOD_NOT_FOUND;
  }
}

const wordsOf = ({ body }: Answer): unknown => body['description'];

function arrangedError(effect: Refusal): Answer {
  const { retry_after, migrate_to_chat_id } = effect;
  const parameters = {
    ...(retry_after === undefined ? {} : { retry_after }),
    ...(migrate_to_chat_id === undefined ? {} : { migrate_to_chat_id }),
  };
  return failure(effect.code, effect.description, Object.keys(parameters).length > 0 ? parameters : undefined);
}

// One request of a client to a fake and what becomes of it: the work it asks for, or the fault that it meets.
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Call, CallLog } from './call-log.ts';
import type { Arranged, Fault, Faults } from './faults.ts';

/** An answer as HTTP status and JSON body; `headers` beside the content type. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** What an exchange needs of its fake. */
export interface ExchangeParts<Refusal extends object, Entry extends Call, Spec extends Arranged<Refusal>> {
  calls: CallLog<Entry>;
  faults: Faults<Spec>;
  /** The answer to which an arranged error leads. */
  refuse(this: void, refusal: Refusal): Answer;
  /** What an error answer says, for the log of calls. */
  wordsOf(answer: Answer): unknown;
}

/** One request on its way. */
export class Exchange<Refusal extends object, Entry extends Call, Spec extends Arranged<Refusal>> {
  /** Aborted when the caller has hung up. */
  readonly gone: AbortSignal;
  readonly #parts: ExchangeParts<Refusal, Entry, Spec>;
  readonly #response: ServerResponse;
  readonly #entry: Entry;

  constructor(parts: ExchangeParts<Refusal, Entry, Spec>, response: ServerResponse, entry: Entry) {
    this.#parts = parts;
    this.#response = response;
    this.#entry = entry;
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort());
    this.gone = hangUp.signal;
  }

  /** Does the work and answers, or lets the fault have its way. */
  async play(fault: Fault<Spec> | undefined, work: () => Answer | Promise<Answer>): Promise<void> {
    if (!fault) return this.#finish(await work());
    const { calls, faults, refuse } = this.#parts;
    const effect: Arranged<Refusal>['effect'] = fault.spec.effect;
    calls.update(this.#entry, { fault: fault.id });
    switch (effect.kind) {
      case 'error':
        return this.#finish(refuse(effect));
      case 'html':
        return this.#write(effect.code, 'text/html', `<html><body><h1>${effect.code}</h1></body></html>`);
      case 'drop-before':
        return this.#drop();
      case 'drop-after':
        await work();
        return this.#drop();
      case 'truncate': {
        const { status, body } = await work();
        const text = JSON.stringify(body);
        return this.#write(status, 'application/json', text.slice(0, Math.floor(text.length / 2)));
      }
      case 'slow': {
        const answer = await work();
        await delay(effect.ms, undefined, { signal: this.gone }).catch(() => undefined);
        return this.#finish(answer);
      }
      case 'hold': {
        const early = effect.work === 'before' ? await work() : undefined;
        await faults.hang(fault, this.gone);
        if (early) return this.#finish(early);
        return this.gone.aborted ? this.#end() : this.#finish(await work());
      }
    }
  }

  #drop(): void {
    this.#response.socket?.resetAndDestroy();
    this.#end();
  }

  #end(): void {
    this.#parts.calls.update(this.#entry, { done: true });
  }

  #write(status: number, type: string, text: string): void {
    this.#parts.calls.update(this.#entry, { status, done: true });
    this.#response.writeHead(status, { 'content-type': type });
    this.#response.end(text);
  }

  #finish(answer: Answer): void {
    if (this.gone.aborted) return this.#end();
    const words = this.#parts.wordsOf(answer);
    const why = answer.status >= 400 && typeof words === 'string' ? { description: words } : {};
    this.#parts.calls.update(this.#entry, { status: answer.status, done: true, ...why });
    sendAnswer(this.#response, answer);
  }
}

/** Writes an answer, if there is still somebody to read it. */
export function sendAnswer(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

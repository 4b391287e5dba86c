// Keeps a component's stream up: connects, and after each end connects again, after a pause, until it is closed.
//
// connecting -> online -> connecting ... -> closing -> closed; an operator hears of each problem once, not each attempt.
import { randomBytes } from 'node:crypto';
import type { Element } from '../stanza.ts';
import { StreamEndedError } from './api.ts';
import type { Refusal, Stream, StreamClock, StreamLimits, StreamOptions } from './api.ts';
import { systemClock } from './clock.ts';
import { Fences } from './fences.ts';
import type { Connect, Link } from './link.ts';
import { outgoing } from './outgoing.ts';
import { problemOf, retryPause } from './retry.ts';
import type { Place, Problem } from './retry.ts';

const DEFAULT_LIMITS: StreamLimits = {
  open: 5_000,
  watch: 2_000,
  patience: 3,
  close: 5_000,
  retry: [250, 30_000],
  retryRefused: [60_000, 300_000],
  stable: 5_000,
  stanza: 524_288,
  depth: 256,
  attributes: 256,
  elements: 8_192,
  outgoing: 500_000,
  highWater: 262_144,
  backlog: 4_194_304,
};

export class Keeper implements Stream {
  readonly domain: string;
  readonly counts = { received: 0, sent: 0, refused: 0, handlerFailures: 0, online: 0 };
  readonly #options: StreamOptions;
  readonly #limits: StreamLimits;
  readonly #clock: StreamClock;
  readonly #place: Place;
  readonly #connect: Connect;
  #state: Stream['state'] = 'connecting';
  #link: Link | undefined;
  #fences: Fences | undefined;
  #problem: Problem | undefined;
  /** The problem that the operator was told last, and failures of its kind in a row. */
  #told: Problem | undefined;
  #failures = 0;
  #onlineSince = 0;
  #heardAt = 0;
  #cancelRetry: (() => void) | undefined;
  readonly #closed = Promise.withResolvers<void>();

  constructor(options: StreamOptions, connect: Connect) {
    this.domain = options.domain;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#place = { domain: options.domain, ...options.server };
    this.#connect = connect;
    this.#open();
  }

  get state(): Stream['state'] {
    return this.#state;
  }

  get problem(): string | undefined {
    if (this.#state === 'online') return undefined;
    return this.#problem?.message ?? (this.#state === 'connecting' ? 'connecting' : 'closed');
  }

  get writable(): boolean {
    return this.#state === 'online' && (this.#link?.output.writable ?? false);
  }

  send(stanza: Element | string): boolean {
    if (this.#state !== 'online' || !this.#link) return false;
    if (!this.#link.output.push(outgoing(stanza, this.domain, this.#limits.outgoing))) return false;
    this.counts.sent++;
    return true;
  }

  fence(): Promise<void> {
    if (this.#state !== 'online' || !this.#fences)
      return Promise.reject(new StreamEndedError('the stream is not online'));
    return this.#fences.wait();
  }

  close(): Promise<void> {
    if (this.#state === 'online') {
      this.#state = 'closing';
      this.#link?.close();
    } else if (this.#state === 'connecting') {
      this.#state = 'closing';
      this.#cancelRetry?.();
      if (this.#link) this.#link.abort(problemOf('ended', this.#place));
      else this.#finish();
    }
    return this.#closed.promise;
  }

  #finish(): void {
    this.#state = 'closed';
    this.#closed.resolve();
  }

  #open(): void {
    const { secret } = this.#options;
    this.#link = this.#connect(
      { place: this.#place, secret, limits: this.#limits, clock: this.#clock },
      {
        online: () => this.#onOnline(),
        heard: () => this.#onHeard(),
        stanza: (stanza) => this.#onStanza(stanza),
        refused: (stanza, why) => this.#onRefused(stanza, why),
        writable: () => this.#guard(() => this.#options.onWritable?.()),
        ended: (end) => this.#onEnded(end),
      },
    );
  }

  #onHeard(): void {
    this.#heardAt = this.#clock.now();
    this.#fences?.heard();
  }

  #onOnline(): void {
    const link = this.#link;
    if (!link || this.#state !== 'connecting') return;
    const { domain } = this;
    this.#state = 'online';
    this.#problem = undefined;
    this.#told = undefined;
    this.#onlineSince = this.#clock.now();
    this.counts.online++;
    this.#fences = new Fences({
      domain,
      serverDomain: this.#options.serverDomain ?? (domain.slice(domain.indexOf('.') + 1) || domain),
      limits: this.#limits,
      clock: this.#clock,
      write: (xml) => link.output.write(xml),
      drained: () => link.output.drained(),
      onDead: (why) => link.abort(problemOf(why, this.#place)),
    });
    this.#fences.start();
    this.#options.log.info({ domain }, 'component online');
    this.#guard(this.#options.onOnline);
  }

  #onStanza(stanza: Element): void {
    if (this.#fences?.take(stanza)) return;
    this.counts.received++;
    this.#guard(() => this.#options.onStanza(stanza), stanza);
  }

  #onRefused(stanza: Element, why: Refusal): void {
    this.counts.refused++;
    const { from, to } = stanza.attrs;
    this.#options.log.warn({ domain: this.domain, stanza: stanza.name, from, to, why }, 'stanza over a limit refused');
    this.#guard(() => this.#options.onRefused(stanza, why), stanza);
  }

  /** Calls what was passed in; its failure is counted, told with a reference, and ends there. */
  #guard(call: () => void | Promise<void>, stanza?: Element): void {
    try {
      const done = call();
      if (done instanceof Promise) done.catch((error: unknown) => this.#onFailure(error, stanza));
    } catch (error) {
      this.#onFailure(error, stanza);
    }
  }

  #onFailure(error: unknown, stanza: Element | undefined): void {
    this.counts.handlerFailures++;
    const { name, attrs } = stanza ?? { name: undefined, attrs: undefined };
    this.#options.log.error(
      { err: error, domain: this.domain, reference: randomBytes(4).toString('hex'), stanza: name, id: attrs?.['id'] },
      'a handler failed',
    );
  }

  #onEnded({ clean, problem }: { readonly clean: boolean; readonly problem: Problem }): void {
    const wasOnline = this.#fences !== undefined;
    this.#link = undefined;
    this.#fences?.end();
    this.#fences = undefined;
    const closing = this.#state === 'closing';
    if (!closing) {
      this.#state = 'connecting';
      this.#retry(problem, wasOnline);
    }
    const silent = this.#clock.now() - this.#heardAt;
    if (wasOnline) this.#guard(() => this.#options.onOffline({ clean, silent }));
    if (closing) this.#finish();
  }

  #retry(problem: Problem, wasOnline: boolean): void {
    const stable = wasOnline && this.#clock.now() - this.#onlineSince >= this.#limits.stable;
    if (stable || (problem.code === 'not-authorized') !== (this.#problem?.code === 'not-authorized'))
      this.#failures = 0;
    this.#problem = problem;
    const pause = retryPause(this.#failures++, problem.code, this.#limits, this.#clock.random());
    this.#cancelRetry = this.#clock.after(pause, () => this.#open());
    if (this.#told?.code === problem.code) return;
    this.#told = problem;
    this.#options.log.error(
      { domain: this.domain, problem: problem.code, retryMs: Math.round(pause) },
      problem.message,
    );
  }
}

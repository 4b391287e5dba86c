// Fences: what was written before one has been parsed and routed when it comes back. They are the watchdog too.
//
// A fence is an IQ result from our domain to our domain, which every server loops back in order and nobody need answer.
// Where a server shares the domain among several connections it may come back on another one; then the server is pinged
// beside it, and again, until one comes back here. A later one that comes back stands for all before it.
import { randomBytes } from 'node:crypto';
import { serialize, x } from '../stanza.ts';
import type { Element } from '../stanza.ts';
import { StreamEndedError } from './api.ts';
import type { StreamClock, StreamLimits } from './api.ts';

const PREFIX = 'moongate-fence-';
/** This many times the patience with a silent server is the patience with one that speaks but returns no fence. */
const STRAY_PATIENCE = 3;
/** Pings and fences sent at each look at an unanswered one: ejabberd gives each to any of a domain's connections. */
const STRAY_PROBES = 2;

interface Waiter {
  /** Done when the fence of this number, or a later one, is back. */
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

export interface FenceOptions {
  readonly domain: string;
  /** Whom to ping. */
  readonly serverDomain: string;
  readonly limits: Pick<StreamLimits, 'watch' | 'patience'>;
  readonly clock: StreamClock;
  readonly write: (xml: string) => void;
  /** The server has read since the last look, though it may have said nothing: it is busy with what was written before. */
  readonly drained: () => boolean;
  /** The server says nothing at all, or routes nothing back. */
  readonly onDead: (why: 'silent' | 'no-fence') => void;
}

export class Fences {
  readonly #options: FenceOptions;
  readonly #prefix = `${PREFIX}${randomBytes(12).toString('hex')}-`;
  readonly #waiters: Waiter[] = [];
  #last = 0;
  #settled = 0;
  /** Looks since the server last sent anything, and since a fence last came back, while one was out. */
  #silence = 0;
  #astray = 0;
  #cancel: (() => void) | undefined;
  #ended = false;

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  /** Begins to watch. */
  start(): void {
    this.#cancel = this.#options.clock.after(this.#options.limits.watch, () => this.#look());
  }

  /** Sends a fence; resolves when it, or a later one, is back. */
  wait(): Promise<void> {
    if (this.#ended) return Promise.reject(new StreamEndedError());
    const number = this.#send();
    return new Promise((resolve, reject) => this.#waiters.push({ number, resolve, reject }));
  }

  /** The server sent something. */
  heard(): void {
    this.#silence = 0;
  }

  /** Whether the stanza was a fence, which is nobody else's business; if it is one of ours, it is settled. */
  take(stanza: Element): boolean {
    const { id } = stanza.attrs;
    if (id === undefined || !id.startsWith(PREFIX) || stanza.name !== 'iq') return false;
    const { from, type } = stanza.attrs;
    if (id.startsWith(this.#prefix)) {
      this.#settle(Number.parseInt(id.slice(this.#prefix.length), 10));
      return true;
    }
    // One of another connection for our domain. Anything else with such an id is a stanza like any other.
    return from === this.#options.domain && type === 'result';
  }

  /** The stream has ended: whoever waits is told. */
  end(): void {
    this.#ended = true;
    this.#cancel?.();
    for (const { reject } of this.#waiters.splice(0)) reject(new StreamEndedError());
  }

  #send(): number {
    const number = ++this.#last;
    const { domain, write } = this.#options;
    write(`<iq type="result" from="${domain}" to="${domain}" id="${this.#prefix}${number}"/>`);
    return number;
  }

  #ping(): void {
    const { domain, serverDomain, write } = this.#options;
    const id = `${this.#prefix}${++this.#last}`;
    write(
      serialize(x('iq', { type: 'get', from: domain, to: serverDomain, id }, x('ping', { xmlns: 'urn:xmpp:ping' }))),
    );
  }

  #settle(number: number): void {
    if (!(number > this.#settled && number <= this.#last)) return;
    this.#settled = number;
    this.#astray = 0;
    const first = this.#waiters.findIndex((waiter) => waiter.number > number);
    for (const { resolve } of this.#waiters.splice(0, first < 0 ? this.#waiters.length : first)) resolve();
  }

  /** Looks are counted, not timed: a stall of our own is one look, however long it was. */
  #look(): void {
    const { patience } = this.#options.limits;
    this.start();
    const busy = this.#options.drained();
    if (this.#settled === this.#last) {
      this.#silence = 0;
      this.#astray = 0;
      this.#send();
      return;
    }
    if (busy) {
      this.#silence = 0;
      return;
    }
    this.#silence++;
    this.#astray++;
    if (this.#silence >= patience) this.#options.onDead('silent');
    else if (this.#astray >= patience * STRAY_PATIENCE) this.#options.onDead('no-fence');
    else {
      for (let probe = 0; probe < STRAY_PROBES; probe++) {
        this.#ping();
        this.#send();
      }
    }
  }
}

// Contacts offered to users whose server lets nobody write rosters and whose client takes an exchange of contacts (R22): one
// question for all of them, where each would else ask by himself.
import type { Clock } from '../clock.ts';
import { NS_INFO } from './feature/disco.ts';
import { exchange, NS_ROSTER_EXCHANGE, type Offered } from './feature/roster-exchange.ts';
import type { Requests } from './requests.ts';
import { x } from './stanza.ts';

export interface ExchangeOptions {
  readonly requests: Requests;
  readonly clock: Pick<Clock, 'after'>;
  /** Under which the contacts stand. */
  readonly group: string;
}

/** What comes within this time is offered together. */
const GATHER_MS = 500;
/** Offered in one question. */
const MOST = 200;
const MOST_DEVICES = 1_000;

interface Waiting extends Offered {
  readonly refused: () => void;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  /** What devices were found able to do, by their full JIDs. */
  readonly #able = new Map<string, boolean>();
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** A device of the user that takes an exchange, of those that were looked at. */
  able(user: string): string | undefined {
    for (const [device, able] of this.#able) if (able && device.startsWith(`${user}/`)) return device;
    return undefined;
  }

  /** Offers a contact. `refused`: the device does not take it after all. */
  offer(device: string, contact: Offered, refused: () => void): void {
    const waiting = this.#waiting.get(device) ?? [];
    this.#waiting.set(device, waiting);
    if (waiting.push({ ...contact, refused }) === 1) this.#options.clock.after(GATHER_MS, () => this.#send(device));
    if (waiting.length >= MOST) this.#send(device);
  }

  /** A device is there: asks it once what it can do. */
  look(device: string): void {
    if (this.#able.has(device)) return;
    if (this.#able.size >= MOST_DEVICES) this.#able.clear();
    this.#able.set(device, false);
    void this.#look(device);
  }

  /** A device is gone. */
  leave(device: string): void {
    this.#able.delete(device);
  }

  /** Who is there is learned anew. */
  forget(): void {
    this.#able.clear();
  }

  #send(device: string): void {
    const waiting = this.#waiting.get(device) ?? [];
    this.#waiting.delete(device);
    if (waiting.length === 0) return;
    const { requests, group } = this.#options;
    void requests.ask('set', device, exchange(waiting, group)).then((answer) => {
      if (answer?.attrs['type'] === 'result') return;
      this.#able.set(device, false);
      for (const { refused } of waiting) refused();
    });
  }

  async #look(device: string): Promise<void> {
    const answer = await this.#options.requests.ask('get', device, x('query', { xmlns: NS_INFO }));
    const named = answer?.attrs['type'] === 'result' ? answer.getChild('query', NS_INFO)?.getChildren('feature') : [];
    const able = named?.some(({ attrs }) => attrs['var'] === NS_ROSTER_EXCHANGE) ?? false;
    if (this.#able.has(device)) this.#able.set(device, able);
  }
}

// Finds the handler for a request and sees to it that each get and set has exactly one answer, and nothing else any.
import type { Accounts } from '../account/accounts.ts';
import { LinkError } from '../link.ts';
import type { Failure } from '../message/entry.ts';
import { fromLocal, idOf } from './address.ts';
import { errorReply, refuse } from './error.ts';
import { IqError, type Feature, type IqHandler, type Place } from './feature/feature.ts';
import { bareJid, parseJid, type Jid } from './jid.ts';
import { x, type Element } from './stanza.ts';

export interface RouterOptions {
  readonly accounts: Pick<Accounts, 'of'>;
  readonly features: readonly Feature[];
  /** What a failure of ours is told as; logs it. */
  readonly fault: (error: unknown) => Failure;
}

/** Requests of one user that may be worked on at the same time. */
const MOST_PENDING = 16;

export class Router {
  readonly #options: RouterOptions;
  readonly #handlers = new Map<string, Pick<IqHandler, 'handle'>>();
  readonly #unknown = new Map<string, Pick<IqHandler, 'handle'>>();
  readonly #pending = new Map<string, number>();

  constructor(options: RouterOptions) {
    this.#options = options;
    for (const handler of options.features.flatMap(({ iq = [] }) => iq))
      for (const place of handler.on) {
        const key = keyOf(place, handler.type, handler.name, handler.ns);
        if (this.#handlers.has(key)) throw new Error(`two handlers for ${key}`);
        this.#handlers.set(key, handler);
      }
    for (const [place, handle] of options.features.flatMap(({ unknown = {} }) => Object.entries(unknown)))
      this.#unknown.set(place, { handle });
  }

  /** The answer to an IQ; undefined where there must be none. Never rejects. */
  async answer(stanza: Element): Promise<Element | undefined> {
    const { type, from, to } = stanza.attrs;
    if (type === 'result' || type === 'error' || from === undefined) return undefined;
    const sender = parseJid(from);
    const target = parseJid(to ?? '');
    const [payload, ...others] = stanza.getChildElements();
    if (sender === undefined) return refuse(stanza, 'bad-request');
    if (target === undefined) return errorReply(stanza, { code: 'invalid' }, undefined, 'address');
    const malformed = payload === undefined || others.length > 0 || stanza.attrs['id'] === undefined;
    if ((type !== 'get' && type !== 'set') || malformed) return refuse(stanza, 'bad-request');
    const place = placeOf(target);
    if (place === undefined) return errorReply(stanza, { code: 'not-found' });
    const key = keyOf(place, type, payload.getName(), payload.getNS() ?? '');
    const known = place === 'occupant' || target.resource === undefined ? this.#handlers.get(key) : undefined;
    const handler = known ?? this.#unknown.get(place);
    if (handler === undefined) return refuse(stanza, 'service-unavailable');
    return this.#run(handler, stanza, payload, type, target, bareJid(sender), place);
  }

  async #run(
    handler: Pick<IqHandler, 'handle'>,
    stanza: Element,
    payload: Element,
    type: 'get' | 'set',
    to: Jid,
    user: string,
    place: Place,
  ): Promise<Element | undefined> {
    const pending = this.#pending.get(user) ?? 0;
    if (pending >= MOST_PENDING) return errorReply(stanza, { code: 'quota' });
    this.#pending.set(user, pending + 1);
    const account = this.#options.accounts.of(user, idOf(to));
    const lang = stanza.attrs['xml:lang'] ?? account?.lang;
    try {
      const from = stanza.attrs['from'] ?? user;
      const result = await handler.handle({ type, from, user, to, place, lang, payload, account });
      return x('iq', { type: 'result', id: stanza.attrs['id'], from: stanza.attrs['to'], to: from }, result);
    } catch (error) {
      return this.#error(stanza, error, lang);
    } finally {
      const left = (this.#pending.get(user) ?? 1) - 1;
      if (left > 0) this.#pending.set(user, left);
      else this.#pending.delete(user);
    }
  }

  #error(stanza: Element, error: unknown, lang: string | undefined): Element | undefined {
    if (!(error instanceof IqError)) {
      const failure = error instanceof LinkError ? error.failure : this.#options.fault(error);
      return errorReply(stanza, failure, lang);
    }
    const answer =
      typeof error.why === 'string'
        ? refuse(stanza, error.why, lang)
        : errorReply(stanza, error.why, lang, error.special);
    answer?.getChild('error')?.append(...error.extra);
    return answer;
  }
}

const keyOf = (place: Place, type: string, name: string, ns: string): string => `${place} ${type} ${name} ${ns}`;

/** What an address of ours names; undefined: nothing. */
function placeOf({ local, resource }: Jid): Place | undefined {
  if (local === undefined) return 'gateway';
  if (fromLocal(local) === undefined) return undefined;
  if (!local.startsWith('#')) return 'contact';
  return resource === undefined ? 'room' : 'occupant';
}

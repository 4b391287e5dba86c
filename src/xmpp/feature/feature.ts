// What a feature of the front is: the requests that it answers and what it announces, in one place, so that discovery
// can only tell the truth.
import type { Registered } from '../../account/directory.ts';
import type { Capability } from '../../link.ts';
import type { Failure } from '../../message/entry.ts';
import type { Refusal, Special } from '../error.ts';
import type { Jid } from '../jid.ts';
import type { Element } from '../stanza.ts';

/** The addresses of a transport: its bare domain, the bare JIDs of contacts and rooms, and those in a room by their nicks. */
export type Place = 'gateway' | 'contact' | 'room' | 'occupant';

/** A request (IQ get or set) that is well-formed. */
export interface Request {
  readonly type: 'get' | 'set';
  /** The full JID that asks, as it stands in the stanza. */
  readonly from: string;
  /** His bare JID. */
  readonly user: string;
  readonly to: Jid;
  readonly place: Place;
  readonly lang: string | undefined;
  readonly payload: Element;
  /** His account, if he has one. */
  readonly account: Registered | undefined;
}

/** One kind of request. */
export interface IqHandler {
  readonly on: readonly Place[];
  readonly type: 'get' | 'set';
  readonly name: string;
  readonly ns: string;
  /** Announced only where the user's session can do this. */
  readonly needs?: Capability;
  /** Answers with the result's payload; throws an IqError for everything that is the asker's fault or misfortune. */
  handle(request: Request): Promise<Element | undefined> | Element | undefined;
}

/** Who an address is (XEP-0030). */
export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
}

/** What is found at a node of an address. */
export interface DiscoNode {
  readonly identities: readonly Identity[];
  readonly features: readonly string[];
  readonly items: readonly { readonly node: string; readonly name: string }[];
}

/** One protocol extension. */
export interface Feature {
  /** Their namespaces are announced where they are answered. */
  readonly iq?: readonly IqHandler[];
  /** What is announced besides: extensions that are no requests. */
  readonly announces?: Partial<Readonly<Record<Place, readonly string[]>>>;
  /** What is announced of a contact besides, where the user's session can do it. */
  readonly able?: Partial<Readonly<Record<Capability, readonly string[]>>>;
  /** Answers requests that nobody knows; where no feature does, they are answered with `service-unavailable`. */
  readonly unknown?: Partial<Readonly<Record<Place, IqHandler['handle']>>>;
  /** Nodes of disco that belong to it. */
  node?(node: string, request: Request): Promise<DiscoNode | undefined>;
}

/** The answer to a request is an error. */
export class IqError extends Error {
  readonly why: Failure | Refusal;
  readonly special: Special | undefined;
  /** Elements that go into the error besides. */
  readonly extra: readonly Element[];
  constructor(why: Failure | Refusal, extra: readonly Element[] = [], special?: Special) {
    super(typeof why === 'string' ? why : (why.detail ?? why.code));
    this.name = 'IqError';
    this.why = why;
    this.extra = extra;
    this.special = special;
  }
}

/** Every namespace that the features announce at an address to a user whose session can do so much, sorted. */
export function announced(
  features: readonly Feature[],
  place: Place,
  can: readonly Capability[] = [],
): readonly string[] {
  const names = features.flatMap(({ iq = [], announces, able }) => [
    ...iq.filter(({ on, needs }) => on.includes(place) && (!needs || can.includes(needs))).map(({ ns }) => ns),
    ...(announces?.[place] ?? []),
    ...(place === 'contact' ? can.flatMap((one) => able?.[one] ?? []) : []),
  ]);
  return [...new Set(names)].sort();
}

/** The user's account, or the error that tells him he has none. */
export function needAccount({ account }: Request): Registered {
  if (account === undefined) throw new IqError({ code: 'not-registered' });
  if (account.state === 'closing') throw new IqError({ code: 'closing' });
  return account;
}

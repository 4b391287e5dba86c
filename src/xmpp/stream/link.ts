// One connection of a component, from its first SYN to its end: what the keeper of the stream sees of it.
import type { Element } from '../stanza.ts';
import type { Refusal, StreamClock, StreamLimits } from './api.ts';
import type { Output } from './output.ts';
import type { Place, Problem } from './retry.ts';

export interface LinkEvents {
  /** The handshake is done. */
  online(): void;
  /** Something came in. */
  heard(): void;
  stanza(stanza: Element): void;
  refused(stanza: Element, why: Refusal): void;
  writable(): void;
  /** The end, once. `clean`: the server said `</stream:stream>`. */
  ended(end: { readonly clean: boolean; readonly problem: Problem }): void;
}

export interface LinkOptions {
  readonly place: Place;
  readonly secret: string;
  readonly limits: StreamLimits;
  readonly clock: StreamClock;
}

export interface Link {
  readonly output: Output;
  /** Says `</stream:stream>` after what is waiting, and reads on until the server closes its side or time is up. */
  close(): void;
  /** Ends it at once. */
  abort(problem: Problem): void;
}

export type Connect = (options: LinkOptions, events: LinkEvents) => Link;

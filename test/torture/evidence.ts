// What a run leaves for the judge: only what the far ends saw, and what the run itself did. Times in milliseconds since 1970.
import type { Act } from './acts.ts';
import type { Target } from './plan.ts';

/** A message that an XMPP client wrote, or something that it did to one. */
export interface Written {
  readonly lane: string;
  readonly id: string;
  /** Its words, or the name of what it does; in its lane nothing else has them. */
  readonly text: string;
  readonly act?: Act;
  /** Each time that it was handed to the server. `turn` counts all that this client hands over, in order. */
  readonly handed: { readonly turn: number; readonly at: number }[];
  /** When its receipt came. */
  receipt?: number;
  /** When an error with its id came, and what it said. */
  readonly errors: { readonly at: number; readonly code: string }[];
}

/** A message as a far end shows it. `id` is what the far end recognises a resend by. */
export interface Shown {
  readonly lane: string;
  readonly id: string;
  readonly text: string;
  readonly act?: Act;
  readonly at: number;
  /** The server had kept it for an absent user, and says so by a delay of its own (XEP-0203). */
  readonly kept?: true;
}

/** A message that the network accepted from its own users; in the network's order. */
export interface Said {
  readonly lane: string;
  readonly text: string;
  readonly at: number;
  /** Where it may stand in the network's order, where that is not its place among all that was said: it was said several times. */
  readonly places?: readonly number[];
}

/** A message as the network holds it when all is over. */
export interface Held {
  readonly lane: string;
  /** The words that it was made with. */
  readonly first: string;
  /** The XMPP user wrote it. */
  readonly mine: boolean;
  readonly text: string;
  readonly deleted: boolean;
  /** Reactions of the XMPP user and of the other one. */
  readonly reactions: { readonly mine: readonly string[]; readonly theirs: readonly string[] };
}

/** A question that the gateway has answered: when it was handed to the server, and when the answer was there. */
export interface Pulse {
  readonly sent: number;
  readonly answered: number;
}

/** Who is in a room, or how its messages stand, as the network says and as a client was told. */
export interface List {
  /** The room and the client. */
  readonly name: string;
  readonly network: readonly string[];
  readonly client: readonly string[];
}

/** Something that was done to the system. It had its effect between `from` and `to`. */
export interface Blow {
  readonly act: 'kill' | 'cut' | 'stall';
  readonly target: Target;
  readonly from: number;
  to: number;
  /** Of a process that was killed: when it was started again, and when it was ready. */
  started?: number;
  ready?: number;
}

export interface Evidence {
  readonly blows: readonly Blow[];
  readonly written: readonly Written[];
  /** XMPP -> network: what arrived, in order, and everything that arrived twice. */
  readonly arrived: readonly Shown[];
  readonly said: readonly Said[];
  /** Network -> XMPP: what the clients were shown of what was said. */
  readonly shown: readonly Shown[];
  /** How often the gateway has said of a message (by its stanza id) that it sends again what may have arrived. */
  readonly marked: ReadonlyMap<string, number>;
  /** Stanza ids that the server gave back as undeliverable for now, so that they had to wait while others went on. */
  readonly bounced: ReadonlySet<string>;
  /** What the clients were shown as written by themselves on another device. */
  readonly elsewhere?: readonly Shown[];
  /** Where messages change: what the network holds at the end, in its order. */
  readonly held?: readonly Held[];
  /** Questions that the gateway answered, in the order of the answers. */
  readonly pulses?: readonly Pulse[];
  /** Rooms: who is where at the end. */
  readonly lists?: readonly List[];
  /** Rooms: the messages as they stand at the end. */
  readonly rooms?: readonly List[];
  /** Lines of the gateway's log that should not be there. */
  readonly complaints: readonly string[];
}

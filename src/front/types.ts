// What the front half of a transport is to those around it, and what it needs of them.
import type { Log } from '../adapter/api.ts';
import type { FailedLanes } from '../account/deliveries.ts';
import type { Clock } from '../clock.ts';
import type { Back, Front, Network, SessionStatus } from '../link.ts';
import type { InBody } from '../message/entry.ts';
import type { AccountId, Entry, Fence, LaneKey, Store } from '../store/api.ts';
import type { Returned } from '../xmpp/messages.ts';
import type { RoomEntry } from '../xmpp/room-lanes.ts';
import type { Element } from '../xmpp/stanza.ts';

/** The 'in' lanes of the transport, as far as the front feeds them. */
export interface FrontLanes extends FailedLanes {
  wake(lane: LaneKey, entries: readonly Entry[]): void;
  /** An error came back for something that one of their entries had become. `stanza` is the id as it was sent. */
  bounced(account: AccountId, stanza: string, error: Returned): void;
  /** A device of the user has come online. */
  available(account: AccountId): void;
}

export interface FrontOptions {
  readonly domain: string;
  /** JIDs and domains that may register. */
  readonly allow: readonly string[];
  /** Bare JIDs of operators. */
  readonly admins?: readonly string[];
  readonly network: Network;
  readonly store: Store;
  /** The right to write for the stream. */
  readonly fence: Fence;
  readonly back: Back;
  /** Makes ids that follow from what they name. */
  readonly key: Uint8Array;
  readonly lanes: FrontLanes;
  /** Writes to the stream; what it does not take is lost. */
  readonly send: (stanza: Element) => void;
  /** False while there is no stream, or so much waits to be written that what is written in bulk is to wait, too. */
  readonly writable: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** The gateway's own version, for those who ask. */
  readonly version: string;
  readonly random?: (size: number) => Uint8Array;
}

/** The user that an account belongs to, for rendering. */
export interface AccountView {
  /** His bare JID. */
  readonly user: string;
  readonly lang: string | undefined;
  /** What his session can do. */
  readonly can: SessionStatus['can'] | undefined;
}

/** One transport's front. */
export interface TransportFront extends Front {
  /** A stanza came in. Resolves when it is durable or answered; never rejects. Those for other domains are passed over. */
  stanza(stanza: Element): Promise<void>;
  /** The stream is up. Resolves when everybody was greeted, which is paced: nobody need wait for it. */
  online(): Promise<void>;
  /** The stream is down. */
  offline(): void;
  /** `writable` was false and is true again. */
  relieved(): void;
  /** Undefined: there is no such account any more. */
  view(account: AccountId): AccountView | undefined;
  /** The stanzas of an entry of a group, for every device in its room; undefined where it is no affair of a room. */
  inRoom(account: AccountId, body: InBody, entry: RoomEntry): readonly Element[] | undefined;
  /** Greets nobody any more. What still comes in is taken: its sender may hold it for delivered. */
  stopTaking(): void;
  /** Sends the gateway's unavailable presences, and ends what is under way. */
  stop(): Promise<void>;
}

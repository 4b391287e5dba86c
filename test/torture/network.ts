// The network's side of a run: who is there, what they do all the time, and what they have seen.
import type { TransportOptions } from '../server/moongate.ts';
import type { XmppServer } from '../server/index.ts';
import type { Blow, Evidence, Held, List, Shown, Written } from './evidence.ts';
import type { Target } from './plan.ts';
import type { Random } from './random.ts';
import type { Notes, User } from './user.ts';

/** Everything that is noted while a run lasts. */
export interface Log {
  readonly written: Written[];
  readonly shown: Shown[];
  readonly blows: readonly Blow[];
}

export interface Network {
  readonly domain: string;
  readonly transport: TransportOptions;
  /** The XMPP users that it needs. */
  readonly names: readonly string[];
  /** Words that say nothing of whether anything is still under way. */
  chatter(text: string): boolean;
  /** What of it can be hit. */
  readonly targets: readonly Target[];
  /** Ordered pairs of chat and direction that bear load. */
  readonly lanes: number;
  /** The name of the lane between a user and a contact; the same that the network's own log gives. */
  lane(user: string, contact: string): string;
  /** Registers the users, and resolves when every contact can be written to. */
  register(users: readonly User[]): Promise<void>;
  /** Begins to write, both ways; the function returned ends that and resolves when nothing is under way. */
  load(users: readonly User[], random: Random, log: Log): () => Promise<void>;
  /** SIGKILL, and back on the same address. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  cut(): void;
  stall(): void;
  resume(): void;
  /** Makes its users, where they are no plain ones. */
  user?(server: XmppServer, name: string, notes: Notes): User;
  /** The far ends' part of the evidence. */
  seen(log: Log): Promise<Pick<Evidence, 'arrived' | 'said' | 'shown' | 'elsewhere'>>;
  /** Rooms: who is where at either end, once all is quiet. */
  lists?(): Promise<readonly List[]>;
  /** Rooms: how their messages stand at either end, where they can change. */
  rooms?(): Promise<readonly List[]>;
  /** Rooms: when everybody was in all of them again after this moment; undefined: not yet. */
  rejoined?(since: number): number | undefined;
  /**
   * Of networks that keep nothing: how many messages could not be shown since the gateway was away, and, in brackets, since they
   * died with its connection.
   */
  away?(log: Log): string;
  /** Where messages change: what it holds. */
  held?(log: Log): Promise<readonly Held[]>;
  stop(): Promise<void>;
}

/** Makes a network; the server is there already. */
export type MakeNetwork = (server: Pick<XmppServer, 'host'>) => Promise<Network>;

/** Does `write` again and again, each time after a pause around `ms`, until the function returned is called. */
export function repeatedly(write: () => Promise<void> | void, ms: number, random: Random): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let underWay: Promise<void> = Promise.resolve();
  const next = (): void => {
    timer = setTimeout(
      () => {
        underWay = Promise.resolve(write())
          .catch(() => undefined) // whoever is away is written to again
          .then(() => {
            if (!ended) next();
          });
      },
      ms * (0.5 + random()),
    );
  };
  next();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await underWay;
  };
}

/** Starts what was killed, or what others may have taken the port of; that port may be free again in a moment. */
export async function again<T>(start: () => Promise<T>, most = 20): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === most) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

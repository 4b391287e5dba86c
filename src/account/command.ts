// What a command is, and what all of them work with.
import type { Chat, ChatId, Found } from '../adapter/api.ts';
import type { Back, Network } from '../link.ts';
import type { Failure } from '../message/entry.ts';
import type { AccountId } from '../store/api.ts';
import { text, type Key } from '../text/index.ts';
import type { Deliveries } from './deliveries.ts';
import type { Directory, Registered } from './directory.ts';
import type { Flow, FlowUser } from './flow.ts';

/** A room, as a user knows it. */
export interface KnownRoom {
  readonly chat: ChatId;
  readonly name: string;
  readonly jid: string;
}

/** What the commands work with. */
export interface CommandContext {
  readonly domain: string;
  readonly network: Network;
  readonly back: Back;
  readonly deliveries: Deliveries;
  readonly directory: Pick<Directory, 'of' | 'all' | 'allOf'>;
  /** This JID may have an account here. */
  readonly allowed: (jid: string) => boolean;
  /** A login has succeeded: take the account up and greet its user. */
  readonly opened: (account: AccountId) => Promise<void>;
  /** Ends an account and everything that belongs to it. */
  readonly remove: (account: Registered) => Promise<void>;
  /** Adds what was found to the user's contacts; the bare JID it has. */
  readonly add: (account: Registered, found: Found) => Promise<string>;
  /** His contacts, with the network's names. */
  readonly contacts: (account: Registered) => Promise<readonly { readonly name: string; readonly jid: string }[]>;
  /** Whom the network knows by what a user typed. */
  readonly resolve: (account: Registered, query: string) => Promise<Found | undefined>;
  readonly search: (account: Registered, query: string) => Promise<readonly Found[]>;
  readonly jidOf: (chat: Chat) => string;
  /** Rooms of the network that he is in. */
  readonly rooms: (account: Registered) => Promise<readonly KnownRoom[]>;
  /** The room that a user names: by its JID, by its id, or by what the network knows it as. */
  readonly roomOf: (account: Registered, query: string) => Promise<ChatId | undefined>;
  /** Whether who leaves a room leaves the group, where he has not said it for that room. */
  readonly leaving: {
    of(account: AccountId): Promise<boolean>;
    set(account: AccountId, leaves: boolean): Promise<void>;
  };
  readonly words: (failure: Failure, lang: string | undefined) => string;
  /** Operators, by their bare JIDs. */
  readonly isAdmin: (jid: string) => boolean;
}

/** One thing that can be asked of the gateway. */
export interface Command {
  /** The word for it in the chat. */
  readonly id: string;
  /** Its node as an ad-hoc command, where that is another. */
  readonly node?: string;
  /** A text of ours, or the network's own words. */
  readonly title: Key | { readonly words: string };
  /** Whether this user can make use of it now. */
  fits(account: Registered | undefined, jid: string): boolean;
  run(user: FlowUser): Flow;
}

/** A text without placeholders, by a key that is only known at run time. */
export const plain = (lang: string | undefined, key: Key): string => text(lang, key as 'command.help');

/** The node of a command. */
export const nodeOf = ({ id, node = id }: Command): string => node;

/** A command's title in the language of its reader. */
export const commandTitle = ({ title }: Command, lang: string | undefined): string =>
  typeof title === 'string' ? plain(lang, title) : title.words;

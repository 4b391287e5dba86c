// The seam between the two halves: the front owns the streams and all that XMPP sees, the back owns the sessions. They
// share the store and speak through this link alone. Every argument and answer survives JSON, every call is asynchronous,
// a hint may be lost: so the halves may one day live on different machines, and one test run serialises all of it.
import type {
  Chat,
  ChatId,
  Command,
  Field,
  Form,
  Found,
  Hint,
  Member,
  Reply,
  Role,
  Show,
  UserId,
} from './adapter/api.ts';
import type { ErrorCode, Failure, OutBody } from './message/entry.ts';
import type { AccountId, Entry, LaneKey, Seq } from './store/api.ts';

/** Why a request failed, in the words of the error table. */
export class LinkError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.detail ?? failure.code, options);
    this.name = 'LinkError';
    this.failure = failure;
  }
}

/** One page of a network's list of rooms; `next` asks for the one behind it. */
export interface RoomPage {
  readonly rooms: readonly Found[];
  readonly next?: string;
}

/** What a transport's adapter is and can do: disco, forms and commands are derived from it. */
export interface Network {
  readonly id: string; // 'telegram'
  readonly name: string;
  readonly prompt?: string;
  readonly logins: readonly { readonly id: string; readonly title: string }[];
  readonly settings: readonly Field[];
  /** The character before the part of an id that is an account of its own; absent: one account a user. */
  readonly realm?: string;
}

/** What a session may be able to do, each the method of the same name. Besides, it may have commands of a place. */
export const CAPABILITIES = [
  ...(['send', 'edit', 'retract', 'react', 'read', 'typing'] as const),
  ...(['resolve', 'search', 'setContact'] as const),
  ...([
    'rooms',
    'join',
    'leave',
    'create',
    'describe',
    'invite',
    'setRole',
    'rename',
    'members',
    'banned',
    'history',
  ] as const),
] as const;
export type Capability = (typeof CAPABILITIES)[number] | 'contactCommands' | 'roomCommands';

/** A command of the network's own, as far as it can be told; `Back.run` does it. */
export type NetworkCommand = Pick<Command, 'id' | 'title' | 'on' | 'fields'>;

/** Where a session stands. 'parked': the user must log in again. */
export type SessionState = 'connecting' | 'online' | 'offline' | 'parked';
export interface SessionStatus {
  readonly state: SessionState;
  /** The account's own id and, once known, its capabilities. */
  readonly self?: UserId;
  readonly can: readonly Capability[];
  /** Why it is not online. */
  readonly failure?: Failure;
}

/** One step of a login. After 'show' the next step is asked for at once, after 'form' with the user's reply. */
export type LoginProgress =
  | { readonly type: 'form'; readonly flow: string; readonly form: Form }
  | {
      readonly type: 'show';
      readonly flow: string;
      readonly as: 'qr' | 'code' | 'link' | 'text';
      readonly value: string;
      readonly note?: string;
    }
  | { readonly type: 'done'; readonly account: AccountId }
  | { readonly type: 'refused'; readonly failure: Failure }; // the flow is over; start again

/** What was given up and is kept, so that its writer can have it done again or let it go. */
export interface Failed {
  readonly seq: Seq;
  /** When it was written. */
  readonly at: number;
  readonly body: OutBody;
  readonly why: ErrorCode;
}

/** What waits in one lane of an account. */
export interface LaneView {
  readonly direction: LaneKey['direction'];
  /** Without one it is the conversation with the gateway itself. */
  readonly chat?: Chat;
  readonly count: number;
  readonly bytes: number;
}

export interface Waiting {
  /** Entries that wait to be sent, and entries that failed and are kept. */
  readonly waiting: number;
  readonly failed: number;
}

/** What the front asks of the back. Requests are tried once and have a deadline; they reject with a LinkError. */
export interface Back {
  network(transport: string): Promise<Network>;
  /** Begins a login, the first one or again; the front drives it step by step. One flow a user and transport: a new one ends the old. */
  login(transport: string, jid: string, login: string): Promise<LoginProgress>;
  proceed(flow: string, reply: Reply): Promise<LoginProgress>;
  abandon(flow: string): Promise<void>;
  /** Where no login is needed: opens the account of a user, in a realm where the network has them, or takes it up again. */
  open(transport: string, jid: string, realm?: string): Promise<AccountId>;
  /** What the user may set for his account, with what he has set; secrets are not shown. */
  settings(account: AccountId): Promise<readonly Field[]>;
  /** Sets it, and connects again. A secret that is left empty stays. */
  configure(account: AccountId, answers: Reply): Promise<void>;
  /** Ends the session, bounces what is queued, erases every row. Resolves once the account is closing and its session is gone. */
  remove(account: AccountId): Promise<void>;
  status(account: AccountId): Promise<SessionStatus>;
  resolve(account: AccountId, query: string): Promise<Found | undefined>;
  search(account: AccountId, query: string): Promise<readonly Found[]>;
  setContact(account: AccountId, user: UserId, listed: boolean): Promise<void>;
  /** The network's public rooms, a page of at most `limit`. */
  rooms(
    account: AccountId,
    query: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<RoomPage>;
  /** Resolves once the room's members have been told to the front. */
  join(account: AccountId, room: ChatId, password?: string): Promise<void>;
  leave(account: AccountId, room: ChatId): Promise<void>;
  create(account: AccountId, name: string, users: readonly UserId[]): Promise<ChatId>;
  describe(
    account: AccountId,
    room: ChatId,
    change: { readonly name?: string; readonly topic?: string },
  ): Promise<void>;
  invite(account: AccountId, room: ChatId, user: UserId): Promise<void>;
  setRole(account: AccountId, room: ChatId, user: UserId, role: Role, reason?: string): Promise<void>;
  /** Another name for the account itself in a room, and in others where they share it. */
  rename(account: AccountId, room: ChatId, name: string): Promise<void>;
  /** Asks the network for the room's members; they come by `Front.members`, and it resolves behind the last. */
  members(account: AccountId, room: ChatId): Promise<void>;
  /** Who is banned from it, as far as the network tells. */
  banned(account: AccountId, room: ChatId): Promise<readonly Member[]>;
  /** Fetches what was said before the oldest archived message and puts it at the archive's old end. Says how much it was. */
  history(account: AccountId, room: ChatId, limit: number): Promise<number>;
  /** The commands of the network's own, of all places. */
  commands(account: AccountId): Promise<readonly NetworkCommand[]>;
  /** Runs one of them, that of the chat's kind, or of the account where there is none; what the user reads. */
  run(account: AccountId, command: string, values: Reply, chat?: Chat): Promise<string>;
  waiting(account: AccountId): Promise<Waiting>;
  /** What failed, oldest first, as many as a user can look through. */
  failed(account: AccountId): Promise<readonly Failed[]>;
  /** Puts what failed back into its lanes, all of it or what is named; says how many. */
  retry(account: AccountId, only?: readonly Seq[]): Promise<number>;
  /** Lets go of what failed, all of it or what is named; its senders were told when it failed. Says how many. */
  drop(account: AccountId, only?: readonly Seq[]): Promise<number>;
  /** Every lane of the account in which something waits. */
  lanes(account: AccountId): Promise<readonly LaneView[]>;
  /** Tells all users of a transport something, from the gateway's own JID; kept for those who are away. Says how many. */
  announce(transport: string, text: string): Promise<number>;
  /** Drops what waits and was not started; its senders are told. Says how many. */
  cancel(account: AccountId): Promise<number>;
  /** Lossy. `entries` are those just appended, so that a reader in step need not ask the store. */
  wake(lane: LaneKey, entries: readonly Entry[]): void;
  hint(account: AccountId, hint: OutHint): void;
}

/** Towards the network: typing in a direct chat, and whether the user has time. */
export type OutHint =
  | { readonly type: 'typing'; readonly chat: Chat; readonly on: boolean }
  | { readonly type: 'presence'; readonly show: Show; readonly text?: string };

/** What the back tells the front. All of it may be lost: the front reads the store when it starts. */
export interface Front {
  wake(lane: LaneKey, entries: readonly Entry[]): void;
  hint(account: AccountId, hint: Hint): void;
  /** A session changed its state. */
  session(account: AccountId, status: SessionStatus): void;
  /** The contact's document in the store (kind 'contact') was written. */
  contact(account: AccountId, user: UserId): void;
  /** The room's document in the store (kind 'chat') was written. */
  room(account: AccountId, room: ChatId): void;
  /** What the network says of a room's members, in its order. `complete`: nobody else is there. */
  members(account: AccountId, room: ChatId, members: readonly Member[], complete: boolean): void;
  /** The room has a new id; its document and its chat number are those of the new one already. */
  moved(account: AccountId, from: ChatId, to: ChatId): void;
}

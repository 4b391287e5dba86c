// src/adapter/api.ts: the whole contract between the core and one network. It imports nothing.
// A small adapter needs: an Adapter, one login, connect(), commit(), send() and close(). All else is optional, and a
// method that is present IS the capability. Offsets and lengths are UTF-16 units (JavaScript string indexes); times are
// milliseconds since 1970. Everything handed to commit() must survive JSON, except the bytes in `state`.

// ---- names: a plain string fits; one kind of id does not fit where another is wanted.
type Id<K extends string> = string & { readonly __kind?: K };
/** A person's stable id on the network, never a display name; lower-cased where the network treats case as equal. */
export type UserId = Id<'user'>;
/** A group's stable id. */
export type ChatId = Id<'chat'>;
/** A message's id, unique within its chat. */
export type MessageId = Id<'message'>;
/** A direct chat is named by the other person (his JID and his chat are one thing); a group by its own id. */
export type Chat = { readonly kind: 'direct'; readonly id: UserId } | { readonly kind: 'group'; readonly id: ChatId };
/** Who did it. Null is the account itself, from whatever device: never compare with a name that a stranger could take. */
export type Author = UserId | null;
/** What survives JSON unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

// ---- content, the same in both directions
/** A file is never inline. `ref` is all that download() needs, also in a year; the same ref always means the same bytes. */
export interface FileRef {
  readonly ref: Json;
  readonly kind?: 'image' | 'video' | 'audio' | 'voice' | 'sticker' | 'file';
  readonly mime: string;
  readonly name?: string;
  readonly bytes?: number;
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  readonly url?: string; // outbound only: where the sender put it; read it with delivery.open(), never by yourself
}
/** The mark-up that spans may carry. */
export type Markup =
  'bold' | 'italic' | 'underline' | 'strike' | 'code' | 'pre' | 'quote' | 'spoiler' | 'link' | 'mention';
/** `value`: a link's address, a mention's UserId, the language of 'pre'. Spans may nest. */
export interface Span {
  readonly kind: Markup;
  readonly start: number;
  readonly end: number;
  readonly value?: string;
}
/** What a message says. Outbound, it never holds more than Session.limits allow. */
export interface Content {
  readonly text?: string; // readable by itself: what this type cannot say (poll, contact card) is said here; "/me " begins an action
  readonly spans?: readonly Span[];
  readonly files?: readonly FileRef[]; // inbound any number; outbound at most one, the core splits
  readonly location?: { readonly lat: number; readonly lon: number };
  readonly replyTo?: { readonly id: MessageId; readonly author?: Author; readonly text?: string }; // text: for an unknown target
  readonly thread?: string;
  readonly buttons?: readonly { readonly id: string; readonly label: string; readonly url?: string }[];
  readonly notice?: true; // written by a machine; raises no alert
}

// ---- network -> XMPP: what was said. Kept in order within its chat; the same `key` twice is one event.
interface Said {
  readonly key: string; // the same when the network says the same thing again; unique in the account
  readonly chat: Chat;
  readonly from: Author; // for a channel's own posts: the chat's id
  readonly at: number;
  readonly name?: string; // display name of `from`, where the network sends it along
  readonly to?: string; // Persona.id addressed, for accounts that speak as ghosts
  readonly old?: true; // history: archive it, do not alert
}
/**
 * What must not be lost: kept until the XMPP side has it, in commit order within the chat. `key` names the event: kind and
 * the network's own ids, never a counter of this process, so that a redelivery after a crash has the same key and is dropped.
 */
export type LogEvent =
  | (Said & { readonly type: 'message'; readonly id?: MessageId; readonly content: Content; readonly token?: string }) // token: our echo
  | (Said & { readonly type: 'edit'; readonly target: MessageId; readonly content: Content })
  | (Partial<Said> & Pick<Said, 'key' | 'at'> & { readonly type: 'retract'; readonly target: MessageId }) // no chat: the core looks it up
  | (Said & { readonly type: 'react'; readonly target: MessageId; readonly emojis: readonly string[] }) // the full set of `from`
  | (Said & { readonly type: 'read'; readonly upTo: MessageId; readonly level: 'delivered' | 'read' }) // from null: read on another device
  | (Said & {
      readonly type: 'failed';
      readonly target: MessageId;
      readonly reason: Rejection;
      readonly text?: string;
    }) // bounced later
  | { readonly type: 'notice'; readonly key: string; readonly at: number; readonly text: string }; // to the account's own user: told by the gateway's JID, once per key

// ---- network -> XMPP: how things are. Upserts: absent fields keep their value, repeating one is harmless, no key.
/** What somebody may do in a group. */
export type Role = 'owner' | 'admin' | 'moderator' | 'member' | 'muted' | 'none' | 'banned'; // none: not in the chat
/** Somebody in a group; `by` and `reason` say who changed it and why. */
export interface Member {
  readonly user: Author;
  readonly was?: UserId; // the id that he had before, where a network's ids change (an IRC nick); nobody has that one now
  readonly name?: string;
  readonly role: Role;
  readonly titles?: readonly string[]; // what he is called beside his role, one line each ("Treasurer", "bot"); none: []
  readonly by?: Author;
  readonly reason?: string;
}
/** How a chat, its members or a contact are now. */
export type StateEvent =
  | {
      readonly type: 'chat';
      readonly chat: Chat;
      readonly name?: string;
      readonly topic?: string;
      readonly topicBy?: Author; // with the topic: who set it, and when, where that is told
      readonly topicAt?: number;
      readonly avatar?: FileRef | null;
      readonly joined?: boolean;
      readonly invitedBy?: UserId;
      readonly open?: boolean;
      readonly size?: number;
      readonly limits?: Partial<Limits>;
    }
  | { readonly type: 'members'; readonly chat: Chat; readonly members: readonly Member[]; readonly complete?: true } // complete: the rest left
  | {
      readonly type: 'contact';
      readonly user: UserId;
      readonly name?: string;
      readonly avatar?: FileRef | null;
      readonly listed?: boolean;
      readonly asks?: true; // listed: in the contact list; asks: wants to be
    }
  | { readonly type: 'moved'; readonly from: Chat; readonly to: Chat }; // group upgraded; of a direct chat nothing is made: a new nick is another person's next
/** All that commit() takes. Within one batch the order of the events is kept. */
export type NetworkEvent = LogEvent | StateEvent;
/** A contact's availability. */
export type Show = 'online' | 'away' | 'busy' | 'offline';
/** Never stored, dropped when late. */
export type Hint =
  | { readonly type: 'typing'; readonly chat: Chat; readonly from: UserId; readonly on: boolean }
  | {
      readonly type: 'presence';
      readonly user: UserId;
      readonly show: Show;
      readonly text?: string;
      readonly since?: number;
    };

// ---- XMPP -> network
/** At most `count` in any `perMs` milliseconds: a bucket of `count`, refilled evenly. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}
/** What one message may hold. The core splits, converts and falls back, so a handler never sees more. A chat may have its own. */
export interface Limits {
  readonly text: number;
  readonly textUnit?: 'utf16' | 'bytes' | 'points'; // default utf16
  readonly oneLine?: true; // each line becomes a message
  readonly caption?: number; // text beside a file; default none: two messages
  readonly fileBytes?: number;
  readonly markup?: readonly Markup[];
  readonly editMs?: number;
  readonly retractMs?: number;
  readonly reactions?: { readonly max: number; readonly allowed?: readonly string[] };
  readonly chatRate?: Rate;
  readonly accountRate?: Rate;
  /**
   * How many sends of one chat may be under way at once; default one. More only where what is called first is taken first,
   * and where one that is not taken and may be tried again ('temporary', 'rate-limited', 'uncertain') leaves nothing behind it
   * that is: if a later one is taken all the same, the earlier one is given back to its sender, since it would come too late.
   */
  readonly window?: number;
}
/** The XMPP user who speaks through a shared account. `id` is stable and opaque. */
export interface Persona {
  readonly id: string;
  readonly name: string;
  readonly avatar?: FileRef;
}
/** One attempt to bring one message to the network. */
export interface Delivery {
  readonly token: string; // 26 characters of [a-z2-7]: the same on every attempt, unique in the world
  readonly at: number; // when it was accepted; strictly increasing in the account, so fit to be an id
  readonly attempt: number; // from 1
  readonly signal: AbortSignal; // aborted when the core gives up waiting; then it counts as 'uncertain'
  readonly as?: Persona; // only where Session.speaksAs is set
  open(this: void, file: FileRef): Promise<ReadableStream<Uint8Array>>; // checked for size and private addresses
}
/** What the network said of an accepted message: its id (needed for edits, replies, receipts) and its time. */
export interface Sent {
  readonly id?: MessageId;
  readonly at?: number;
}
/** Shown as ad-hoc command and chat command of the gateway, of a contact or of a room. Resolves to what the user reads. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly on: 'account' | 'contact' | 'room';
  readonly fields: readonly Field[];
  run(values: Reply, target?: Chat): Promise<string>;
}
/** A chat that a query named; `note` is one line beside its name. */
export interface Found {
  readonly chat: Chat;
  readonly name: string;
  readonly note?: string;
}

/** One connected account. Methods may be called at the same time for different chats. */
export interface Session {
  readonly self: UserId;
  readonly limits: Limits;
  /** 'safe': a second delivery of one token shows once. 'unsafe': it may show twice; give find() if you can look. */
  readonly resend: 'safe' | 'unsafe';
  readonly speaksAs?: 'name' | 'ghost'; // absent: the core writes "Name: " before a persona's text

  // From lanes: in order within a chat, one at a time (of send: as limits.window says), retried as the error says. One call
  // is one network message.
  send?(chat: Chat, content: Content, delivery: Delivery): Promise<Sent>;
  edit?(chat: Chat, target: MessageId, content: Content, delivery: Delivery): Promise<void>;
  retract?(chat: Chat, target: MessageId, delivery: Delivery): Promise<void>;
  react?(chat: Chat, target: MessageId, emojis: readonly string[], delivery: Delivery): Promise<void>;
  read?(chat: Chat, upTo: MessageId, delivery: Delivery): Promise<void>;
  press?(chat: Chat, target: MessageId, button: string, delivery: Delivery): Promise<void>;
  find?(chat: Chat, content: Content, delivery: Delivery): Promise<Sent | undefined>; // asked after 'uncertain' or a crash

  // Hints: fire and forget.
  typing?(chat: Chat, on: boolean): void;
  presence?(show: Show, text?: string): void;

  // Requests: a user waits for the answer; one attempt, never stored. What they change comes back as events.
  // resolve: phone, handle, invite link. Not found: undefined, or an AdapterError 'rejected' whose message the user reads.
  resolve?(query: string): Promise<Found | undefined>;
  search?(query: string): Promise<readonly Found[]>;
  rooms?(
    query: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<{ readonly rooms: readonly Found[]; readonly next?: string }>;
  profile?(
    user: UserId,
  ): Promise<{ readonly name: string; readonly avatar?: FileRef; readonly about?: string } | undefined>;
  members?(chat: Chat): AsyncIterable<Member>;
  banned?(chat: ChatId): Promise<readonly Member[]>; // who may not come in, as far as it is known; setRole 'none' lets him
  history?(chat: Chat, page: { readonly before?: MessageId; readonly limit: number }): Promise<readonly LogEvent[]>; // oldest first
  download?(ref: Json, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  // Resolves once its members were committed. Rejected: 'not-found', 'forbidden' (banned), 'blocked' (members only),
  // 'invalid' (no password, or a wrong one), 'too-large' (full).
  join?(chat: ChatId, password?: string): Promise<void>;
  leave?(chat: ChatId): Promise<void>;
  create?(name: string, users: readonly UserId[]): Promise<ChatId>;
  describe?(chat: ChatId, change: { readonly name?: string; readonly topic?: string }): Promise<void>;
  invite?(chat: ChatId, user: UserId): Promise<void>;
  setRole?(chat: ChatId, user: UserId, role: Role, reason?: string): Promise<void>; // none: kick; banned: ban
  // The account's own name in a group; where one name is for several groups it changes in all of them. It comes back as a
  // members event. Rejected: 'blocked' (somebody else has it), 'invalid' (it is no name there), 'forbidden'.
  rename?(chat: ChatId, name: string): Promise<void>;
  setContact?(user: UserId, listed: boolean): Promise<void>; // add, accept; remove, refuse

  readonly commands?: readonly Command[]; // the network's own: whois, raw, ...

  /** Asked now and then; rejects when the connection only looks alive. */
  alive?(signal: AbortSignal): Promise<void>;
  /** After it resolves: no event, no timer, no socket. host.signal is aborted just before. */
  close(): Promise<void>;
}

// ---- errors: the code decides what the lane does, the rest what the user is told. Anything else thrown is 'uncertain'.
/** Why a message will never be taken; each has its stanza error. */
export type Rejection = 'too-large' | 'forbidden' | 'not-found' | 'invalid' | 'unsupported' | 'expired' | 'blocked';
/**
 * What went wrong, as the lane must know it. Say 'temporary' or 'rate-limited' only when the network certainly did NOT take
 * the message (refused by name, or the connection was never made): these are sent again without asking. A connection that
 * breaks, times out or is aborted after the request may have left is 'uncertain'.
 */
export type Fault =
  | { readonly code: 'temporary' } // certainly not sent: back off
  | { readonly code: 'rate-limited'; readonly retryAfterMs: number; readonly scope: 'chat' | 'account' | 'network' }
  | { readonly code: 'rejected'; readonly reason: Rejection } // this message never; the lane goes on
  | { readonly code: 'auth-lost' } // the user must act: every lane of the account is parked
  | { readonly code: 'uncertain' }; // may have been sent
/**
 * The only error whose words reach a user: `message` is a sentence fit for him, without secrets, addresses of servers or
 * stack traces; the cause, for the operator's log, goes into `options.cause`.
 */
export class AdapterError extends Error {
  readonly moongate = 'AdapterError@1' as const; // survives two copies of this module, unlike instanceof
  readonly fault: Fault;
  constructor(fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AdapterError';
    this.fault = fault;
  }
  /** True for an AdapterError of any copy of this module. */
  static is(value: unknown): value is AdapterError {
    return value instanceof Error && 'moongate' in value && value.moongate === 'AdapterError@1';
  }
}

// ---- login: one async generator, driven by a registration form, an ad-hoc command or the chat bot.
// It fails by throwing. Of an AdapterError the user reads `message`, word for word, in the answer to his form (not-acceptable),
// in the command's error or in the chat, so it says what to do: "This token is not valid. Ask @BotFather for a new one.". Its
// fault says whose turn it is: 'rejected' or 'auth-lost' (the user's answer was wrong), 'rate-limited' or 'temporary' (later).
// Of anything else thrown the user reads only that the login failed, with a reference; the error goes to the operator's log.
// A flow that can go on after a wrong answer (a mistyped code) yields the form again, with what was wrong as its `note`.
// Leaving: the core aborts `signal` and calls return() on the generator; what `finally` must undo is undone there.
/** One line of a form. With `options` the answer is one of them; `value` is what stands in it at first. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly secret?: true;
  readonly optional?: true;
  readonly options?: readonly string[];
}
/** What is asked at once. Without fields it only wants consent: a driver may answer it at once with {}. */
export interface Form<F extends readonly Field[] = readonly Field[]> {
  readonly title: string;
  readonly note?: string;
  readonly fields: F;
}
/** What a login puts before the user. */
export type LoginStep =
  | ({ readonly type: 'form' } & Form) // waits for the reply
  | {
      readonly type: 'show';
      readonly as: 'qr' | 'code' | 'link' | 'text';
      readonly value: string;
      readonly note?: string;
    }; // answered at once
/** A form's answers by field name. Every field that is not optional is in it; the adapter still judges the values. */
export type Reply = Readonly<Record<string, string>>;
/** A login under way; also what its parts return, to be used with `yield*`. */
export type LoginRun<Result> = AsyncGenerator<LoginStep, Result, Reply>;
/** What a login runs on. Nothing is stored before it returns. */
export interface LoginContext<Config, Credentials> {
  readonly config: Config;
  readonly previous?: Credentials; // logging in again
  readonly state: Map<string, Uint8Array>; // what is in it on success becomes the account's state
  readonly signal: AbortSignal;
}
/** One way to log in; an adapter may have several. `title` is what the user chooses by. */
export interface Login<Config, Credentials> {
  readonly id: string;
  readonly title: string;
  /**
   * `account`: the network's id of the account; one local user holds it at a time. Credentials survive JSON. It fails by an
   * AdapterError whose message the user reads: 'rejected' or 'auth-lost' for a wrong answer, 'temporary' for a network away.
   * What the user should keep (a link to pass on) is a last 'show' step.
   */
  run(
    context: LoginContext<Config, Credentials>,
  ): LoginRun<{ readonly account: UserId; readonly credentials: Credentials }>;
}
/** `const { phone } = yield* ask({ title: 'Log in', fields: [{ name: 'phone', label: 'Phone' }] })`, typed by the fields. */
export async function* ask<const F extends readonly Field[]>(
  form: Form<F>,
): LoginRun<Readonly<Record<F[number]['name'], string>>> {
  return yield { type: 'form', ...form };
}

// ---- what the core gives to one connected account
/** The operator's log of this account; fields first, as pino has it. No secrets, no message texts. */
export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>>;
/** The account's private bytes (sessions, ratchets, peers): encrypted at rest, and they move with the account. */
export interface State {
  get(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  list(prefix: string): AsyncIterable<readonly [key: string, value: Uint8Array]>; // in key order
}
/** What lands in one transaction: all of it or none. */
export interface Batch<Credentials, Cursor> {
  readonly events?: readonly NetworkEvent[];
  readonly cursor?: Cursor;
  readonly state?: Readonly<Record<string, Uint8Array | null>>; // null deletes; at most 1 MiB a value
  readonly credentials?: Credentials; // renewed tokens: save before you use them
}
/** What one connected account gets from the core. */
export interface Host<Config, Credentials, Cursor> {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly settings: Reply; // the user's answers to Adapter.settings; a change reconnects
  readonly realm?: string; // of which realm the account is, where there are realms
  readonly user?: string; // the local part of the user's JID, for a nick or the like
  readonly cursor: Cursor | undefined; // what was last committed; undefined: never
  readonly state: State;
  readonly log: Log;
  readonly signal: AbortSignal;
  /**
   * The only way in. Resolves once all of it is on disk, in one transaction; confirm to the network only after that.
   * Commits land in call order, never one without those before it. It waits while the account's quota is full, and rejects
   * once the account is taken away: do not confirm then, and do not go on to what came after. It always ends soon after
   * `signal` is aborted, so close() may wait for it.
   */
  commit(this: void, batch: Batch<Credentials, Cursor>): Promise<void>;
  hint(this: void, hint: Hint): void;
  /** For libraries that reconnect by themselves: lanes rest while 'connecting'. Online is assumed when connect() resolves. */
  status(this: void, state: 'connecting' | 'online'): void;
  /**
   * The session is over. The core closes it and connects again, paced, when the fault allows: after 'auth-lost' or 'rejected'
   * not before the user has acted, and he is told the AdapterError's message; after anything else by itself.
   */
  down(this: void, reason: unknown): void;
  /** For networks that call us: the public URL of this account, served wherever the account lives. */
  listen(this: void, handler: (request: Request) => Promise<Response>): string;
}

/**
 * One network: the default export of an adapter's package. Methods, not function properties, keep the type arguments
 * bivariant: the core holds AnyAdapter.
 */
export interface Adapter<Config, Credentials, Cursor = null> {
  readonly api: 1;
  readonly id: string; // 'telegram': also the gateway's type in disco
  readonly name: string;
  readonly prompt?: string; // what a user types to add a contact: "phone number or @handle"
  /** Given the transport's own table, {} without one. Refuses unknown keys. Throws with a message fit for the operator. */
  parseConfig(input: unknown): Config;
  readonly logins: readonly Login<Config, Credentials>[]; // empty: an account opens at its first use
  readonly settings?: readonly Field[];
  /**
   * The character before the part of an id that is an account of its own: '%' where `xmpp%irc.libera.chat` and
   * `alice%irc.libera.chat` are a channel and a person on one IRC server. Ids keep that part. Undefined: one account a user.
   */
  realm?(config: Config): string | undefined;
  /** Why no account is opened in a realm of this name, in words for the user ('': he named none); undefined where one may be. */
  refuses?(realm: string, config: Config): string | undefined;
  /**
   * What keeps the network from being reached, in words for the operator that say how to mend it; empty when nothing does. It
   * asks without any account and takes nothing from one: a gateway may be running. After `signal` nobody hears the answer.
   */
  check?(config: Config, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Rejects with an AdapterError: 'auth-lost' when the user must log in again, 'temporary' when the network is away. It holds
   * nothing open after that. Events may be committed before it resolves. Called again only after close() of the one before.
   */
  connect(host: Host<Config, Credentials, Cursor>): Promise<Session>;
}
/** An adapter as the core holds it. */
export type AnyAdapter = Adapter<unknown, unknown, unknown>;

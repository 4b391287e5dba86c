// The control interface of Pigeon: what a test or the torture run may do to the people behind the network, and look at.
// Every operation is one POST to `<control>/<operation>` with the parameter object as JSON body.
import type { BucketLimit } from '../common/buckets.ts';
import type { Call, CallFilterBase } from '../common/call-log.ts';
import type { Arranged } from '../common/faults.ts';
import type { Patience } from '../common/until.ts';

/** A chat as one person sees it: a direct one is named by the other person. */
export interface ChatName {
  kind: 'direct' | 'group';
  id: string;
}

/** A person, as others see him. */
export interface PersonView {
  id: string;
  name: string;
}

/** What somebody is in a group: `none` and `banned` are not in it. */
export type GroupRole = 'owner' | 'admin' | 'member' | 'muted' | 'none' | 'banned';

/** Somebody in a group. */
export interface MemberView {
  user: string;
  name: string;
  role: GroupRole;
}

/** What can be done in a chat. */
export type Deed = 'message' | 'edit' | 'delete' | 'react' | 'read';

/** One thing that the network accepted, in the order of acceptance over all chats (`seq` counts from 1). */
export interface LogEntry {
  seq: number;
  /** Milliseconds since 1970 by the fake's clock. */
  time: number;
  type: Deed;
  by: string;
  /** The chat as its author sees it. */
  chat: ChatName;
  /** The message that it made or that it is about; unique within its chat. */
  id: string;
  text?: string;
  replyTo?: string;
  emojis?: string[];
  /** The Idempotency-Key that it was sent with, where keys are honoured. */
  key?: string;
  /** A session of the person, or the test for him (another device of his). */
  via: 'session' | 'control';
}

/** A message as it is now. */
export interface MessageView {
  id: string;
  from: string;
  /** Milliseconds since 1970. */
  at: number;
  text: string;
  edited: boolean;
  deleted: boolean;
  replyTo?: string;
  /** By person. */
  reactions: Record<string, string[]>;
}

/**
 * Something that a person is told, as GET /events hands it out; `at` is ISO 8601. `name` is that of whoever did it; of the
 * types `group` (how a group is now) and `members` (all who are in it) it is the group's, and `id` too.
 */
export interface PigeonEvent {
  seq: number;
  type: Deed | 'group' | 'members';
  chat: ChatName;
  from: string;
  name: string;
  id: string;
  at: string;
  topic?: string;
  joined?: boolean;
  members?: MemberView[];
  text?: string;
  replyTo?: string;
  emojis?: string[];
  key?: string;
}

/** One request that a session made. `path` is without the query. */
export interface CallEntry extends Call {
  user: string | null;
  method: string;
  path: string;
}

/** An error as Pigeon answers it; a 429 wants `retryAfter` (seconds). */
export interface Refusal {
  status: number;
  error: string;
  retryAfter?: number;
  scope?: 'chat' | 'account';
}

/** Which calls a fault matches. Absent filters match everything. */
export interface FaultSpec extends Arranged<Refusal> {
  user?: string;
  method?: string;
  /** A regular expression for the path. */
  path?: string;
}

/** What the network lets through before it answers 429. */
export interface Limits {
  /** Writing calls of one person. */
  account: BucketLimit;
  /** Messages of one person to one chat. */
  chat: BucketLimit;
  /** How long a message may be edited, in milliseconds. */
  editMs: number;
}

/** Filter for log entries; absent fields match everything. */
export interface LogFilter {
  type?: Deed;
  by?: string;
  via?: LogEntry['via'];
  text?: string;
  /** Only entries with a greater seq. */
  after?: number;
}

export interface CallFilter extends CallFilterBase {
  user?: string;
  method?: string;
  path?: string;
}

/** Where a person acts. */
export interface Place {
  by: string;
  chat: ChatName;
}

/** Everything that can be done behind the network. Each operation rejects with an `Error` whose message says why. */
export interface PigeonControl {
  /** Creates a person; id, name and password are made up where absent. */
  createUser(params: { id?: string; name?: string; password?: string }): Promise<PersonView & { password: string }>;
  /** Creates a group of these persons, who are told; the first one owns it. `open`: everybody may join. */
  createGroup(params: {
    id?: string;
    name: string;
    members: string[];
    topic?: string;
    open?: boolean;
  }): Promise<PersonView>;
  /** `by` changes what somebody is in a group, as his other device does; himself to `member` (joins) or `none` (leaves). */
  setRole(params: { by: string; group: string; user: string; role: GroupRole }): Promise<true>;
  /** `by` gives a group another name or topic. */
  describe(params: { by: string; group: string; name?: string; topic?: string }): Promise<true>;
  /** Ends all sessions of a person: each is answered 401 from now on. */
  revoke(params: { user: string }): Promise<number>;
  /** `by` takes no more direct messages of `user`, or takes them again. */
  block(params: { by: string; user: string; on: boolean }): Promise<true>;
  /** Writes, as the person's other device does. */
  say(params: Place & { text: string; replyTo?: string }): Promise<LogEntry>;
  edit(params: Place & { id: string; text: string }): Promise<LogEntry>;
  remove(params: Place & { id: string }): Promise<LogEntry>;
  /** The full set of emojis of the person; empty takes all away. */
  react(params: Place & { id: string; emojis: string[] }): Promise<LogEntry>;
  /** The person has read the chat up to this message. */
  read(params: Place & { id: string }): Promise<LogEntry>;
  /** The person types, or has stopped to. */
  typing(params: Place & { on: boolean }): Promise<true>;
  /** A chat as it is now, seen by one person, oldest first; deleted messages are in it, without text. */
  messages(params: Place): Promise<MessageView[]>;
  /** Who typed last in the chat besides `by`, and whether he still does. */
  lastTyping(params: Place): Promise<{ from: string; on: boolean } | null>;
  /** What was accepted, oldest first. */
  log(params: LogFilter & { limit?: number }): Promise<LogEntry[]>;
  /** The requests that sessions made since this process started, oldest first (the last 20,000). */
  calls(params: CallFilter): Promise<CallEntry[]>;
  /** The events that a person has not confirmed, oldest first. */
  pending(params: { user: string }): Promise<PigeonEvent[]>;
  /** Resolves with all matching log entries once there are `count` of them (default 1). */
  waitForLog(params: LogFilter & Patience & { count?: number }): Promise<LogEntry[]>;
  /** Resolves with all matching calls once there are `count` of them (default 1). */
  waitForCalls(params: CallFilter & Patience & { count?: number }): Promise<CallEntry[]>;
  /** Resolves when a GET /events of the person is waiting for news. */
  waitForPoll(params: { user: string } & Patience): Promise<true>;
  /** Resolves when the person has confirmed all his events. */
  waitForConfirmed(params: { user: string } & Patience): Promise<true>;
  /** Whether Idempotency-Key is honoured; default true, kept over a restart. */
  setKeys(params: { honoured: boolean }): Promise<true>;
  /** Arranges a fault; the oldest one that matches a call and is not used up takes part in it. */
  addFault(params: FaultSpec): Promise<number>;
  /** Ends one fault, or all; calls that hang on it are released. */
  clearFaults(params: { fault?: number }): Promise<true>;
  /** Lets go on what hangs on this fault now. */
  releaseFault(params: { fault: number }): Promise<number>;
  /** Moves the fake's clock forward. Long polls keep to real time. */
  advanceClock(params: { ms: number }): Promise<number>;
  /** Changes limits; absent fields stay. Not kept over a restart. */
  setLimits(params: Partial<Limits>): Promise<Limits>;
}

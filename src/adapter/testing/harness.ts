// What an adapter's author gives the suite: a way to start the network (the real one, a server of one's own, a fake), to act
// on its other side, and to make it fail.
import type { AnyAdapter, Chat, Content, Form, Reply } from '../api.ts';
import type { TestAccount } from './account.ts';

/**
 * The suite's view of an adapter and its network. Every check starts a network, so that none depends on another.
 * A check that asks for what the network cannot do is left out by name, with the reason; the reason is printed.
 */
export interface Harness {
  start(): Promise<TestNetwork>;
  readonly without?: Readonly<Record<string, string>>;
  /** Configs that must be refused, beside those that no adapter may take (a number, a text, an array, an unknown key). */
  readonly junk?: readonly unknown[];
  /** How long something that must happen may take; default 10 s. */
  readonly patienceMs?: number;
  /** How long the suite listens for something that must not happen; default 200 ms. */
  readonly quietMs?: number;
}

/** One network with one account that can be logged in to, and one other user who shares a chat with it. */
export interface TestNetwork {
  readonly adapter: AnyAdapter;
  /** Given to parseConfig. */
  readonly config: unknown;
  /** Left away where the adapter has no login: the account is then opened without one. */
  readonly login?: {
    /** Which of the adapter's logins; default the first. */
    readonly id?: string;
    /** The right answer to a form. */
    answer(form: Form): Reply;
    /** An answer that the network refuses. */
    wrong?(form: Form): Reply;
  };
  /** The chat of the account and the other user. */
  readonly chat: Chat;
  /** The other user writes in the chat; resolves when the network has it. The account may be offline. */
  say(text: string, account: TestAccount): Promise<void>;
  /** What the other user sees from the account in the chat now, oldest first: edited as it is, without what was taken back. */
  shown(account: TestAccount): Promise<readonly string[]>;
  /** Somebody that resolve() finds, and a query that names nobody. */
  readonly known?: { readonly query: string; readonly chat: Chat; readonly nobody: string };
  /** What else the other user can do and see; what the network does not have is left away. */
  readonly friend?: Friend;
  /** A group that the account may join; where it is left away the checks of groups do not apply. */
  readonly group?: TestGroup;
  readonly faults?: NetworkFaults;
  /** After it resolves nothing of the network is left. */
  close(): Promise<void>;
}

/**
 * The other user's hands and eyes, beside say() and shown(). A message is named by its text, which the suite makes unique in
 * the chat; each act resolves when the network has it. Where one is left away, the checks that want it do not apply.
 */
export interface Friend {
  /** He changes a message of his. */
  edit?(said: string, text: string): Promise<void>;
  /** He takes a message of his back. */
  retract?(said: string): Promise<void>;
  /** He leaves this full set of reactions on a message of the account's; empty takes all away. */
  react?(said: string, emojis: readonly string[]): Promise<void>;
  /** Two emojis that the network knows; default 👍 and 👎. */
  readonly emojis?: readonly [string, string];
  /** He reads up to a message of the account's. */
  read?(said: string): Promise<void>;
  /** He types, or has stopped to. */
  type?(on: boolean): Promise<void>;
  readonly sees?: {
    /** The account's reactions on a message of his. */
    reactions?(said: string): Promise<readonly string[]>;
    /** Whether the account has read up to a message of his. */
    read?(said: string): Promise<boolean>;
    /** Whether the account is typing. */
    typing?(): Promise<boolean>;
  };
}

/** A group, and what others do in it. The account is not in it at first; each act resolves when the network has it. */
export interface TestGroup {
  readonly chat: Chat & { readonly kind: 'group' };
  /** Somebody else speaks, when the account has joined. */
  say(text: string, account: TestAccount): Promise<void>;
  /** The network gives the group another id; resolves to what it is then. */
  move?(account: TestAccount): Promise<Chat & { readonly kind: 'group' }>;
}

/** Where a fault hangs on the message itself: the one that meets it. */
export interface Faulty {
  readonly chat: Chat;
  readonly content: Content;
}
/** A limit on reading that holds until it is ended. */
export interface Throttle {
  /** How often the account has been refused since. */
  asked(): Promise<number>;
  end(): Promise<void>;
}
/** How the network fails. What it cannot do is left away, and the checks that want it are named in Harness.without. */
export interface NetworkFaults {
  /** The next message is refused for good. */
  refuse?(): Promise<Faulty | void>;
  /** The next message is certainly not taken, and may be sent again later: a connection refused, a "try later". */
  busy?(): Promise<Faulty | void>;
  /** Ends what busy() began, where it does not end with the next message. */
  recover?(): Promise<void>;
  /** The next message is not taken: the network asks for a pause of `ms`. */
  limit?(ms: number): Promise<Faulty | void>;
  /** From now on reading (a poll) is refused, and the network asks for a pause of `ms` each time. */
  throttle?(ms: number): Promise<Throttle>;
  /** The next message is taken and shown, but the connection breaks before the answer. */
  dropReply?(): Promise<Faulty | void>;
  /** The next message gets no answer, for longer than anybody waits. */
  hang?(): Promise<Faulty | void>;
  /** From now on the account's credentials are worthless, also on connections that stand. */
  revoke?(): Promise<Faulty | void>;
  /** Every connection breaks; new ones are taken. */
  cut?(): Promise<void>;
  /** The network is away: no connection is taken until start(). It forgets nothing. */
  stop?(): Promise<void>;
  start?(): Promise<void>;
}

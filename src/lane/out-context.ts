// What the 'out' lanes of one account share.
import type { Chat, Content, Limits, Log, Session } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import type { AccountId, Entry, Fence, Store } from '../store/api.ts';
import type { Attempts } from './attempt.ts';
import type { Gate } from './gate.ts';
import type { Land } from './land.ts';

/** The id of the archive row of what was said in a group, by the chat's number. */
export type ArchiveId = (
  chat: number,
  said: { readonly at: number } & ({ readonly remote: string } | { readonly event: string }),
) => string;

/** Tokens of what was sent lately: by these a network that gives no ids shows that it has it. */
export class Tokens {
  readonly #tokens = new Set<string>();

  add(token: string): void {
    const [oldest] = this.#tokens;
    if (oldest !== undefined && this.#tokens.size >= MOST_TOKENS) this.#tokens.delete(oldest);
    this.#tokens.add(token);
  }

  has(token: string): boolean {
    return this.#tokens.has(token);
  }
}
const MOST_TOKENS = 1_000;

export interface OutContext {
  readonly account: AccountId;
  readonly fence: Fence;
  /** Who drains the account's 'in' lanes, where receipts and errors go. */
  readonly front: string;
  readonly store: Pick<Store, 'head' | 'lanes' | 'failed' | 'byStanza' | 'archive'>;
  readonly land: Land;
  readonly clock: Clock;
  readonly log: Log;
  readonly onUncertain: 'resend' | 'tell';
  /** The same on every attempt of this part, unique in the world. */
  readonly token: (entry: Entry, part: number) => string;
  readonly archiveId: ArchiveId;
  readonly tokens: Tokens;
  /** Where a chat is now: groups move. */
  readonly chatNow: (chat: Chat) => Chat;
  /** What becomes of a content within a chat's limits: one network message each. */
  readonly split: (content: Content, limits: Limits) => readonly Content[];
  /** What of the session's limits is another in this chat. */
  readonly limitsOf: (chat: Chat) => Partial<Limits> | undefined;
  /** Shared by all accounts of the transport. */
  readonly transportGate: Gate;
  readonly attempts: Attempts;
  /** The network revoked the session while something was sent. */
  readonly onAuthLost: (error: unknown) => void;
  /** Aborted when the process ends: what is under way then stays as it is on disk. */
  readonly stopped: AbortSignal;
}

/** What a message in a chat may hold, and how often. */
export function limitsIn({ limitsOf, chatNow }: OutContext, { limits }: Session, chat: Chat): Limits {
  const own = limitsOf(chatNow(chat));
  return own === undefined ? limits : { ...limits, ...own };
}

/** One stretch of time in which the account can send. */
export interface Shift {
  readonly session: Session;
  readonly accountGate: Gate;
  /** Aborted when the session rests, so that no pause outlives it. */
  readonly over: AbortSignal;
}

// What each outcome of a call means to the core: one table, told in README.md row by row.
import { AdapterError } from 'moongate/adapter';
import type { Fault, Rejection } from 'moongate/adapter';
import { TelegramError } from 'telegraf';
import { CallFailure } from './client.ts';

/** 'message': doing it twice shows twice, so doubt is 'uncertain'. 'question': may be asked again at will. */
export type Effect = 'message' | 'question';

const DEFAULT_RETRY_MS = 5_000;
const NOT_FOUND =
  /(chat|user|message thread|message to (edit|delete|react)) not found|user is deactivated|(PEER|MESSAGE|USER|PARTICIPANT)_ID_INVALID|USER_NOT_PARTICIPANT|identifier is not spec/i;
/** What only administrators may, what nobody may do to them, and what a closed topic or a silenced group does not take. */
const NO_RIGHT =
  /not enough rights|have no rights|administrator|CHAT_ADMIN_REQUIRED|RIGHT_FORBIDDEN|_FORBIDDEN|chat owner|(restrict|promote) self|only the creator|be inviter|TOPIC_CLOSED|CHAT_RESTRICTED/i;

/** The error that the core understands. What is none of Telegram's outcomes comes back as it is. */
export function adapterError(error: unknown, effect: Effect, scope: 'chat' | 'account' = 'account'): unknown {
  if (error instanceof TelegramError) {
    const text = `Telegram answered: ${error.description}`;
    return new AdapterError(answered(error, effect, scope), text, { cause: error });
  }
  if (error instanceof CallFailure) {
    const doubt = effect === 'message' && error.sent;
    return new AdapterError({ code: doubt ? 'uncertain' : 'temporary' }, `Telegram was not reached: ${error.message}`);
  }
  return error;
}

/** True if Telegram says that it does not know this bot (any more). */
export function isAuthLost(error: unknown): boolean {
  const known = adapterError(error, 'question');
  return AdapterError.is(known) && known.fault.code === 'auth-lost';
}

/** True if Telegram says that the message is as it was to become: what was asked for is so. */
export function isSoAlready(error: unknown): boolean {
  return error instanceof TelegramError && /not[ _]modified|to delete not found/i.test(error.description);
}

/** The supergroup that a chat has become, if this error says so: nothing was done then. */
export function movedTo(error: unknown): number | undefined {
  return error instanceof TelegramError ? error.parameters?.migrate_to_chat_id : undefined;
}

/** How long Telegram asks to wait, in ms, if this error is a 429. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof TelegramError) || error.code !== 429) return undefined;
  const seconds = error.parameters?.retry_after;
  return seconds === undefined ? DEFAULT_RETRY_MS : Math.max(seconds, 1) * 1000;
}

function answered(error: TelegramError, effect: Effect, scope: 'chat' | 'account'): Fault {
  const wait = retryAfterMs(error);
  if (wait !== undefined) return { code: 'rate-limited', retryAfterMs: wait, scope };
  const { code, description } = error;
  if (code >= 500) return { code: effect === 'message' ? 'uncertain' : 'temporary' };
  if (code === 401) return { code: 'auth-lost' };
  if (code === 404 && description === 'Not Found') return { code: 'auth-lost' };
  if (code === 409) return { code: 'temporary' };
  return { code: 'rejected', reason: rejection(code, description) };
}

/** Telegram has no codes below the status: the description's words are all there is. */
function rejection(code: number, description: string): Rejection {
  if (code === 404) return 'unsupported';
  if (code === 413 || /too long|too large/i.test(description)) return 'too-large';
  if (/blocked by the user/i.test(description)) return 'blocked';
  if (/can't be deleted$/i.test(description)) return 'forbidden';
  if (/can't be (edited|deleted)/i.test(description)) return 'expired';
  if (/method is available|REACTION_INVALID|REACTIONS_TOO_MANY|no text in the message/i.test(description))
    return 'unsupported';
  if (NOT_FOUND.test(description)) return 'not-found';
  if (NO_RIGHT.test(description)) return 'forbidden';
  return code === 403 ? 'forbidden' : 'invalid';
}

/**
 * Telegram does not say whether a 429 is meant for one chat or for the whole bot. The first one is taken for its chat's,
 * so that nobody else waits; a second one from another chat while the first still counts shows that it is the bot's.
 */
export class FloodScope {
  readonly #until = new Map<string, number>();

  /** Notes a 429 of this chat that lasts `waitMs` from `now`, and says whom it concerns. */
  note(chat: string, now: number, waitMs: number): 'chat' | 'account' {
    for (const [other, until] of this.#until) if (until <= now) this.#until.delete(other);
    this.#until.set(chat, now + waitMs);
    return this.#until.size > 1 ? 'account' : 'chat';
  }
}

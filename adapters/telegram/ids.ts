// Numbers of the Bot API as ids of the contract, and back.
import type { Chat } from 'moongate/adapter';

/** Supergroups and channels are numbered below this, basic groups between it and 0. */
const LARGE = -1_000_000_000_000;

/** A group that may yet become a supergroup, whose messages begin again at 1. */
export const isBasic = (chat: number): boolean => chat < 0 && chat > LARGE;

/** The chat of this number. */
export function chatOf(id: number): Chat {
  return { kind: id < 0 ? 'group' : 'direct', id: String(id) };
}

/** A chat's number; undefined if it is none of Telegram's. */
export function chatNumber({ kind, id }: Chat): number | undefined {
  const form = kind === 'direct' ? /^[1-9]\d{0,15}$/ : /^-[1-9]\d{0,15}$/;
  return form.test(id) ? Number(id) : undefined;
}

/**
 * A message's id. In a basic group it has a letter, so that it names nothing else once the group is a supergroup, which
 * counts from 1 again while the chat stays the same for whoever is in it.
 */
export function messageId(chat: number, message: number): string {
  return isBasic(chat) ? `g${message}` : String(message);
}

/** A message's number in this chat (it has 32 bits); undefined for one that cannot be there. */
export function messageNumber(chat: number, id: string): number | undefined {
  const digits = isBasic(chat) ? /^g([1-9]\d{0,9})$/.exec(id)?.[1] : /^[1-9]\d{0,9}$/.exec(id)?.[0];
  const number = digits === undefined ? undefined : Number(digits);
  return number !== undefined && number < 2 ** 31 ? number : undefined;
}

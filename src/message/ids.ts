// Names for messages that come out the same on every attempt and after every restart, and names that nobody can guess.
import { createHmac } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const length = 26;

/** What a name is made of. Parts are kept apart, so `['a', 'bc']` and `['ab', 'c']` give different names. */
type Part = string | number | null;

/** 26 characters of [a-z2-7] (130 bits) that follow from the key and the parts, and from nothing else. */
function derive(key: Uint8Array, purpose: string, parts: readonly Part[]): string {
  return base32(
    createHmac('sha256', key)
      .update(JSON.stringify([purpose, ...parts]))
      .digest(),
  );
}

function base32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5 && out.length < length; bits -= 5) out += alphabet[(held >> (bits - 5)) & 31] ?? '';
    held &= 31;
    if (out.length === length) break;
  }
  return out;
}

/** Delivery.token of one part of an 'out' entry: the same on every attempt, unique in the world. `entry` names the entry. */
export function deliveryToken(key: Uint8Array, account: number, entry: string | number, part: number): string {
  return derive(key, 'token', [account, entry, part]);
}

/** What a stanza shows: a network's message by its remote id, anything else by its event's key. */
export interface Shown {
  readonly account: number;
  /** The chat as the network names it, so that the id survives a restored database: 'direct/ID' or 'group/ID'. */
  readonly chat: string;
  readonly remote?: string;
  readonly event?: string;
  readonly part?: number;
}

/** The base id of the stanza that shows a network's message (R27): a replay looks the same, and nobody can foretell it. */
export function stanzaId(key: Uint8Array, shown: Shown): string {
  const { account, chat, remote = null, event = null, part = 0 } = shown;
  return derive(key, 'stanza', [account, chat, remote, remote === null ? event : null, part]);
}

/** What makes two stanzas of one user one message (clients resend): his bare JID, the id that he gave, and the content. */
export function resendKey(bare: string, chat: string, id: string, content: unknown): string {
  return derive(new Uint8Array(0), 'resend', [bare, chat, id, JSON.stringify(content)]);
}

/** A name that nobody can guess. `random` gives that many random bytes. */
export function randomId(random: (size: number) => Uint8Array): string {
  return base32(random(17));
}

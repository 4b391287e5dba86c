// Names for messages that come out the same on every attempt and after every restart, and names that nobody can guess.
import { hash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const length = 26;

/** What a name is made of. Parts are kept apart, so `['a', 'bc']` and `['ab', 'c']` give different names. */
type Part = string | number | null;

/** 26 characters of [a-z2-7] (130 bits) that follow from the key and the parts, and from nothing else. */
function derive(key: Uint8Array, purpose: string, parts: readonly Part[]): string {
  return base32(hmac(key, JSON.stringify([purpose, ...parts])));
}

/** Bytes of a block and of a result of SHA-256. */
const BLOCK = 64;
const DIGEST = 32;

interface Pads {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}
/** What HMAC begins its two hashes with, by key. */
const known = new WeakMap<Uint8Array, Pads>();

function padsOf(key: Uint8Array): Pads {
  let pads = known.get(key);
  if (pads !== undefined) return pads;
  if (key.length > BLOCK) throw new RangeError('the key is longer than a block');
  const pad = (by: number): Uint8Array => Uint8Array.from({ length: BLOCK }, (_, at) => by ^ (key[at] ?? 0));
  pads = { inner: pad(0x36), outer: pad(0x5c) };
  known.set(key, pads);
  return pads;
}

/**
 * HMAC-SHA256 (RFC 2104) for a key of at most a block, which does not change. By the one-shot hash: every message needs two
 * of these, and crypto's Hmac object costs more than all else that is done to name it.
 */
function hmac(key: Uint8Array, text: string): Buffer {
  const pads = padsOf(key);
  const inner = Buffer.allocUnsafe(BLOCK + Buffer.byteLength(text));
  inner.set(pads.inner);
  inner.write(text, BLOCK);
  const outer = Buffer.allocUnsafe(BLOCK + DIGEST);
  outer.set(pads.outer);
  outer.set(hash('sha256', inner, 'buffer'), BLOCK);
  return hash('sha256', outer, 'buffer');
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

/** Characters of an archive id's secret part: 100 bits. */
const ARCHIVE_SECRET = 20;

/**
 * The id of an archive row (XEP-0359, XEP-0313): nobody can foretell it, and a message has the same one however often the
 * network shows it. It begins with the time, so that a database has neighbours in one place. `chat` is the chat's number,
 * for the archive stays when the network renames the chat.
 */
export function archiveId(
  key: Uint8Array,
  account: number,
  chat: number,
  said: { readonly at: number } & ({ readonly remote: string } | { readonly event: string }),
): string {
  const at = Number.isFinite(said.at) ? Math.max(0, Math.trunc(said.at)) : 0;
  const what = 'remote' in said ? [said.remote] : [null, said.event];
  const secret = derive(key, 'archive', [account, chat, at, ...what]).slice(0, ARCHIVE_SECRET);
  return at.toString(16).padStart(12, '0') + secret;
}

/** Who somebody in a group is to its room (XEP-0421): the same for ever, and of no use outside it. Null is the account itself. */
export function occupantId(key: Uint8Array, account: number, chat: string, user: string | null): string {
  return derive(key, 'occupant', [account, chat, user]);
}

/** What makes two stanzas of one user one message (clients resend): his bare JID, the id that he gave, and the content. */
export function resendKey(bare: string, chat: string, id: string, content: unknown): string {
  return base32(hash('sha256', JSON.stringify(['resend', bare, chat, id, content]), 'buffer'));
}

/** A name that nobody can guess. `random` gives that many random bytes. */
export function randomId(random: (size: number) => Uint8Array): string {
  return base32(random(17));
}

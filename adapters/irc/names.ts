// Names on IRC <-> the contract's ids: lower-cased as the server does, a channel without its '#', in open mode with its server.
import type { Chat, UserId } from 'moongate/adapter';

/** How a server lower-cases names (ISUPPORT CASEMAPPING); what is not known counts as rfc1459. */
export type CaseMapping = 'ascii' | 'rfc1459' | 'strict-rfc1459' | 'rfc7613';

const LAST_UPPER: Readonly<Record<CaseMapping, number>> = {
  ascii: 0x5a,
  rfc1459: 0x5e,
  'strict-rfc1459': 0x5d,
  rfc7613: 0x5a,
};

/** The mapping that a server's CASEMAPPING names. */
export function caseMapping(value: unknown): CaseMapping {
  return typeof value === 'string' && Object.hasOwn(LAST_UPPER, value) ? (value as CaseMapping) : 'rfc1459';
}

/** What no mapping changes: most names. */
const LOWER = /^[a-z0-9#&+!_`{|}%.-]*$/;

/** A name in lower case: with rfc1459 `[]\^` become `{}|~`. */
export function fold(name: string, mapping: CaseMapping): string {
  if (LOWER.test(name)) return name;
  if (mapping === 'rfc7613') return name.normalize('NFC').toLowerCase();
  const last = LAST_UPPER[mapping];
  let folded = '';
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    folded += String.fromCharCode(code >= 0x41 && code <= last ? code + 32 : code);
  }
  return folded;
}

/** Most spellings that are remembered, so that a user who writes to many does not fill the memory. */
const MOST_SPELLINGS = 1_000;

/** The ids of one connection. */
export class Names {
  readonly #realm: string;
  readonly #server: string;
  mapping: CaseMapping = 'rfc1459';
  /** What begins a channel's name (ISUPPORT CHANTYPES). */
  channelTypes = '#&';
  /** How the core calls what it named first in another spelling: `foo[1]` where the server's lower case is `foo{1}`. */
  readonly #spelled = new Map<string, string>();

  /** `realm` is empty where the whole transport is one network; `server` is the host that the account is on. */
  constructor(realm: string, server: string) {
    this.#realm = realm;
    this.#server = server;
  }

  fold(name: string): string {
    return fold(name, this.mapping);
  }

  same(one: string, two: string): boolean {
    return one === two || this.fold(one) === this.fold(two);
  }

  isChannel(name: string): boolean {
    return name !== '' && this.channelTypes.includes(name.charAt(0));
  }

  /** The chat of the server itself: its numerics, its notices, the message of the day. */
  get serverChat(): { readonly kind: 'direct'; readonly id: UserId } {
    return { kind: 'direct', id: this.#realm === '' ? this.#server : `%${this.#realm}` };
  }

  user(nick: string): UserId {
    return this.#id(this.fold(nick));
  }

  direct(nick: string): Chat {
    return { kind: 'direct', id: this.user(nick) };
  }

  /** The chat of a channel, by its name with what begins it. */
  group(channel: string): Chat {
    const folded = this.fold(channel);
    return { kind: 'group', id: this.#id(folded.startsWith('#') ? folded.slice(1) : folded) };
  }

  /** What stands on the wire for a chat: a channel, a nick, or nothing for the server's own chat. */
  target(chat: Chat): string | undefined {
    const name = this.#bare(chat.id);
    if (chat.kind === 'group') return /^[&+!]/.test(name) && this.isChannel(name) ? name : `#${name}`;
    if (name === '' || chat.id === this.serverChat.id) return undefined;
    return name;
  }

  /** The nick of a user's id. */
  nick(user: UserId): string {
    return this.#bare(user);
  }

  /** The core calls this chat so; from now on its events say so too. */
  spell(chat: Chat): void {
    const folded = this.fold(chat.id);
    if (folded === chat.id || this.#spelled.has(folded)) return;
    if (this.#spelled.size >= MOST_SPELLINGS) this.#spelled.clear();
    this.#spelled.set(folded, chat.id);
  }

  #id(folded: string): string {
    const id = this.#realm === '' ? folded : `${folded}%${this.#realm}`;
    return this.#spelled.get(id) ?? id;
  }

  #bare(id: string): string {
    const end = `%${this.#realm}`;
    return this.#realm !== '' && id.endsWith(end) ? id.slice(0, -end.length) : id;
  }
}

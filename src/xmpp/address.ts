// Names of the network as JIDs, and back: contact enc(id)@domain, room #enc(id)@domain. The codec needs no table and
// survives nodeprep and PRECIS: XEP-0106 for what it covers ('\' always), 'A' as '=a', '=' as '==', the rest as '=.hex.'.
import { createHash } from 'node:crypto';
import type { Chat } from '../adapter/api.ts';
import type { AccountId, Doc, Store } from '../store/api.ts';

const escapes: Readonly<Record<string, string>> = {
  ' ': '\\20',
  '"': '\\22',
  '&': '\\26',
  "'": '\\27',
  '/': '\\2f',
  ':': '\\3a',
  '<': '\\3c',
  '>': '\\3e',
  '@': '\\40',
  '\\': '\\5c',
};
const unescapes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(escapes).map(([char, code]) => [code, char]),
);
const hex = (char: string): string => `=.${(char.codePointAt(0) ?? 0).toString(16)}.`;
/** RFC 7622 allows 1,023 bytes; what is longer than this gets an alias. */
const longest = 1000;
/** No id has an empty name on any network we know, but an adapter's slip must not become an invalid JID. */
const empty = '=.';
const aliasForm = /^=h[0-9a-f]{64}$/;

/** A local part, and whether it can be read only with an alias row (its id is too long to stand in a JID). */
export interface Local {
  readonly local: string;
  readonly alias: boolean;
}

/** What a local part names: a chat, an alias to look up with readAlias(), or undefined: no address of ours. */
export type Named = Chat | { readonly kind: 'alias'; readonly local: string };

/** The local part of a chat's JID. Always the same for the same id; different ids never share one. */
export function toLocal(chat: Chat): Local {
  const prefix = chat.kind === 'group' ? '#' : '';
  const name = encode(chat.id, chat.kind === 'group');
  if (prefix.length + name.length <= longest) return { local: prefix + name, alias: false };
  return { local: `${prefix}=h${createHash('sha256').update(name).digest('hex')}`, alias: true };
}

/** The bare JID of a chat. */
export const chatJid = (chat: Chat, domain: string): string => `${toLocal(chat).local}@${domain}`;

/** Reads a local part; undefined where toLocal() never writes it, so one chat has one address. */
export function fromLocal(local: string): Named | undefined {
  const group = local.startsWith('#');
  const name = group ? local.slice(1) : local;
  if (aliasForm.test(name)) return { kind: 'alias', local };
  const id = decode(name);
  const chat: Chat = { kind: group ? 'group' : 'direct', id };
  return name !== '' && toLocal(chat).local === local ? chat : undefined;
}

/** The id that an address of ours bears; one that is too long for it has an alias, and belongs to no realm. */
export function idOf({ local }: { readonly local?: string }): string | undefined {
  const named = local === undefined ? undefined : fromLocal(local);
  return named !== undefined && 'id' in named ? named.id : undefined;
}

/** The row that an alias needs; undefined where the id stands in the address itself. Write it before the address is used. */
export function aliasDoc(account: AccountId, chat: Chat): Doc | undefined {
  const { local, alias } = toLocal(chat);
  return alias ? { account, kind: 'alias', key: local, value: chat.id } : undefined;
}

/** The chat that a local part names for this account, aliases looked up; undefined where there is none. */
export async function resolveLocal(
  store: Pick<Store, 'doc'>,
  account: AccountId,
  local: string,
): Promise<Chat | undefined> {
  const named = fromLocal(local);
  if (named?.kind !== 'alias') return named;
  const id = await store.doc(account, 'alias', local);
  return typeof id === 'string' ? { kind: local.startsWith('#') ? 'group' : 'direct', id } : undefined;
}

function encode(id: string, group: boolean): string {
  if (id === '') return empty;
  const chars = Array.from(id);
  const out = chars.map((char, index) => {
    if (char === '=') return '==';
    if (/[A-Z]/.test(char)) return `=${char.toLowerCase()}`;
    // XEP-0106 forbids a space at either end, and a contact must not look like a room.
    if (char === ' ' && (index === 0 || index === chars.length - 1)) return hex(char);
    if (char === '#' && index === 0 && !group) return hex(char);
    return escapes[char] ?? (/[!-~]/.test(char) ? char : hex(char));
  });
  // An id may look like an alias by chance or by malice: its H is written in full.
  return aliasForm.test(out.join('')) ? hex('H') + out.slice(1).join('') : out.join('');
}

function decode(name: string): string {
  if (name === empty) return '';
  return name.replace(
    /==|=\.([0-9a-f]{1,6})\.|=([a-z])|\\[2-5][0-9a-f]/g,
    (all: string, code?: string, upper?: string) => {
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : all;
      }
      if (upper !== undefined) return upper.toUpperCase();
      return all === '==' ? '=' : (unescapes[all] ?? all);
    },
  );
}

/**
 * What the gateway itself speaks from in a chat. Its resource is there for the '@': Converse takes what comes from an address
 * without one for a server's headline, and shows no chat.
 */
export const voiceOf = (domain: string): string => `${domain}/@gateway`;

// JIDs as RFC 7622 has them: read strictly, written back, never an exception. What is no JID is undefined.
const maxBytes = 1023;
const bytes = (text: string): number => Buffer.byteLength(text);

/** A JID in its three parts, local part and domain folded to lower case. */
export interface Jid {
  readonly local?: string;
  readonly domain: string;
  readonly resource?: string;
}

// RFC 7622, 3.3.1 names what a local part must not hold; white space, controls and lone surrogates are in no part of a name.
const notInLocal = /["&'/:<>@\s\p{C}]/u;
const notInResource = /[\p{Cc}\p{Cs}\p{Cn}]/u;
const label = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}_])?$/u;
const ipv6 = /^\[[0-9a-f:.]{2,45}\]$/;

/** Reads a JID (RFC 7622); undefined where it is none. Local part and domain come back in NFC and lower case. */
export function parseJid(text: string): Jid | undefined {
  if (text.length > 3 * maxBytes + 2) return undefined;
  const slash = text.indexOf('/');
  const bare = slash === -1 ? text : text.slice(0, slash);
  const at = bare.indexOf('@');
  const local = at === -1 ? undefined : readLocal(bare.slice(0, at));
  const domain = readDomain(bare.slice(at + 1));
  const resource = slash === -1 ? undefined : readResource(text.slice(slash + 1));
  if (domain === undefined || (at !== -1 && local === undefined) || (slash !== -1 && resource === undefined))
    return undefined;
  return { domain, ...(local === undefined ? {} : { local }), ...(resource === undefined ? {} : { resource }) };
}

function readLocal(text: string): string | undefined {
  const local = text.normalize('NFC').toLowerCase();
  return local === '' || bytes(local) > maxBytes || notInLocal.test(local) ? undefined : local;
}

function readDomain(text: string): string | undefined {
  const domain = text.normalize('NFC').toLowerCase().replace(/\.$/, '');
  if (domain === '' || bytes(domain) > maxBytes) return undefined;
  return ipv6.test(domain) || domain.split('.').every((part) => part.length <= 63 && label.test(part))
    ? domain
    : undefined;
}

function readResource(text: string): string | undefined {
  const resource = text.normalize('NFC');
  return resource === '' || bytes(resource) > maxBytes || notInResource.test(resource) ? undefined : resource;
}

/** Writes a JID; the inverse of parseJid(). */
export function formatJid(jid: Jid): string {
  return `${bareJid(jid)}${jid.resource === undefined ? '' : `/${jid.resource}`}`;
}

/** The JID without its resource, as text. */
export function bareJid(jid: Jid): string {
  return jid.local === undefined ? jid.domain : `${jid.local}@${jid.domain}`;
}

/** The bare JID of a text; undefined where it is no JID. */
export function bareOf(text: string): string | undefined {
  const jid = parseJid(text);
  return jid && bareJid(jid);
}

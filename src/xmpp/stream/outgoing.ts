// The last look at a stanza before it is written: a server closes the whole stream over one that breaks these rules.
import { serialize, stripXml } from '../stanza.ts';
import type { Element } from '../stanza.ts';
import { UnsendableError } from './api.ts';
import { resolveReferences } from './references.ts';

const STANZA = /^(?:message|presence|iq)$/;
const HEAD = /^<(?:message|presence|iq)(?=[\s/>])[^>]*>/;
const TO = /\sto="([^"]*)"/;
const FROM = /\sfrom="([^"]*)"/;
// What nodeprep and PRECIS forbid in a local part and no domain has; a resource may have nearly all. U+FFFD stands where
// a forbidden character was.
const ADDRESS =
  /^(?:[^\s"&'/:<>@\p{Cc}\ufffd]+@)?(?:[^\s"&'/:<>@\p{Cc}\ufffd]+|\[[\da-fA-F:.]+\])(?:\/[^\p{Cc}\ufffd]+)?$/u;
/** Bytes of each part of a JID (RFC 7622). */
const LONGEST_PART = 1023;

/**
 * The stanza as the text to be written. `limit` is in bytes.
 * @throws {UnsendableError} when it lacks an address (R4), is not from `domain` (R5), or is too large.
 */
export function outgoing(stanza: Element | string, domain: string, limit: number): string {
  const xml = typeof stanza === 'string' ? checkText(stanza, domain) : checkElement(stanza, domain);
  // No character is longer than three bytes for each UTF-16 unit, so the exact count is seldom needed.
  if (xml.length * 3 > limit && Buffer.byteLength(xml) > limit)
    throw new UnsendableError('too-large', `a stanza of more than ${limit} bytes would end the stream`);
  return xml;
}

function checkElement(stanza: Element, domain: string): string {
  if (!STANZA.test(stanza.name)) throw new UnsendableError('not-a-stanza', `<${stanza.name}> is no stanza`);
  checkAddresses(stanza.attrs['from'], stanza.attrs['to'], domain);
  return serialize(stanza);
}

function checkText(stanza: string, domain: string): string {
  const head = HEAD.exec(stanza)?.[0];
  if (head === undefined) throw new UnsendableError('not-a-stanza', 'the text is no stanza');
  const from = FROM.exec(head)?.[1];
  const to = TO.exec(head)?.[1];
  checkAddresses(from && resolveReferences(from), to && resolveReferences(to), domain);
  return stripXml(stanza);
}

function checkAddresses(from: string | undefined, to: string | undefined, domain: string): void {
  if (from === undefined || to === undefined)
    throw new UnsendableError('no-address', 'a stanza of a component carries from and to (XEP-0114)');
  if (!isFrom(from, domain)) throw new UnsendableError('foreign-from', `${from} is not an address of ${domain}`);
  if (!isAddress(from)) throw new UnsendableError('invalid-address', `${JSON.stringify(from)} is no address`);
  if (!isAddress(to)) throw new UnsendableError('invalid-address', `${JSON.stringify(to)} is no address`);
}

function isFrom(from: string, domain: string): boolean {
  const slash = from.indexOf('/');
  const bare = slash < 0 ? from : from.slice(0, slash);
  const host = bare.slice(bare.indexOf('@') + 1);
  return host === domain || host.toLowerCase() === domain.toLowerCase();
}

/** Whether a server can take this as an address at all; it says nothing about the address existing. */
function isAddress(address: string): boolean {
  if (!ADDRESS.test(address)) return false;
  if (address.length * 3 <= LONGEST_PART) return true;
  const slash = address.indexOf('/');
  const bare = slash < 0 ? address : address.slice(0, slash);
  const resource = slash < 0 ? '' : address.slice(slash + 1);
  return [...bare.split('@'), resource].every((part) => Buffer.byteLength(part) <= LONGEST_PART);
}

// What a user's message stanza says, for the lane. Pure: it decides nothing but what the stanza means.
import type { Content } from '../adapter/api.ts';
import type { Failure, Sender } from '../message/entry.ts';
import type { Special } from './error.ts';
import { readEncryption } from './feature/encryption.ts';
import { readOriginId } from './feature/origin-id.ts';
import { asksReceipt } from './feature/receipt.ts';
import type { Element } from './stanza.ts';

const NS_CORRECT = 'urn:xmpp:message-correct:0'; // XEP-0308
const NS_OOB = 'jabber:x:oob'; // XEP-0066
/** What changes another message and has no meaning as a text: XEP-0424 and 0444. Their bodies are only fallbacks. */
const acts = [
  ['retract', 'urn:xmpp:message-retract:1'],
  ['retract', 'urn:xmpp:message-retract:0'],
  ['apply-to', 'urn:xmpp:fasten:0'],
  ['reactions', 'urn:xmpp:reactions:0'],
] as const;
/** What marks a text that replaces one that was sent before, in no language. */
const corrected = '✎ ';

/** Longest text that is taken, in bytes of UTF-8, if the caller names no other. */
export const MAX_BODY_BYTES = 65_536;

/** What a message stanza is to us. */
export type Read =
  /** To be sent. `ids` are what the client named it by (origin-id, id), for the recognition of resends. */
  | { readonly type: 'message'; readonly sender: Sender; readonly content: Content; readonly ids: readonly string[] }
  /** Cannot be sent; its sender is to be told with this failure. */
  | { readonly type: 'refused'; readonly sender: Sender; readonly failure: Failure; readonly special?: Special }
  /** Nothing to send: typing, markers, receipts, keys. */
  | { readonly type: 'empty' }
  /** An error stanza: a bounce. Never answered. */
  | { readonly type: 'error' };

/**
 * Reads a message from a user's client. In this version a correction is sent as a message of its own, marked; reactions,
 * retractions and group messages to a contact are refused; replies keep their readable quote; a file's link is a text.
 */
export function readMessage(stanza: Element, maxBytes: number = MAX_BODY_BYTES): Read {
  const { type } = stanza.attrs;
  if (type === 'error') return { type: 'error' };
  const sender = readSender(stanza);
  const refused = (failure: Failure, special?: Special): Read => ({
    type: 'refused',
    sender,
    failure,
    ...(special && { special }),
  });
  if (type === 'groupchat') return refused({ code: 'unsupported' });
  const encryption = readEncryption(stanza);
  if (encryption === 'keys') return { type: 'empty' };
  if (encryption === 'content') return refused({ code: 'unsupported' }, 'encrypted');
  if (acts.some(([name, ns]) => stanza.getChild(name, ns))) return refused({ code: 'unsupported' });
  const text = readText(stanza);
  if (text === undefined) return { type: 'empty' };
  if (text.trim() === '') return refused({ code: 'invalid' });
  if (Buffer.byteLength(text) > maxBytes) return refused({ code: 'too-large', detail: `> ${maxBytes} bytes` });
  const ids = [readOriginId(stanza), sender.id].filter((id) => id !== undefined);
  return { type: 'message', sender, content: { text }, ids: [...new Set(ids)] };
}

/** Who wrote a message stanza, and how to answer it. */
export function readSender(stanza: Element): Sender {
  const { from = '', id, 'xml:lang': lang } = stanza.attrs;
  return {
    jid: from,
    ...(id === undefined || id === '' ? {} : { id }),
    ...(asksReceipt(stanza) && id !== '' ? { receipt: true } : {}),
    ...(lang === undefined ? {} : { lang }),
  };
}

/** The text; undefined where the stanza has none at all. */
function readText(stanza: Element): string | undefined {
  const body = inOwnLanguage(stanza, 'body') ?? stanza.getChild('x', NS_OOB)?.getChildText('url') ?? undefined;
  const subject = inOwnLanguage(stanza, 'subject')?.trim() ?? '';
  if (subject !== '') return body === undefined || body.trim() === '' ? subject : `${subject}\n${body}`;
  if (body === undefined || body === '') return undefined;
  return stanza.getChild('replace', NS_CORRECT) ? corrected + body : body;
}

/** The text of the child that is in the stanza's own language; several say the same in several (RFC 6121, 5.2.3). */
function inOwnLanguage(stanza: Element, name: string): string | undefined {
  const all = stanza.getChildren(name);
  const lang = stanza.attrs['xml:lang'];
  const own =
    all.find((child) => child.attrs['xml:lang'] === undefined) ??
    all.find((child) => child.attrs['xml:lang']?.toLowerCase() === lang?.toLowerCase()) ??
    all[0];
  return own?.getText();
}

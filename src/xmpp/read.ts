// What a user's message stanza says, for the lane. Pure: it decides nothing but what the stanza means.
import type { Content } from '../adapter/api.ts';
import type { Wish } from '../account/outbox.ts';
import type { Failure, Sender } from '../message/entry.ts';
import { readStyling } from '../message/styling.ts';
import type { Typed } from '../message/typed.ts';
import { text } from '../text/index.ts';
import type { Special } from './error.ts';
import { wantsAttention } from './feature/attention.ts';
import { readReplace } from './feature/correct.ts';
import { readEncryption } from './feature/encryption.ts';
import { readGeo } from './feature/geo.ts';
import { readDisplayed } from './feature/markers.ts';
import { readOriginId } from './feature/origin-id.ts';
import { readReactions } from './feature/reactions.ts';
import { asksReceipt } from './feature/receipt.ts';
import { readReply } from './feature/reply.ts';
import { isFastened, readRetract } from './feature/retract.ts';
import { readSpoiler } from './feature/spoiler.ts';
import { isUnstyled } from './feature/styling.ts';
import { readThread } from './feature/thread.ts';
import type { Element } from './stanza.ts';

const NS_OOB = 'jabber:x:oob'; // XEP-0066

/** Longest text that is taken, in bytes of UTF-8, if the caller names no other. */
export const MAX_BODY_BYTES = 65_536;
/** More reactions to one message, or longer ones, are no reactions. */
const MOST_EMOJIS = 20;
const LONGEST_EMOJI = 64;

/** What a message stanza is to us. */
export type Read =
  /** To be done on the network. `ids` are what the client named it by (origin-id, id), for the recognition of resends. */
  | (Wish & { readonly ids: readonly string[] })
  /** Cannot be done; its sender is to be told with this failure. */
  | { readonly type: 'refused'; readonly sender: Sender; readonly failure: Failure; readonly special?: Special }
  /** Nothing to do: typing, receipts, keys. */
  | { readonly type: 'empty' }
  /** An error stanza: a bounce. Never answered. */
  | { readonly type: 'error' };

/**
 * Reads a message from a user's client: a text, or what changes or marks another message, whose own body is only a fallback
 * then. Group messages are refused but in a room; a file's link is a text.
 */
export function readMessage(stanza: Element, maxBytes: number = MAX_BODY_BYTES, inRoom = false): Read {
  const { type } = stanza.attrs;
  if (type === 'error') return { type: 'error' };
  const sender = readSender(stanza);
  const refused = (code: Failure['code'], detail?: string, special?: Special): Read => ({
    ...{ type: 'refused', sender, failure: detail === undefined ? { code } : { code, detail } },
    ...(special && { special }),
  });
  if (type === 'groupchat' && !inRoom) return refused('unsupported');
  const encryption = readEncryption(stanza);
  if (encryption === 'keys') return { type: 'empty' };
  if (encryption === 'content') return refused('unsupported', undefined, 'encrypted');
  const ids = [...new Set([readOriginId(stanza), sender.id].filter((id) => id !== undefined))];
  const act = readAct(stanza);
  if (act === 'invalid' || act === 'unsupported') return refused(act);
  if (act) return { ...act, sender, ids };
  const content = readContent(stanza);
  if (content === undefined) {
    const upTo = readDisplayed(stanza);
    return upTo === undefined ? { type: 'empty' } : { type: 'read', target: targetOf(upTo), sender, ids };
  }
  const { text: words = '' } = content;
  if (words.trim() === '') return refused('invalid');
  if (Buffer.byteLength(words) > maxBytes) return refused('too-large', `> ${maxBytes} bytes`);
  const target = readReplace(stanza) ?? '';
  if (target !== '') return { type: 'edit', target: targetOf(target), content, sender, ids };
  return { type: 'message', content, sender, ids };
}

type Act = { readonly type: 'retract'; readonly target: string } | ReactAct;
interface ReactAct {
  readonly type: 'react';
  readonly target: string;
  readonly emojis: readonly string[];
}

/** What is done to another message; a failure's code where that cannot be said. */
function readAct(stanza: Element): Act | 'invalid' | 'unsupported' | undefined {
  const retracted = readRetract(stanza);
  if (retracted !== undefined) return retracted === '' ? 'invalid' : { type: 'retract', target: targetOf(retracted) };
  if (isFastened(stanza)) return 'unsupported';
  const reactions = readReactions(stanza);
  if (reactions === undefined) return undefined;
  const { id, emojis } = reactions;
  const strange = emojis.length > MOST_EMOJIS || emojis.some((emoji) => Buffer.byteLength(emoji) > LONGEST_EMOJI);
  return id === '' || strange ? 'invalid' : { type: 'react', target: targetOf(id), emojis };
}

/** A message of ours that became several stanzas is named by the base of their ids. */
const targetOf = (id: string): string => id.replace(/^([a-z2-7]{26})\.[0-9]+$/, '$1');

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

/** What the stanza says; undefined where it has no words at all. */
function readContent(stanza: Element): Typed | undefined {
  const written = inOwnLanguage(stanza, 'body') ?? stanza.getChild('x', NS_OOB)?.getChildText('url') ?? '';
  const body = written === '' && wantsAttention(stanza) ? text(stanza.attrs['xml:lang'], 'message.attention') : written;
  const subject = inOwnLanguage(stanza, 'subject')?.trim() ?? '';
  if (body === '' && subject === '') return undefined;
  const answer = readReply(stanza, body);
  const { id, quote } = answer ?? {};
  const words = answer?.text ?? body;
  const hint = words.trim() === '' ? undefined : readSpoiler(stanza);
  const above = [subject, hint ?? ''].filter((line) => line !== '').map((line) => `${line}\n`);
  const start = above.join('').length;
  const said = words.trim() === '' ? subject : above.join('') + words;
  const place = said === words ? readGeo(words) : undefined;
  const styled = !isUnstyled(stanza) && readStyling(said).spans.length > 0;
  const replyTo: Content['replyTo'] =
    id === undefined ? undefined : { id: targetOf(id), ...(quote && { text: quote }) };
  const thread = readThread(stanza);
  return {
    text: said,
    ...(hint !== undefined && { spans: [{ kind: 'spoiler', start, end: said.length }] }),
    ...(styled && { styled }),
    ...(place && { location: place }),
    ...(replyTo && { replyTo }),
    ...(thread !== undefined && { thread }),
  };
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

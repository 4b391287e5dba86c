// One table from each failure to the stanza error that tells it. Never in answer to an error or a result.
import type { ErrorCode, Failure, Sender } from '../message/entry.ts';
import { type Key, moment, pick, text } from '../text/index.ts';
import { type Child, type Element, x } from './stanza.ts';

/** Namespace of the element that names the code, so that programs need not read the text. */
export const NS_ERROR = 'urn:moongate:error:1';
const NS_STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const NS_BLOCKING = 'urn:xmpp:blocking:errors';

/** Error types of RFC 6120, 8.3.2. */
export type ErrorType = 'auth' | 'cancel' | 'continue' | 'modify' | 'wait';
/** The defined conditions of RFC 6120, 8.3.3, that a component has a use for. */
export type Condition =
  | 'bad-request'
  | 'conflict'
  | 'feature-not-implemented'
  | 'forbidden'
  | 'internal-server-error'
  | 'item-not-found'
  | 'jid-malformed'
  | 'not-acceptable'
  | 'not-allowed'
  | 'not-authorized'
  | 'recipient-unavailable'
  | 'registration-required'
  | 'remote-server-timeout'
  | 'resource-constraint'
  | 'service-unavailable'
  | 'undefined-condition'
  | 'unexpected-request';
type Row = readonly [type: ErrorType, condition: Condition];

const table: Readonly<Record<ErrorCode, Row>> = {
  'not-registered': ['auth', 'registration-required'],
  closing: ['auth', 'registration-required'],
  // The sender's own wish: no condition of RFC 6120 says that, the code does.
  cancelled: ['cancel', 'undefined-condition'],
  'auth-lost': ['auth', 'registration-required'],
  'not-found': ['cancel', 'item-not-found'],
  forbidden: ['auth', 'forbidden'],
  blocked: ['cancel', 'not-acceptable'],
  'too-large': ['modify', 'not-acceptable'],
  invalid: ['modify', 'not-acceptable'],
  unsupported: ['cancel', 'feature-not-implemented'],
  expired: ['cancel', 'not-allowed'],
  timeout: ['wait', 'remote-server-timeout'],
  'rate-limited': ['wait', 'resource-constraint'],
  uncertain: ['wait', 'remote-server-timeout'],
  quota: ['wait', 'resource-constraint'],
  offline: ['wait', 'recipient-unavailable'],
  conflict: ['cancel', 'conflict'],
  internal: ['cancel', 'internal-server-error'],
};

/** Two failures whose code says less than the sender can be told. */
export type Special =
  | 'address' // 'invalid': what was addressed is no JID
  | 'encrypted'; // 'unsupported': the content was encrypted

/** The words for a failure in the language of a BCP 47 tag, the network's own words behind them. */
export function failureText(failure: Failure, lang: string | undefined, special?: Special): string {
  const words = ownWords(failure, lang, special);
  return failure.detail === undefined || failure.detail === '' ? words : `${words} (${failure.detail})`;
}

function ownWords(failure: Failure, lang: string | undefined, special?: Special): string {
  const { code, until, reference } = failure;
  if (special === 'address') return text(lang, 'error.invalid-address');
  if (special === 'encrypted') return text(lang, 'error.encrypted');
  if (code === 'rate-limited' && until !== undefined)
    return text(lang, 'error.rate-limited-until', { until: moment(lang, until) });
  if (code === 'internal' && reference !== undefined) return text(lang, 'error.internal-reference', { reference });
  return text(lang, `error.${code}`);
}

/** The `<error/>` of a failure. `presence`: it answers a login presence, where a lost session is `not-authorized`. */
export function errorElement(failure: Failure, lang: string | undefined, special?: Special, presence = false): Element {
  const { code } = failure;
  const row: Row = special === 'address' ? ['modify', 'jid-malformed'] : table[code];
  const [type, condition] = presence && code === 'auth-lost' ? (['auth', 'not-authorized'] as const) : row;
  return element(
    type,
    condition,
    failureText(failure, lang, special),
    lang,
    code === 'blocked' && x('blocked', { xmlns: NS_BLOCKING }),
    x('code', { xmlns: NS_ERROR }, code),
    code === 'uncertain' && x('uncertain', { xmlns: NS_ERROR }),
  );
}

function element(
  type: ErrorType,
  condition: Condition,
  words: string,
  lang: string | undefined,
  ...rest: readonly Child[]
): Element {
  return x(
    'error',
    { type },
    x(condition, { xmlns: NS_STANZAS }),
    x('text', { xmlns: NS_STANZAS, 'xml:lang': pick(lang) }, words),
    ...rest,
  );
}

/** The table's conditions for what is wrong with a stanza as such, and the code that comes nearest. */
const refusals = {
  'bad-request': ['modify', 'invalid', 'error.bad-request'],
  'not-allowed': ['cancel', 'forbidden', 'error.not-allowed'],
  'service-unavailable': ['cancel', 'unsupported', 'error.service-unavailable'],
  'unexpected-request': ['wait', 'invalid', 'error.unexpected-request'],
  // Of rooms (XEP-0045).
  'jid-malformed': ['modify', 'invalid', 'error.room-nick'],
  'not-authorized': ['auth', 'invalid', 'error.room-password'],
  'registration-required': ['auth', 'blocked', 'error.room-members-only'],
  'not-acceptable': ['modify', 'invalid', 'error.room-outside'],
  'item-not-found': ['cancel', 'not-found', 'error.room-nobody'],
  forbidden: ['auth', 'forbidden', 'error.room-voice'],
  conflict: ['cancel', 'conflict', 'error.room-conflict'],
} as const satisfies Partial<Record<Condition, readonly [ErrorType, ErrorCode, Key]>>;

/** What is wrong with a stanza itself, where no failure of the table fits: an unknown request, one that is malformed. */
export type Refusal = keyof typeof refusals | 'full';

/** A room that is full is a service that is not to be had just now (XEP-0045, 7.2.9). */
const rowOf = (refusal: Refusal): readonly [ErrorType, Condition, ErrorCode, Key] => {
  if (refusal === 'full') return ['wait', 'service-unavailable', 'too-large', 'error.room-full'];
  const [type, code, key] = refusals[refusal];
  return [type, refusal, code, key];
};

/** Answers a stanza with a failure; undefined where no answer is allowed (errors, results) or possible (no sender). */
export function errorReply(
  stanza: Element,
  failure: Failure,
  lang: string | undefined = stanza.attrs['xml:lang'],
  special?: Special,
): Element | undefined {
  return reply(stanza, () => errorElement(failure, lang, special, stanza.getName() === 'presence'));
}

/** Answers a stanza that is itself at fault; undefined as with errorReply(). `detail`: the network's own words. */
export function refuse(
  stanza: Element,
  refusal: Refusal,
  lang: string | undefined = stanza.attrs['xml:lang'],
  detail?: string,
): Element | undefined {
  const [type, condition, code, key] = rowOf(refusal);
  const own = text(lang, key as 'error.room-full');
  const words = detail === undefined || detail === '' ? own : `${own} (${detail})`;
  return reply(stanza, () => element(type, condition, words, lang, x('code', { xmlns: NS_ERROR }, code)));
}

function reply(stanza: Element, error: () => Element): Element | undefined {
  const { from, to, id, type } = stanza.attrs;
  if (from === undefined || type === 'error' || type === 'result') return undefined;
  return x(stanza.getName(), { type: 'error', from: to, to: from, id }, error());
}

/** The error for a message that was accepted and could not be delivered: from the chat's JID to the device that wrote. */
export function errorTo(sender: Sender, from: string, failure: Failure, special?: Special): Element {
  return x(
    'message',
    { type: 'error', from, to: sender.jid, id: sender.id },
    errorElement(failure, sender.lang, special),
  );
}

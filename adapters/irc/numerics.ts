// What a server's numerics and last words mean to the core; README.md tells the table.
import { createHash } from 'node:crypto';
import { AdapterError } from 'moongate/adapter';
import type { Fault, Rejection } from 'moongate/adapter';
import type { Message } from 'irc-framework';

/** Numerics that refuse a message or a request for good. Every one names what it refuses behind our own nick. */
const REFUSALS: Readonly<Record<string, Rejection>> = {
  '401': 'not-found', // ERR_NOSUCHNICK
  '402': 'not-found', // ERR_NOSUCHSERVER
  '403': 'not-found', // ERR_NOSUCHCHANNEL
  '404': 'forbidden', // ERR_CANNOTSENDTOCHAN
  '405': 'forbidden', // ERR_TOOMANYCHANNELS
  '406': 'not-found', // ERR_WASNOSUCHNICK
  '407': 'invalid', // ERR_TOOMANYTARGETS
  '408': 'invalid', // ERR_NOCOLORSONCHAN
  '411': 'invalid', // ERR_NORECIPIENT
  '412': 'invalid', // ERR_NOTEXTTOSEND
  '415': 'invalid', // ERR_BADMASK
  '417': 'too-large', // ERR_INPUTTOOLONG
  '421': 'unsupported', // ERR_UNKNOWNCOMMAND
  '441': 'not-found', // ERR_USERNOTINCHANNEL
  '442': 'forbidden', // ERR_NOTONCHANNEL
  '443': 'invalid', // ERR_USERONCHANNEL
  '447': 'forbidden', // ERR_NONICKCHANGE
  '448': 'forbidden', // a channel's name that the server does not take
  '461': 'invalid', // ERR_NEEDMOREPARAMS
  '467': 'forbidden', // ERR_KEYSET
  '471': 'forbidden', // ERR_CHANNELISFULL
  '472': 'unsupported', // ERR_UNKNOWNMODE
  '473': 'forbidden', // ERR_INVITEONLYCHAN
  '474': 'forbidden', // ERR_BANNEDFROMCHAN
  '475': 'forbidden', // ERR_BADCHANNELKEY
  '476': 'invalid', // ERR_BADCHANMASK
  '477': 'forbidden', // ERR_NEEDREGGEDNICK
  '478': 'forbidden', // ERR_BANLISTFULL
  '479': 'invalid', // ERR_BADCHANNAME
  '480': 'forbidden', // ERR_CANNOTKNOCK, ERR_SSLONLYCHAN
  '481': 'forbidden', // ERR_NOPRIVILEGES
  '482': 'forbidden', // ERR_CHANOPRIVSNEEDED
  '484': 'forbidden', // ERR_RESTRICTED
  '485': 'forbidden', // ERR_UNIQOPPRIVSNEEDED
  '486': 'forbidden', // ERR_NONONREG
  '489': 'forbidden', // ERR_SECUREONLYCHAN, ERR_VOICENEEDED
  '490': 'forbidden', // ERR_NOSWEAR, ERR_ALLMUSTSSL
  '492': 'forbidden', // ERR_NOCTCP, ERR_CANNOTSENDTOUSER
  '494': 'forbidden', // ERR_OWNMODE
  '495': 'forbidden', // ERR_DELAYREJOIN
  '499': 'forbidden', // ERR_CHANOWNPRIVNEEDED
  '520': 'forbidden', // ERR_OPERONLY
  '531': 'forbidden', // ERR_CANTSENDTOUSER
  '696': 'invalid', // ERR_INVALIDMODEPARAM
  '697': 'invalid', // ERR_LISTMODEALREADYSET
  '716': 'blocked', // ERR_TARGUMODEG
  '926': 'forbidden', // a forbidden channel
  '972': 'forbidden', // ERR_CANTUNLOADMODULE's number, used for denied kicks
};

/** True for what refuses something: 4xx, some 5xx and later ones. */
export function isRefusal({ command }: Message): boolean {
  return Object.hasOwn(REFUSALS, command) || command === '437' || command === '439' || command === '263';
}

/** What a PRIVMSG or a NOTICE may be answered with; other refusals are for something else that was asked. */
const OF_MESSAGES = new Set(
  '263 401 403 404 407 408 412 415 417 437 439 442 477 480 486 489 490 492 531 716'.split(' '),
);

/** True for a numeric that may refuse what was said. */
export function refusesMessages(command: string): boolean {
  return OF_MESSAGES.has(command);
}

/** The refusal as the core knows it, in the server's own words. */
export function refusalOf(message: Message): AdapterError {
  const words = message.params.at(-1) ?? '';
  const said = `The server answered: ${words || message.command}`;
  if (message.command === '263' || message.command === '439') {
    const seconds = Number(/(\d+) sec/i.exec(words)?.[1] ?? 10);
    return new AdapterError({ code: 'rate-limited', retryAfterMs: Math.max(1, seconds) * 1000, scope: 'chat' }, said);
  }
  if (message.command === '437') return new AdapterError({ code: 'temporary' }, said);
  return new AdapterError({ code: 'rejected', reason: REFUSALS[message.command] ?? 'invalid' }, said);
}

/** `FAIL command code context... :words` (IRCv3 standard replies). */
export function failureOf({ params }: Message): AdapterError {
  const [, code = '', ...rest] = params;
  const said = `The server answered: ${rest.at(-1) ?? code}`;
  if (/TRY_AGAIN|RATE_LIMIT|TEMPORARILY/.test(code))
    return new AdapterError({ code: 'rate-limited', retryAfterMs: 10_000, scope: 'chat' }, said);
  const reasons: readonly (readonly [RegExp, Rejection])[] = [
    [/NO_SUCH|UNKNOWN_(MESSAGE|ACCOUNT)|INVALID_TARGET/, 'not-found'],
    [/UNKNOWN_COMMAND|DISABLED/, 'unsupported'],
    [/NEED|PRIV|FORBIDDEN|CANNOT|ACCOUNT_REQUIRED/, 'forbidden'],
    [/TOO_(LONG|MANY|LARGE)/, 'too-large'],
  ];
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1] ?? 'invalid';
  return new AdapterError({ code: 'rejected', reason }, said);
}

const BAN_PAUSE_MS = 15 * 60_000;
const THROTTLE_PAUSE_MS = 60_000;

/** Why a server that said these last words closed the connection; undefined for an ordinary end. */
export function lastWords(words: string): Fault | undefined {
  if (/throttl|too (fast|many)|reconnect|wait \d|flood|connection limit|session limit/i.test(words))
    return { code: 'rate-limited', retryAfterMs: THROTTLE_PAUSE_MS, scope: 'account' };
  if (/\b([kgzd]|auto)[ :-]?lined?\b|\bakill|banned|\bban\b/i.test(words))
    return { code: 'rate-limited', retryAfterMs: BAN_PAUSE_MS, scope: 'account' };
  return undefined;
}

/** A key for what is told once: numbers and times in it do not make it another. */
export function onceKey(kind: string, words: string): string {
  return `${kind}/${createHash('sha256').update(words.replace(/\d+/g, '#')).digest('base64url').slice(0, 22)}`;
}

/** Numerics whose whole meaning lies in what the adapter does with them, or that nobody wants to read. */
const SILENT = new Set(
  (
    '001 002 003 004 005 010 042 221 250 251 252 253 254 255 265 266 301 305 306 311 312 313 314 315 317 318 319 321 322 ' +
    '323 324 328 329 330 331 332 333 338 341 346 347 348 349 351 352 353 354 366 367 368 369 371 372 374 375 376 378 379 396 ' +
    '422 433 671 307 276 320 900 901 903 904 905 906 907 908 730 731'
  ).split(' '),
);

/** True for a numeric that is shown in the server's own chat when nobody asked for it. */
export function isTold(command: string): boolean {
  return /^\d{3}$/.test(command) && !SILENT.has(command);
}

// What each user may set for his own connection, and what it comes to with the operator's defaults.
import { AdapterError } from 'moongate/adapter';
import type { Field, Reply } from 'moongate/adapter';
import iconv from 'iconv-lite';
import type { IrcConfig, Place } from './config.ts';

const YES_NO = ['', 'yes', 'no'];

/** The form. Each may be left empty: then the operator's default counts. */
export const SETTINGS: readonly Field[] = [
  { name: 'nick', label: 'Nick', optional: true },
  { name: 'realname', label: 'Real name', optional: true },
  { name: 'username', label: 'User name', optional: true },
  { name: 'password', label: 'Server password', secret: true, optional: true },
  { name: 'sasl_account', label: 'SASL account', optional: true },
  { name: 'sasl_password', label: 'SASL password', secret: true, optional: true },
  { name: 'nickserv_password', label: 'Password for NickServ, where there is no SASL', secret: true, optional: true },
  { name: 'commands', label: 'Commands after connecting, separated by " ; "', optional: true },
  { name: 'encoding', label: 'Encoding of what is not UTF-8', optional: true },
  { name: 'encoding_out', label: 'Encoding to write in', optional: true },
  { name: 'port', label: 'Port', optional: true },
  { name: 'tls', label: 'Encrypted connection', options: YES_NO, optional: true },
  { name: 'fingerprints', label: "Fingerprints (SHA-256) of the server's certificate", optional: true },
];

/** What one connection is made with. */
export interface Settings {
  readonly nick: string;
  readonly realname: string;
  readonly username: string;
  readonly password?: string;
  readonly sasl?: { readonly account: string; readonly password: string };
  readonly nickserv?: string;
  readonly commands: readonly string[];
  readonly encoding: string;
  readonly encodingOut: string;
  readonly place: Place;
  /** SHA-256, in upper case without colons; one of them must be the certificate's. */
  readonly fingerprints: readonly string[];
}

const FALLBACK_ENCODING = 'windows-1252';

/**
 * The user's answers over the operator's defaults; `{user}` in nick, names and defaults stands for `user`. Throws an
 * AdapterError that the user reads.
 */
export function settingsOf(answers: Reply, config: IrcConfig, server: string, user: string): Settings {
  const text = (name: string): string => {
    const said = answers[name]?.trim() ?? '';
    return (said === '' ? (config.defaults[name] ?? '') : said).replaceAll('{user}', user);
  };
  const optional = (name: string): string | undefined => (text(name) === '' ? undefined : text(name));
  const nick = nickOf(optional('nick') ?? user);
  const account = optional('sasl_account') ?? nick;
  const [password, sasl, nickserv] = [optional('password'), optional('sasl_password'), optional('nickserv_password')];
  return {
    nick,
    realname: optional('realname') ?? user,
    username: (optional('username') ?? user).replace(/[^\w.-]/g, '').slice(0, 10) || 'user',
    ...(password !== undefined && { password }),
    ...(sasl !== undefined && { sasl: { account, password: sasl } }),
    ...(nickserv !== undefined && { nickserv }),
    commands: text('commands')
      .split(/\n| ; /)
      .map((command) => command.trim().replace(/^\//, ''))
      .filter((command) => command !== ''),
    encoding: encoding(optional('encoding') ?? FALLBACK_ENCODING),
    encodingOut: encoding(optional('encoding_out') ?? 'utf-8'),
    place: placeOf(text('port'), text('tls'), config, server),
    fingerprints: fingerprintsOf(text('fingerprints')),
  };
}

/** What a user's name becomes as a nick: what IRC does not allow is left out, a digit does not begin it. */
export function nickOf(name: string): string {
  const allowed = name.replace(/[^\w[\]\\^{}|`-]/g, '').replace(/^[\d-]+/, '');
  return allowed === '' ? 'guest' : allowed;
}

function encoding(name: string): string {
  if (iconv.encodingExists(name)) return name;
  throw refused(`There is no encoding "${name}".`);
}

function placeOf(port: string, tls: string, config: IrcConfig, server: string): Place {
  const own = config.places[server] ?? config.place;
  const encrypted = tls === '' ? own.tls : tls === 'yes';
  const usual = own.tls === encrypted ? own.port : encrypted ? 6697 : 6667;
  const number = port === '' ? usual : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw refused(`"${port}" is no port.`);
  return { port: number, tls: encrypted };
}

function fingerprintsOf(text: string): readonly string[] {
  return text
    .split(/[\s,;]+/)
    .filter((one) => one !== '')
    .map((one) => {
      const hex = one.replaceAll(':', '').toUpperCase();
      if (/^[0-9A-F]{64}$/.test(hex)) return hex;
      throw refused(`"${one}" is no SHA-256 fingerprint.`);
    });
}

const refused = (words: string): AdapterError => new AdapterError({ code: 'rejected', reason: 'invalid' }, words);

// What the operator may set for this adapter, and what is wrong with it when it is wrong.
import { isIP } from 'node:net';
import type { Flood } from './flood.ts';
import { SETTINGS } from './settings.ts';

/** Where a server listens. */
export interface Place {
  readonly port: number;
  readonly tls: boolean;
}

/** The adapter's settings of one transport. */
export interface IrcConfig {
  /** One network for the whole transport; absent in the open mode. */
  readonly server?: string;
  readonly place: Place;
  /** In the open mode: the servers that users may name, `*` standing for anything. */
  readonly allow: readonly string[];
  /** In the open mode: servers that listen elsewhere. */
  readonly places: Readonly<Record<string, Place>>;
  /** How fast lines are sent; absent: as fast as they come. */
  readonly flood?: Flood;
  /** After so long without a channel or a message the connection is closed, in ms; absent: never. */
  readonly idleMs?: number;
  /** Whether users may send lines of the protocol as they are. */
  readonly raw: boolean;
  /** What stands for a setting that a user has left empty, by the setting's name. */
  readonly defaults: Readonly<Record<string, string>>;
}

const KNOWN = ['server', 'port', 'tls', 'allow', 'servers', 'flood', 'idle_minutes', 'raw', 'defaults'];
const FLOOD: Flood = { burst: 5, perSecond: 1 };
const IDLE_MINUTES = 10;
const TLS_PORT = 6697;
const PLAIN_PORT = 6667;

type Table = Readonly<Record<string, unknown>>;

/** Reads the table `[transport."...".irc]`. Throws an Error that names the key and the cause. */
export function parseConfig(input: unknown): IrcConfig {
  const table = tableOf(input, 'irc');
  refuseUnknown(table, KNOWN, '');
  const { server, allow, raw = false } = table;
  if ((server === undefined) === (allow === undefined))
    throw new Error(
      'either server = "irc.libera.chat" (one network), or allow = ["irc.libera.chat", "*.oftc.net"] (many)',
    );
  if (typeof raw !== 'boolean') throw new Error('raw: must be true or false');
  const flood = floodOf(table['flood']);
  const idleMs = idleOf(table['idle_minutes']);
  return {
    ...(server === undefined ? {} : { server: host(server, 'server') }),
    place: placeOf(table, ''),
    allow: allow === undefined ? [] : allowed(allow),
    places: placesOf(table['servers'], allow !== undefined),
    ...(flood && { flood }),
    ...(idleMs === undefined ? {} : { idleMs }),
    raw,
    defaults: defaultsOf(table['defaults']),
  };
}

/** True where a user may name this server. */
export function mayUse({ allow }: IrcConfig, server: string): boolean {
  return allow.some((pattern) => fits(pattern, server));
}

/** Why nobody is connected to this server, in words for the user; undefined where he may be. '': he named none. */
export function refuses(server: string, config: IrcConfig): string | undefined {
  if (config.server !== undefined || (server !== '' && mayUse(config, server))) return undefined;
  return server === '' ? 'Say which server, as in #channel%irc.libera.chat.' : `${server} is not served here.`;
}

/** True where the server stands in the list by its own name, and not only by a pattern. */
export function isNamed({ allow, server: fixed }: IrcConfig, server: string): boolean {
  return fixed === server || allow.includes(server);
}

/** `*` stands for anything: `*.oftc.net` is any name below oftc.net. */
function fits(pattern: string, server: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return first === server;
  return server.length >= first.length + last.length && server.startsWith(first) && server.endsWith(last);
}

function allowed(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new Error('allow: must be a list of servers that users may name');
  return value.map((one) => {
    if (typeof one !== 'string' || !/^[a-z0-9.*:-]+$/i.test(one) || one.split('*').length > 2)
      throw new Error('allow: each is the name of a server, with at most one * for anything');
    return one.toLowerCase();
  });
}

function placesOf(value: unknown, open: boolean): Readonly<Record<string, Place>> {
  if (value === undefined) return {};
  if (!open) throw new Error('servers: only with allow');
  const table = tableOf(value, 'servers');
  return Object.fromEntries(
    Object.entries(table).map(([name, place]) => {
      const where = `servers."${name}"`;
      const fields = tableOf(place, where);
      refuseUnknown(fields, ['port', 'tls'], `${where}.`);
      return [host(name, where), placeOf(fields, `${where}.`)];
    }),
  );
}

function placeOf({ tls = true, port }: Table, where: string): Place {
  if (typeof tls !== 'boolean') throw new Error(`${where}tls: must be true or false`);
  const number = port ?? (tls ? TLS_PORT : PLAIN_PORT);
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > 65_535)
    throw new Error(`${where}port: must be a number from 1 to 65535`);
  return { port: number, tls };
}

function floodOf(value: unknown): Flood | undefined {
  if (value === false) return undefined;
  if (value === undefined) return FLOOD;
  const table = tableOf(value, 'flood');
  refuseUnknown(table, ['burst', 'per_second'], 'flood.');
  const { burst = FLOOD.burst, per_second = FLOOD.perSecond } = table;
  const right = typeof burst === 'number' && Number.isInteger(burst) && burst >= 1;
  if (!right || typeof per_second !== 'number' || !(per_second > 0))
    throw new Error('flood: must be { burst = 5, per_second = 1 } with numbers above 0, or false');
  return { burst, perSecond: per_second };
}

function idleOf(value: unknown = IDLE_MINUTES): number | undefined {
  if (value === false) return undefined;
  if (typeof value === 'number' && value > 0) return value * 60_000;
  throw new Error('idle_minutes: must be a number above 0, or false');
}

function defaultsOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const table = tableOf(value, 'defaults');
  const known = SETTINGS.map(({ name }) => name);
  refuseUnknown(table, known, 'defaults.');
  for (const [key, text] of Object.entries(table))
    if (typeof text !== 'string') throw new Error(`defaults.${key}: must be a text`);
  return table as Record<string, string>;
}

function host(value: unknown, where: string): string {
  if (typeof value === 'string' && (isIP(value) > 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value)))
    return value.toLowerCase();
  throw new Error(`${where}: must be the name of a server, without a port`);
}

function tableOf(value: unknown, where: string): Table {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Table;
  throw new Error(`${where}: must be a table`);
}

function refuseUnknown(table: Table, known: readonly string[], where: string): void {
  const unknown = Object.keys(table).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`${unknown.map((key) => where + key).join(', ')}: unknown key (known: ${known.join(', ')})`);
}

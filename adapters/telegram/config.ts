// What the operator may set for this adapter, and what is wrong with it when it is wrong.
import { fields } from './shape.ts';

/** The adapter's settings of one transport. */
export interface TelegramConfig {
  /** Where the Bot API answers, without a slash at the end. */
  readonly apiRoot: string;
}

const PUBLIC_API = 'https://api.telegram.org';

/** Reads the table `[transport."...".telegram]`. Throws an Error that names the key and the cause. */
export function parseConfig(input: unknown): TelegramConfig {
  if (input === undefined) return { apiRoot: PUBLIC_API };
  const table = fields(input);
  if (table === undefined) throw new Error('telegram: must be a table');
  const unknown = Object.keys(table).filter((key) => key !== 'api_root');
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: unknown key (known: api_root)`);
  return { apiRoot: table.api_root === undefined ? PUBLIC_API : apiRoot(table.api_root) };
}

function apiRoot(value: unknown): string {
  const example = `an address like ${PUBLIC_API}`;
  if (typeof value !== 'string' || !URL.canParse(value)) throw new Error(`api_root: must be ${example}`);
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Error('api_root: must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') throw new Error('api_root: must not contain a user name or password');
  if (url.search !== '' || url.hash !== '') throw new Error('api_root: must not contain "?" or "#"');
  return url.href.replace(/\/+$/, '');
}

// What came from another package is judged here before it is believed: types end where a package begins.
import type { AnyAdapter, Session } from './api.ts';

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

/** What is wrong with a package's default export as an adapter, in words for its author; empty when nothing is. */
export function adapterFaults(value: unknown): readonly string[] {
  if (!isObject(value)) return ['the default export is not an object'];
  if (value['api'] !== 1) {
    return [`api is ${JSON.stringify(value['api']) ?? 'missing'}: this Moongate speaks version 1 of the contract`];
  }
  const faults: string[] = [];
  for (const key of ['id', 'name']) if (!isText(value[key])) faults.push(`${key} is not a text`);
  for (const key of ['parseConfig', 'connect']) if (!isFunction(value[key])) faults.push(`${key} is not a function`);
  for (const key of ['realm', 'refuses', 'check'])
    if (value[key] !== undefined && !isFunction(value[key])) faults.push(`${key} is not a function`);
  if (Array.isArray(value['logins'])) faults.push(...value['logins'].flatMap(loginFaults));
  else faults.push('logins is not an array');
  if (value['settings'] !== undefined && !Array.isArray(value['settings'])) faults.push('settings is not an array');
  return faults;
}

function loginFaults(login: unknown, index: number): string[] {
  const at = `logins[${index}]`;
  if (!isObject(login)) return [`${at} is not an object`];
  const faults = ['id', 'title'].filter((key) => !isText(login[key])).map((key) => `${at}.${key} is not a text`);
  if (!isFunction(login['run'])) faults.push(`${at}.run is not a function`);
  return faults;
}

/** True where the default export has the shape of the contract. */
export function isAdapter(value: unknown): value is AnyAdapter {
  return adapterFaults(value).length === 0;
}

const methods = (
  'send edit retract react read press find typing presence resolve search rooms profile members banned history download join ' +
  'leave create describe invite setRole rename setContact alive'
).split(' ');

/** What is wrong with what connect() resolved to; empty when nothing is. */
export function sessionFaults(value: unknown): readonly string[] {
  if (!isObject(value)) return ['the session is not an object'];
  const faults: string[] = [];
  if (!isText(value['self'])) faults.push('self is not a text');
  if (value['resend'] !== 'safe' && value['resend'] !== 'unsafe') faults.push("resend is neither 'safe' nor 'unsafe'");
  if (!isFunction(value['close'])) faults.push('close is not a function');
  for (const name of methods) {
    if (value[name] !== undefined && !isFunction(value[name])) faults.push(`${name} is not a function`);
  }
  return [...faults, ...limitFaults(value['limits'])];
}

function limitFaults(limits: unknown): string[] {
  if (!isObject(limits)) return ['limits is not an object'];
  const faults = isCount(limits['text']) ? [] : ['limits.text is not a whole number above 0'];
  for (const key of ['caption', 'fileBytes', 'editMs', 'retractMs', 'window']) {
    if (limits[key] !== undefined && !isCount(limits[key])) faults.push(`limits.${key} is not a whole number above 0`);
  }
  for (const key of ['chatRate', 'accountRate']) {
    const rate = limits[key];
    if (rate === undefined) continue;
    if (!isObject(rate) || !isCount(rate['count']) || !isCount(rate['perMs'])) {
      faults.push(`limits.${key} is not { count, perMs } with whole numbers above 0`);
    }
  }
  if (!['utf16', 'bytes', 'points', undefined].includes(limits['textUnit'] as string | undefined)) {
    faults.push('limits.textUnit is unknown');
  }
  return faults;
}

/** A session as the core may use it, or an error that names every fault. */
export function checkedSession(value: unknown): Session {
  const faults = sessionFaults(value);
  if (faults.length > 0) throw new TypeError(`the adapter's session does not keep the contract: ${faults.join('; ')}`);
  return value as Session;
}

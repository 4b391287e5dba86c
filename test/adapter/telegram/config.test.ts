import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../adapters/telegram/config.ts';

test('without a table, and with an empty one, the public API is used', () => {
  assert.deepEqual(parseConfig(undefined), { apiRoot: 'https://api.telegram.org' });
  assert.deepEqual(parseConfig({}), { apiRoot: 'https://api.telegram.org' });
});

test('a server of one’s own may lie below a path, with or without a slash at the end', () => {
  const apiRoot = 'http://127.0.0.1:8081/bots';
  assert.deepEqual(parseConfig({ api_root: apiRoot }), { apiRoot });
  assert.deepEqual(parseConfig({ api_root: `${apiRoot}/` }), { apiRoot });
});

const FAULTS: readonly (readonly [unknown, RegExp])[] = [
  [null, /must be a table/],
  ['https://api.telegram.org', /must be a table/],
  [{ apiroot: 'x' }, /^apiroot: unknown key \(known: api_root\)$/],
  [{ api_root: 7 }, /^api_root: must be an address like https:\/\/api\.telegram\.org$/],
  [{ api_root: 'api.telegram.org' }, /^api_root: must be an address/],
  [{ api_root: 'ftp://example.org' }, /^api_root: must begin with https:\/\/ or http:\/\/$/],
  [{ api_root: 'https://me:secret@example.org' }, /^api_root: must not contain a user name or password$/],
  [{ api_root: 'https://example.org/?x=1' }, /^api_root: must not contain "\?" or "#"$/],
];

test('a broken table is refused with the key and the cause', () => {
  for (const [table, message] of FAULTS) assert.throws(() => parseConfig(table), { message });
});

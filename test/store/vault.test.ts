import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createKeyFile, openVault, Vault, VaultError, type VaultErrorCode } from '../../src/store/vault.ts';

const first = Buffer.alloc(32, 1).toString('base64');
const second = Buffer.alloc(32, 2).toString('hex');
const secret = Buffer.from('123456:a-bot-token');

const coded = (code: VaultErrorCode) => (error: unknown) => error instanceof VaultError && error.code === code;

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'moongate-vault-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('what was sealed opens in the same place and nowhere else', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), fc.uint8Array(), (account, name, plain) => {
      const vault = new Vault(first, 'keys');
      const sealed = vault.seal(account, name, plain);
      assert.deepEqual(Buffer.from(vault.open(account, name, sealed)), Buffer.from(plain));
      assert.throws(() => vault.open(account + 1, name, sealed), coded('damaged'));
      assert.throws(() => vault.open(account, `${name}x`, sealed), coded('damaged'));
    }),
  );
});

test('a record changed in any byte is refused', () => {
  const vault = new Vault(first, 'keys');
  const sealed = vault.seal(7, 'token', secret);
  for (const index of sealed.keys()) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.throws(() => vault.open(7, 'token', changed), coded(index < 8 ? 'unknown-key' : 'damaged'));
  }
  assert.throws(() => vault.open(7, 'token', sealed.subarray(0, 35)), coded('damaged'));
});

test('the same bytes sealed twice look different, and nothing of them shows', () => {
  const vault = new Vault(first, 'keys');
  const sealed = Buffer.from(vault.seal(7, 'token', secret));
  assert.notDeepEqual(sealed, Buffer.from(vault.seal(7, 'token', secret)));
  assert.equal(sealed.includes(secret), false);
});

test('the first key seals and all open, so keys can be changed without sealing anew', () => {
  const before = new Vault(first, 'keys').seal(7, 'token', secret);
  const vault = new Vault(`# new key\n${second}\n\n${first}\n`, 'keys');
  assert.deepEqual(Buffer.from(vault.open(7, 'token', before)), secret);
  const after = vault.seal(7, 'token', secret);
  assert.deepEqual(Buffer.from(new Vault(second, 'keys').open(7, 'token', after)), secret);
  assert.throws(() => new Vault(first, 'keys').open(7, 'token', after), coded('unknown-key'));
});

test('a database sealed with a key that is missing is noticed at the start, and the message says what to do', async () => {
  const sealed = Buffer.from(new Vault(first, 'keys').seal(7, 'token', secret));
  const store = { sealers: () => Promise.resolve([sealed.toString('hex', 0, 8)]) };
  await new Vault(first, 'vault.key').check(store);
  await assert.rejects(
    () => new Vault(second, 'vault.key').check(store),
    (error: Error) => coded('unknown-key')(error) && /vault\.key does not have .* add that key/.test(error.message),
  );
});

test('a key file is made for its owner only, works, and is never overwritten', async (t) => {
  const path = join(await folder(t), 'vault.key');
  await createKeyFile(path);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const text = await readFile(path, 'utf8');
  const vault = await openVault(path);
  assert.deepEqual(Buffer.from(vault.open(1, 'a', vault.seal(1, 'a', secret))), secret);
  await assert.rejects(() => createKeyFile(path), coded('exists'));
  assert.equal(await readFile(path, 'utf8'), text);
});

test('a key file that others may read is refused, with the command that cures it', async (t) => {
  const path = join(await folder(t), 'vault.key');
  await createKeyFile(path);
  for (const mode of [0o640, 0o604, 0o644]) {
    await chmod(path, mode);
    await assert.rejects(
      () => openVault(path),
      (error: Error) => coded('exposed')(error) && error.message.includes(`chmod 600 ${path}`),
    );
  }
  await chmod(path, 0o400);
  await openVault(path);
});

test('a missing key file and a broken one are named', async (t) => {
  const path = join(await folder(t), 'vault.key');
  await assert.rejects(() => openVault(path), coded('no-file'));
  await assert.rejects(() => createKeyFile(join(path, 'deeper')), coded('no-file'));
  for (const text of ['', '# nothing but this\n', 'not a key', first.slice(1), `${second}00`, `${first}\nrubbish`]) {
    await writeFile(path, text, { mode: 0o600 });
    await assert.rejects(
      () => openVault(path),
      (error: Error) => coded('bad-key')(error) && error.message.includes(path) && !error.message.includes(first),
    );
  }
});

// Seals what must not be read from a stolen database: credentials, cursors, adapters' private state. AES-256-GCM; a sealed
// record is key id (8 bytes), nonce (12), tag (16), ciphertext. Account and name are authenticated with it, so that a record
// cannot be moved to another place.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import type { AccountId, Store } from './api.ts';

const KEY_BYTES = 32;
const ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = ID_BYTES + NONCE_BYTES + TAG_BYTES;

/**
 * Why the vault did not do it.
 * - `no-file`: the key file cannot be read.
 * - `exposed`: others than its owner may read the key file.
 * - `bad-key`: the key file holds no key, or something that is none.
 * - `unknown-key`: a record was sealed with a key that the vault does not have.
 * - `damaged`: a record was changed, or belongs elsewhere.
 * - `exists`: a key file is never overwritten.
 */
export type VaultErrorCode = 'no-file' | 'exposed' | 'bad-key' | 'unknown-key' | 'damaged' | 'exists';

/** What an operator must put right before anything can be sealed or opened. It never holds a key. */
export class VaultError extends Error {
  readonly code: VaultErrorCode;
  constructor(code: VaultErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VaultError';
    this.code = code;
  }
}

/** Fresh random bytes; a test may give its own. */
export type Random = (count: number) => Uint8Array;

interface Key {
  readonly id: string;
  readonly secret: Buffer;
}

function keyOf(line: string, place: string): Key {
  const secret = Buffer.from(line, /^[0-9a-f]{64}$/i.test(line) ? 'hex' : 'base64');
  const isBase64 = /^[0-9A-Za-z+/_-]{43}=?$/.test(line) || /^[0-9a-f]{64}$/i.test(line);
  if (!isBase64 || secret.length !== KEY_BYTES) {
    throw new VaultError('bad-key', `${place} is no key: one is ${KEY_BYTES} bytes in base64 or hex`);
  }
  const id = createHmac('sha256', secret).update('moongate key id').digest().subarray(0, ID_BYTES).toString('hex');
  return { id, secret };
}

/** Keys that seal and open records. The first key seals, all of them open. */
export class Vault {
  readonly #keys: ReadonlyMap<string, Key>;
  readonly #first: Key;
  readonly #source: string;
  readonly #random: Random;

  /** From the text of a key file: one key a line; empty lines and lines that begin with # are passed over. */
  constructor(text: string, source: string, random: Random = randomBytes) {
    const keys: Key[] = [];
    for (const [index, line] of text.split('\n').entries()) {
      const key = line.trim();
      if (key !== '' && !key.startsWith('#')) keys.push(keyOf(key, `Line ${index + 1} of ${source}`));
    }
    const [first] = keys;
    if (first === undefined) throw new VaultError('bad-key', `${source} holds no key: make one with 'moongate key'`);
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#first = first;
    this.#source = source;
    this.#random = random;
  }

  /** Seals bytes for one place: they open only for the same account and name. */
  seal(account: AccountId, name: string, plain: Uint8Array): Uint8Array {
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#first.secret, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeOf(account, name));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from(this.#first.id, 'hex'), nonce, cipher.getAuthTag(), sealed]);
  }

  /** The bytes that were sealed for this place. Throws VaultError `unknown-key` or `damaged`. */
  open(account: AccountId, name: string, sealed: Uint8Array): Uint8Array {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const damaged = `The sealed record '${name}' of account ${account} is damaged, or belongs elsewhere`;
    if (bytes.length < HEAD_BYTES) throw new VaultError('damaged', damaged);
    const key = this.#keys.get(bytes.toString('hex', 0, ID_BYTES));
    if (key === undefined) throw this.#unknown([bytes.toString('hex', 0, ID_BYTES)]);
    const nonce = bytes.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(placeOf(account, name));
    decipher.setAuthTag(bytes.subarray(ID_BYTES + NONCE_BYTES, HEAD_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES)), decipher.final()]);
    } catch (error) {
      throw new VaultError('damaged', damaged, { cause: error });
    }
  }

  /** Rejects with VaultError `unknown-key` if the store holds a record that this vault cannot open: to be asked at start. */
  async check(store: Pick<Store, 'sealers'>): Promise<void> {
    const missing = (await store.sealers()).filter((id) => !this.#keys.has(id));
    if (missing.length > 0) throw this.#unknown(missing);
  }

  #unknown(ids: readonly string[]): VaultError {
    const text = `The database holds records sealed with a key that ${this.#source} does not have (${ids.join(', ')})`;
    return new VaultError('unknown-key', `${text}: add that key as a further line; the first line seals, all open`);
  }
}

function placeOf(account: AccountId, name: string): Buffer {
  return Buffer.from(`moongate/${account}/${name}`);
}

/** The vault of a key file. Rejects with VaultError `no-file`, `exposed` or `bad-key`. */
export async function openVault(path: string, random: Random = randomBytes): Promise<Vault> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new VaultError('exposed', `Others may read the key file ${path}: run 'chmod 600 ${path}'`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof VaultError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new VaultError('no-file', `The key file ${path} cannot be read: ${reason}`, { cause: error });
  }
  return new Vault(text, path, random);
}

/** Makes a key file with one new key, for its owner's eyes only. Rejects with VaultError `exists` or `no-file`. */
export async function createKeyFile(path: string, random: Random = randomBytes): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(`${Buffer.from(random(KEY_BYTES)).toString('base64')}\n`);
    await file.sync();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new VaultError('exists', `${path} exists: a key file is never overwritten`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new VaultError('no-file', `The key file ${path} cannot be written: ${reason}`, { cause: error });
  }
}

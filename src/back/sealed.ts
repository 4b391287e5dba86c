// What is kept under the vault's key: credentials, cursors and adapters' private state, by name.
import type { State } from '../adapter/api.ts';
import type { AccountId, Secret, Store } from '../store/api.ts';
import type { Vault } from '../store/vault.ts';

export class Sealed {
  readonly #store: Pick<Store, 'secret' | 'secrets'>;
  readonly #vault: Vault;

  constructor(store: Pick<Store, 'secret' | 'secrets'>, vault: Vault) {
    this.#store = store;
    this.#vault = vault;
  }

  /** A secret of a step, from a value that survives JSON. */
  value(account: AccountId, key: string, value: unknown): Secret {
    return this.bytes(account, key, Buffer.from(JSON.stringify(value)));
  }

  /** A secret of a step, from bytes; null deletes. */
  bytes(account: AccountId, key: string, value: Uint8Array | null): Secret {
    return { account, key, value: value && this.#vault.seal(account, key, value) };
  }

  /** Values by key, opened; what is not there is undefined. */
  async open(account: AccountId, keys: readonly string[]): Promise<readonly unknown[]> {
    const found = await this.#read(account, keys);
    return keys.map((key) => {
      const value = found.get(key);
      return value === undefined ? undefined : (JSON.parse(Buffer.from(value).toString()) as unknown);
    });
  }

  /** An adapter's view of its account's private bytes. */
  state(account: AccountId): State {
    const read = (keys: readonly string[]) => this.#read(account, keys);
    const list = (prefix: string) => this.#store.secrets(account, `state/${prefix}`);
    const open = (key: string, value: Uint8Array) => this.#vault.open(account, key, value);
    return {
      async get(keys) {
        const found = await read(keys.map((key) => `state/${key}`));
        return new Map([...found].map(([key, value]) => [key.slice('state/'.length), value]));
      },
      async *list(prefix) {
        for await (const { key, value } of list(prefix))
          if (value !== null) yield [key.slice('state/'.length), open(key, value)] as const;
      },
    };
  }

  async #read(account: AccountId, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const sealed = await this.#store.secret(account, keys);
    return new Map([...sealed].map(([key, value]) => [key, this.#vault.open(account, key, value)]));
  }
}

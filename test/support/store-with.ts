// A store that does something else than it should, as long as a test wants it to.
import { StoreError, type Store } from '../../src/store/api.ts';

/** The store, but for the methods for which `instead` has another, each time one is called. */
export function storeWith(store: Store, instead: (method: string | symbol) => unknown): Store {
  return new Proxy(store, {
    get: (target, method) => {
      const other = instead(method);
      if (other !== undefined) return other;
      const value: unknown = Reflect.get(target, method);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The store, whose method of this name fails while `ails`: the disk is full, unless it is said to be damaged. */
export function ailingStore(
  store: Store,
  method: keyof Store,
  ails: () => boolean,
  code: StoreError['code'] = 'full',
): Store {
  const fail = (): Promise<never> => Promise.reject(new StoreError(code, `the disk is ${code}`));
  return storeWith(store, (name) => (name === method && ails() ? fail : undefined));
}

// A user's contacts: what the network says of them (documents of kind 'contact', the back's), and how he and they are
// subscribed to each other (kind 'roster', ours).
import type { Found, UserId } from '../adapter/api.ts';
import { LinkError, type Back } from '../link.ts';
import type { ContactDocument, Failure } from '../message/entry.ts';
import type { AccountId, Doc, Fence, Json, Store } from '../store/api.ts';
import { readItem, rosterStep, type RosterChange, type RosterEvent, type RosterItem } from './roster.ts';

/** Whom a roster item is about: a contact, or the gateway itself. */
export type Whom = UserId | typeof GATEWAY;
/** The gateway's own JID. */
export const GATEWAY: unique symbol = Symbol('gateway');

export interface ContactsOptions {
  readonly store: Pick<Store, 'step' | 'doc' | 'docs'>;
  readonly fence: Fence;
  readonly back: Pick<Back, 'status' | 'resolve' | 'setContact'>;
  /** The row that a contact's address needs where its id is too long to stand in it. */
  readonly alias: (account: AccountId, user: UserId) => Doc | undefined;
}

/** Whether the address that a user asked for exists. */
export type Lookup =
  | { readonly known: true; readonly name?: string }
  /** He typed one name of a contact that has another address. */
  | { readonly known: false; readonly instead: Found }
  | { readonly known: false; readonly failure: Failure };

export class Contacts {
  readonly #options: ContactsOptions;

  constructor(options: ContactsOptions) {
    this.#options = options;
  }

  /** What the network says of a contact. */
  async document(account: AccountId, user: UserId): Promise<ContactDocument | undefined> {
    return readContact(await this.#options.store.doc(account, 'contact', user));
  }

  /** Everybody of whom the network has said anything. */
  async *documents(account: AccountId): AsyncGenerator<readonly [UserId, ContactDocument]> {
    for await (const { key, value } of this.#options.store.docs(account, 'contact')) {
      const document = readContact(value);
      if (document) yield [key, document];
    }
  }

  async item(account: AccountId, whom: Whom): Promise<RosterItem | undefined> {
    const { kind, key } = place(whom);
    return readItem(await this.#options.store.doc(account, kind, key));
  }

  /** Every contact with an item, the gateway not among them. */
  async *items(account: AccountId): AsyncGenerator<readonly [UserId, RosterItem]> {
    for await (const { key, value } of this.#options.store.docs(account, 'roster')) {
      const item = readItem(value);
      if (item) yield [key, item];
    }
  }

  /** What an event changes; it is on disk when this resolves. One call at a time for each account. */
  async change(account: AccountId, whom: Whom, event: RosterEvent, name?: string): Promise<RosterChange> {
    const before = await this.item(account, whom);
    const change = rosterStep(before, event);
    const item = change.item && name !== undefined ? { ...change.item, name } : change.item;
    if (!same(before, item)) await this.#write(account, whom, item);
    return { ...change, item };
  }

  /** Remembers the name that was told last. */
  async rename(account: AccountId, user: UserId, item: RosterItem, name: string): Promise<RosterItem> {
    const renamed = { ...item, name };
    await this.#write(account, user, renamed);
    return renamed;
  }

  /** Looks up an address that the user wants to add, and adds it on the network where that has a list of its own. */
  async lookUp(account: AccountId, user: UserId): Promise<Lookup> {
    const { back } = this.#options;
    try {
      const document = await this.document(account, user);
      if (document?.listed === true || document?.asks === true) {
        if (document.listed !== true) await this.list(account, user, true);
        return known(document.name);
      }
      const { can, state } = await back.status(account);
      // Where nobody can be asked, every address is as good as any.
      if (state === 'online' && !can.includes('resolve')) return known(document?.name);
      const found = await back.resolve(account, user);
      if (found === undefined) return { known: false, failure: { code: 'not-found' } };
      if (found.chat.kind !== 'direct' || found.chat.id !== user) return { known: false, instead: found };
      await this.list(account, user, true);
      return known(found.name);
    } catch (error) {
      if (error instanceof LinkError) return { known: false, failure: error.failure };
      throw error;
    }
  }

  /** Takes a contact out of the network's own list, where it has one; a network that refuses keeps it. */
  async unlist(account: AccountId, user: UserId): Promise<void> {
    try {
      await this.list(account, user, false);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
    }
  }

  /** Puts a contact into the network's own list, or takes it out; nothing where it has none. */
  async list(account: AccountId, user: UserId, listed: boolean): Promise<void> {
    const { can } = await this.#options.back.status(account);
    if (can.includes('setContact')) await this.#options.back.setContact(account, user, listed);
  }

  async #write(account: AccountId, whom: Whom, item: RosterItem | undefined): Promise<void> {
    const value: Json = item === undefined ? null : { ...item };
    const { store, fence } = this.#options;
    const alias = whom === GATEWAY || item === undefined ? undefined : this.#options.alias(account, whom);
    await store.step({ fence, docs: [{ account, ...place(whom), value }, ...(alias ? [alias] : [])] });
  }
}

const known = (name: string | undefined): Lookup => (name === undefined ? { known: true } : { known: true, name });

function place(whom: Whom): Pick<Doc, 'kind' | 'key'> {
  return whom === GATEWAY ? { kind: 'setting', key: 'roster' } : { kind: 'roster', key: whom };
}

function same(a: RosterItem | undefined, b: RosterItem | undefined): boolean {
  return a?.sees === b?.sees && a?.seen === b?.seen && a?.name === b?.name;
}

/** Reads a document of kind 'contact'. */
function readContact(value: Json | undefined): ContactDocument | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { name, listed, asks } = value as Readonly<Record<string, Json | undefined>>;
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof listed === 'boolean' ? { listed } : {}),
    ...(typeof asks === 'boolean' ? { asks } : {}),
  };
}

// Who has an account on a transport: read from the store at start, kept in memory, so that a stanza finds its account
// without asking the disk. Small for each account: there may be ten thousand that are idle.
import type { SessionStatus } from '../link.ts';
import type { Account, AccountId, Store } from '../store/api.ts';

/** A user's account, as the front knows it. */
export interface Registered {
  readonly id: AccountId;
  /** The user's bare JID. */
  readonly jid: string;
  /** His id on the network. */
  readonly remote: string;
  /** The part of the network that it is an account of, where networks have such parts. */
  readonly realm?: string;
  readonly state: Account['state'];
  /** The language of his last stanza that had one. */
  readonly lang?: string;
  /** What the back said last; absent until it has said anything. */
  readonly status?: SessionStatus;
  /** His available resources, as full JIDs. */
  readonly resources: ReadonlySet<string>;
  /** He has been sent the presences of the gateway and his contacts since the session came online. */
  readonly announced: boolean;
}

const SETTING_LANG = 'lang';
/** More resources than this of one user are not remembered: presence goes to his bare JID in any case. */
const MOST_RESOURCES = 32;
const none: ReadonlySet<string> = new Set();

export class Directory {
  readonly #store: Pick<Store, 'account' | 'accountById' | 'accounts' | 'docs'>;
  readonly #transport: string;
  /** A user has an account in each realm; where there are none he has one. */
  readonly #byJid = new Map<string, Registered[]>();
  readonly #byId = new Map<AccountId, Registered>();

  constructor(store: Pick<Store, 'account' | 'accountById' | 'accounts' | 'docs'>, transport: string) {
    this.#store = store;
    this.#transport = transport;
  }

  /** Reads all accounts. */
  async load(): Promise<void> {
    for await (const account of this.#store.accounts(this.#transport)) this.#put(blank(account));
  }

  get size(): number {
    return this.#byId.size;
  }
  all(): IterableIterator<Registered> {
    return this.#byId.values();
  }
  /** The account of a bare JID: in that realm, or his first one in any. */
  of(jid: string, realm?: string): Registered | undefined {
    const all = this.#byJid.get(jid);
    return realm === undefined ? all?.[0] : all?.find((account) => account.realm === realm);
  }
  /** All accounts of a bare JID, one for each realm. */
  allOf(jid: string): readonly Registered[] {
    return this.#byJid.get(jid) ?? [];
  }
  get(id: AccountId): Registered | undefined {
    return this.#byId.get(id);
  }

  /** Reads one account anew, after the back has opened it or changed its state; undefined where it is not ours. */
  async refresh(id: AccountId): Promise<Registered | undefined> {
    const account = await this.#store.accountById(id);
    if (account?.transport !== this.#transport) return undefined;
    const known = this.#byId.get(id);
    return this.#put(known ? { ...known, state: account.state, remote: account.remote } : blank(account));
  }

  /** Changes what is remembered of an account; nothing happens if it has gone meanwhile. */
  update(id: AccountId, change: Partial<Pick<Registered, 'state' | 'lang' | 'status' | 'announced'>>): void {
    const known = this.#byId.get(id);
    if (known) this.#set({ ...known, ...change });
  }

  /** A resource of a user came or went. True if that is news. */
  resource(id: AccountId, jid: string, available: boolean): boolean {
    const known = this.#byId.get(id);
    if (!known || known.resources.has(jid) === available) return false;
    const resources = new Set(known.resources);
    if (available && resources.size < MOST_RESOURCES) resources.add(jid);
    else resources.delete(jid);
    this.#set({ ...known, resources: resources.size === 0 ? none : resources });
    return true;
  }

  /** The account is being erased: nobody finds it any more, but what is still on its way to the user does. */
  close(id: AccountId): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    this.#byId.set(id, { ...known, state: 'closing', resources: none });
    this.#unname(known);
  }

  /** The stream has ended: who is there must be learned anew. */
  forgetPresences(): void {
    for (const account of this.#byId.values()) {
      if (account.resources.size > 0 || account.announced) this.#set({ ...account, resources: none, announced: false });
    }
  }

  /** The account is no more. */
  remove(id: AccountId): void {
    const known = this.#byId.get(id);
    if (!known) return;
    this.#byId.delete(id);
    this.#unname(known);
  }

  #put(account: Registered): Registered {
    this.#byId.set(account.id, account);
    const others = (this.#byJid.get(account.jid) ?? []).filter(
      ({ id, realm }) => id !== account.id && realm !== account.realm,
    );
    this.#byJid.set(account.jid, [...others, account]);
    return account;
  }

  /** Changes one that may have been closed. */
  #set(account: Registered): void {
    this.#byId.set(account.id, account);
    const all = this.#byJid.get(account.jid) ?? [];
    const index = all.findIndex(({ id }) => id === account.id);
    if (index >= 0) all[index] = account;
  }

  /** Nobody finds it by its user any more. */
  #unname({ id, jid }: Registered): void {
    const left = (this.#byJid.get(jid) ?? []).filter((account) => account.id !== id);
    if (left.length > 0) this.#byJid.set(jid, left);
    else this.#byJid.delete(jid);
  }
}

function blank({ id, jid, remote, realm, state }: Account): Registered {
  return { id, jid, remote, ...(realm === undefined ? {} : { realm }), state, resources: none, announced: false };
}

/** The document that remembers an account's language. */
export const langDoc = (account: AccountId, lang: string) =>
  ({ account, kind: 'setting', key: SETTING_LANG, value: lang }) as const;

/** The language that was remembered for an account. */
export async function readLang(store: Pick<Store, 'doc'>, account: AccountId): Promise<string | undefined> {
  const lang = await store.doc(account, 'setting', SETTING_LANG);
  return typeof lang === 'string' ? lang : undefined;
}

// What users ask of the gateway, however they ask: by form, by command, by chat, by a client's prompt or search.
import type { Chat, ChatId, Found } from '../adapter/api.ts';
import type { Directory, Registered } from '../account/directory.ts';
import type { Outbox } from '../account/outbox.ts';
import type { KnownRoom } from '../account/command.ts';
import type { Serial } from '../account/serial.ts';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contact/contacts.ts';
import { LinkError, type Back } from '../link.ts';
import { namedChat } from '../lane/chats.ts';
import type { ChatDocument, Failure } from '../message/entry.ts';
import type { AccountId, Store } from '../store/api.ts';
import { chatJid, resolveLocal } from './address.ts';
import type { Announcer } from './announce.ts';
import { bareJid, parseJid } from './jid.ts';
import type { Presences } from './presence.ts';

export interface ServicesOptions {
  readonly domain: string;
  /** JIDs and domains that may register. */
  readonly allow: readonly string[];
  readonly store: Pick<Store, 'doc' | 'docs'>;
  readonly back: Back;
  readonly directory: Directory;
  readonly contacts: Contacts;
  readonly announcer: Announcer;
  readonly presences: Presences;
  readonly outbox: Outbox;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly fault: (error: unknown) => Failure;
  /** The account is being erased. */
  readonly removed: (account: AccountId) => void;
  /** The account was opened, or opened again: look how its session is. */
  readonly look: (account: AccountId) => Promise<void>;
}

const MOST_FOUND = 100;
const MOST_CONTACTS = 1_000;
/** How long a removed account is remembered for what is still on its way to its user. */
const AFTERGLOW_MS = 60_000;

export class Services {
  readonly #options: ServicesOptions;
  readonly #later = new Set<() => void>();

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /** Whether a bare JID may have an account. */
  allowed(jid: string): boolean {
    const parsed = parseJid(jid);
    if (parsed?.local === undefined) return false;
    return this.#options.allow.some((one) => one === parsed.domain || one === bareJid(parsed));
  }

  jidOf(chat: Chat): string {
    return chatJid(chat, this.#options.domain);
  }

  /** A login has succeeded. The greeting follows what answers the login (R8). */
  async opened(id: AccountId): Promise<void> {
    const { directory, serial, presences, look } = this.#options;
    const account = await directory.refresh(id);
    if (account === undefined) throw new LinkError({ code: 'closing' });
    this.#afterwards(0, async () => {
      await serial.run(account.jid, () => presences.welcome(account));
      await look(id);
    });
  }

  /** Ends an account; what it leaves in the user's contact list is taken back after the answer (R11). */
  async remove(account: Registered): Promise<void> {
    const { directory, contacts, back, outbox, announcer } = this.#options;
    const { id } = account;
    const users: string[] = [];
    for await (const [user] of contacts.items(id)) users.push(user);
    directory.update(id, { state: 'closing' });
    try {
      await back.remove(id);
    } catch (error) {
      directory.update(id, { state: account.state });
      throw error;
    }
    this.#options.removed(id);
    directory.close(id);
    outbox.forget(id);
    this.#afterwards(AFTERGLOW_MS, async () => directory.remove(id));
    this.#afterwards(0, () => announcer.farewell(account, users));
  }

  /** Whom the network knows by that name; where it cannot be asked, the name is an id. */
  async resolve({ id }: Registered, query: string): Promise<Found | undefined> {
    const { back } = this.#options;
    const { can, state } = await back.status(id);
    if (state === 'online' && !can.includes('resolve')) return { chat: { kind: 'direct', id: query }, name: query };
    return back.resolve(id, query);
  }

  /** Contacts whose name or id holds the query, then what the network finds (R24). */
  async search({ id }: Registered, query: string): Promise<readonly Found[]> {
    const { back, contacts } = this.#options;
    const { can } = await back.status(id);
    const found = new Map<string, Found>();
    const wanted = query.toLowerCase();
    for await (const [user, { name = user }] of contacts.documents(id))
      if (found.size < MOST_FOUND && `${user}\n${name}`.toLowerCase().includes(wanted))
        found.set(`direct/${user}`, { chat: { kind: 'direct', id: user }, name });
    const others = can.includes('search') ? await back.search(id, query) : [];
    for (const one of others) {
      const key = `${one.chat.kind}/${one.chat.id}`;
      if (found.size < MOST_FOUND) found.set(key, { ...found.get(key), ...one });
    }
    return [...found.values()];
  }

  /** Adds somebody to the contacts: he asks the user to be in his list (R16). */
  async add(account: Registered, found: Found): Promise<string> {
    const { contacts, serial, presences } = this.#options;
    if (found.chat.kind !== 'direct') throw new LinkError({ code: 'unsupported' });
    const { id } = found.chat;
    await contacts.list(account.id, id, true);
    await serial.run(account.jid, () => presences.invite(account, id, found.name));
    return this.jidOf(found.chat);
  }

  /** The contacts of an account, as the network names them. */
  async contacts({ id }: Registered): Promise<readonly { readonly name: string; readonly jid: string }[]> {
    const list: { readonly name: string; readonly jid: string }[] = [];
    for await (const [user, { name = user, listed, asks }] of this.#options.contacts.documents(id))
      if ((listed || asks) && list.length < MOST_CONTACTS)
        list.push({ name, jid: this.jidOf({ kind: 'direct', id: user }) });
    return list;
  }

  /** The rooms of the network that an account is in. */
  async rooms({ id }: Registered): Promise<readonly KnownRoom[]> {
    const list: KnownRoom[] = [];
    for await (const { key, value } of this.#options.store.docs(id, 'chat', 'group/')) {
      const { joined, name } = (value ?? {}) as ChatDocument;
      const chat = namedChat(key);
      if (joined === true && list.length < MOST_CONTACTS)
        list.push({ chat: chat.id as ChatId, name: name ?? chat.id, jid: this.jidOf(chat) });
    }
    return list;
  }

  /** The room that a user names: by its JID, by what the network knows it as, or by its id. */
  async roomOf(account: Registered, query: string): Promise<ChatId | undefined> {
    const { back, domain, store } = this.#options;
    const jid = parseJid(query);
    if (jid?.domain === domain && jid.local?.startsWith('#') === true) {
      const chat = await resolveLocal(store, account.id, jid.local);
      return chat?.kind === 'group' ? chat.id : undefined;
    }
    if (query === '') return undefined;
    const able = account.status?.can.includes('resolve') === true;
    const found = able ? await back.resolve(account.id, query).catch(() => undefined) : undefined;
    if (found?.chat.kind === 'group') return found.chat.id;
    // As people write it.
    return query.replace(/^#/, '');
  }

  /** Leaves undone what was put off. */
  close(): void {
    for (const cancel of this.#later) cancel();
    this.#later.clear();
  }

  /** After so long; after 0 it is a later turn of the loop, when the answer to what caused it has been sent. */
  #afterwards(ms: number, work: () => Promise<void>): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#later.delete(cancel);
      work().catch((error: unknown) => this.#options.fault(error));
    });
    this.#later.add(cancel);
  }
}

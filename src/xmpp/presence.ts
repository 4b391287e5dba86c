// Presence stanzas from users: their subscriptions to the gateway and to contacts, probes, and their own comings and
// goings. Work for one user is done in order.
import type { UserId } from '../adapter/api.ts';
import type { Accounts } from '../account/accounts.ts';
import type { Directory, Registered } from '../account/directory.ts';
import type { Serial } from '../account/serial.ts';
import { GATEWAY, type Contacts, type Whom } from '../contact/contacts.ts';
import type { RosterEvent } from '../contact/roster.ts';
import type { ErrorCode, Failure } from '../message/entry.ts';
import type { AccountId, Store } from '../store/api.ts';
import { idOf, resolveLocal } from './address.ts';
import type { Announcer } from './announce.ts';
import { errorReply, failureText, refuse } from './error.ts';
import { bareJid, parseJid, type Jid } from './jid.ts';
import type { Exchange } from './exchange.ts';
import type { Rosters } from './rosters.ts';
import { x, type Element } from './stanza.ts';

export interface PresenceOptions {
  readonly store: Pick<Store, 'doc'>;
  readonly directory: Directory;
  readonly accounts: Pick<Accounts, 'of'>;
  readonly contacts: Contacts;
  readonly announcer: Announcer;
  readonly rosters: Rosters;
  readonly exchange: Exchange;
  readonly serial: Serial;
  readonly send: (stanza: Element) => void;
  /** A device of a user has come online. */
  readonly available: (account: AccountId) => void;
  readonly fault: (error: unknown) => Failure;
}

/** Failures after which it makes no sense to leave the request open. */
const final: ReadonlySet<ErrorCode> = new Set([
  'not-found',
  'forbidden',
  'invalid',
  'unsupported',
  'blocked',
  'expired',
]);
const NS_MUC = 'http://jabber.org/protocol/muc';

export class Presences {
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Takes a presence from the stream. Resolves when all it caused has been said; never rejects. */
  async take(stanza: Element): Promise<void> {
    const { from, to, type } = stanza.attrs;
    const sender = parseJid(from ?? '');
    const target = parseJid(to ?? '');
    if (type === 'error' || from === undefined || sender === undefined) return;
    if (target === undefined) return this.#send(errorReply(stanza, { code: 'invalid' }, undefined, 'address'));
    const user = bareJid(sender);
    if (this.#options.serial.full(user)) return this.#send(errorReply(stanza, { code: 'quota' }));
    await this.#options.serial.run(user, async () => {
      try {
        await this.#take(stanza, user, from, target);
      } catch (error) {
        this.#send(errorReply(stanza, this.#options.fault(error)));
      }
    });
  }

  async #take(stanza: Element, user: string, from: string, to: Jid): Promise<void> {
    const account = this.#options.accounts.of(user, idOf(to));
    switch (stanza.attrs['type']) {
      case undefined:
        if (stanza.getChild('x', NS_MUC)) return this.#send(refuse(stanza, 'service-unavailable'));
        return to.local === undefined && account ? this.#come(account, from) : undefined;
      case 'unavailable':
        if (to.local === undefined && account) this.#options.directory.resource(account.id, from, false);
        if (to.local === undefined) this.#options.exchange.leave(from);
        return undefined;
      case 'probe':
        return this.#probe(account, from, to, user);
      case 'subscribe':
        return this.#subscribe(stanza, account, to);
      case 'unsubscribe':
      case 'subscribed':
      case 'unsubscribed':
        return account && this.#change(account, to, stanza.attrs['type']);
      default:
        return this.#send(refuse(stanza, 'bad-request'));
    }
  }

  async #come(account: Registered, from: string): Promise<void> {
    const { announcer, directory } = this.#options;
    if (!directory.resource(account.id, from, true)) return;
    this.#options.available(account.id);
    const { status } = account;
    if (status?.state === 'online') {
      if (account.announced) this.#options.send(announcer.presence(account, GATEWAY, from));
      // Contacts may be many and are paced: nobody waits for them.
      else void announcer.announce(account.id).catch((error: unknown) => this.#options.fault(error));
    } else if (status !== undefined) announcer.refuse(account, from, status);
  }

  async #probe(account: Registered | undefined, from: string, to: Jid, user: string): Promise<void> {
    const whom = account && (await this.#whom(account, to));
    const item = account && whom !== undefined && (await this.#options.contacts.item(account.id, whom));
    // RFC 6121, 4.3.2: this also clears away what an account that was removed has left in a contact list.
    if (!account || whom === undefined || !item || !item.sees)
      return this.#send(x('presence', { type: 'unsubscribed', from: bareJid(to), to: user }));
    this.#options.send(this.#options.announcer.presence(account, whom, from, item));
  }

  async #subscribe(stanza: Element, account: Registered | undefined, to: Jid): Promise<void> {
    if (account === undefined) return this.#send(errorReply(stanza, { code: 'not-registered' }));
    if (account.state === 'closing') return this.#send(errorReply(stanza, { code: 'closing' }));
    const whom = await this.#whom(account, to);
    if (whom === undefined) return this.#deny(stanza, account, to, { code: 'not-found' });
    if (whom === GATEWAY) return this.#accept(account, whom);
    const item = await this.#options.contacts.item(account.id, whom);
    if (item?.sees) return this.#accept(account, whom);
    const found = await this.#options.contacts.lookUp(account.id, whom);
    if (found.known) return this.#accept(account, whom, found.name);
    if ('failure' in found) return this.#deny(stanza, account, to, found.failure);
    // Known under another address: that one introduces itself.
    this.#deny(stanza, account, to, { code: 'not-found' });
    if (found.instead.chat.kind === 'direct') await this.list(account, found.instead.chat.id, found.instead.name);
  }

  async #accept(account: Registered, whom: Whom, name?: string): Promise<void> {
    const { item, acts } = await this.#options.contacts.change(account.id, whom, 'subscribe', name);
    this.#options.announcer.act(account, whom, item, acts);
  }

  /** Says why, on the stanza, and in the refusal too where it is final: not every client shows the error. */
  #deny(stanza: Element, account: Registered, to: Jid, failure: Failure): void {
    const lang = stanza.attrs['xml:lang'] ?? account.lang;
    this.#send(errorReply(stanza, failure, lang));
    if (!final.has(failure.code)) return;
    const words = x('status', {}, failureText(failure, lang));
    this.#options.send(x('presence', { type: 'unsubscribed', from: bareJid(to), to: account.jid }, words));
  }

  async #change(account: Registered, to: Jid, event: RosterEvent): Promise<void> {
    const { announcer, contacts } = this.#options;
    const whom = await this.#whom(account, to);
    if (whom === undefined) return;
    const change = await contacts.change(account.id, whom, event);
    announcer.act(account, whom, change.item, change.acts);
    if (change.removed && whom !== GATEWAY) await contacts.unlist(account.id, whom);
  }

  /** Puts a contact of the network before the user (R16). In the user's chain. */
  async list(account: Registered, user: UserId, name: string | undefined): Promise<void> {
    const before = await this.#options.contacts.item(account.id, user);
    if (before === undefined || before.seen === 'no') await this.#put(account, user, 'listed', name);
  }

  /** The user has added a contact by command. In his chain. */
  async invite(account: Registered, user: UserId, name: string): Promise<void> {
    await this.#put(account, user, 'added', name);
  }

  /** Gives the contact to a client that takes an exchange; false where there is none. In the user's chain. */
  async #offer(account: Registered, user: UserId, jid: string, name: string | undefined): Promise<boolean> {
    const { contacts, exchange, serial, fault } = this.#options;
    const device = exchange.able(account.jid);
    if (device === undefined) return false;
    await contacts.change(account.id, user, 'offered', name);
    exchange.offer(device, { jid, name }, () => {
      serial
        .run(account.jid, () => this.#put(account, user, 'added', name))
        .catch((error: unknown) => void fault(error));
    });
    return true;
  }

  /** Into the user's list by his server, or by asking him (R22). */
  async #put(account: Registered, user: UserId, event: RosterEvent, name: string | undefined): Promise<void> {
    const { announcer, contacts, rosters } = this.#options;
    const jid = announcer.jidOf(user);
    const placed = await rosters.place(account.jid, jid, name);
    // He who has asked for a contact by command need not choose it once more.
    if (!placed && event === 'listed' && (await this.#offer(account, user, jid, name))) return;
    const { item, acts } = await contacts.change(account.id, user, placed ? 'placed' : event, name);
    announcer.act(account, user, item, acts);
  }

  /** The document of a contact has changed, or may have while we were away. In the user's chain. */
  async refresh(account: Registered, user: UserId): Promise<void> {
    const { announcer, contacts, rosters } = this.#options;
    const document = await contacts.document(account.id, user);
    const before = await contacts.item(account.id, user);
    if (document === undefined || (document.listed === false && document.asks !== true)) {
      const change = await contacts.change(account.id, user, 'unlisted');
      announcer.act(account, user, before, change.acts);
      if (change.acts.length > 0) await rosters.remove(account.jid, announcer.jidOf(user));
      return;
    }
    if (document.listed !== true && document.asks !== true) return;
    if (before === undefined || before.seen === 'no') await this.list(account, user, document.name);
    const { name } = document;
    if (before === undefined || name === undefined || before.name === name) return;
    const renamed = await contacts.rename(account.id, user, before, name);
    if (before.sees) announcer.act(account, user, renamed, ['available']);
  }

  /** Greets a user whose login has succeeded (R8). In the user's chain. */
  async welcome(account: Registered): Promise<void> {
    const { announcer, contacts } = this.#options;
    const { item, acts } = await contacts.change(account.id, GATEWAY, 'listed');
    announcer.act(account, GATEWAY, item, acts);
  }

  async #whom(account: Registered, to: Jid): Promise<Whom | undefined> {
    if (to.local === undefined) return GATEWAY;
    const chat = await resolveLocal(this.#options.store, account.id, to.local);
    return chat?.kind === 'direct' ? chat.id : undefined;
  }

  #send(stanza: Element | undefined): void {
    if (stanza) this.#options.send(stanza);
  }
}

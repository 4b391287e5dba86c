// How the accounts' sessions stand, as their users see it: what the back says becomes presence; at a start, and when the
// stream is back, everybody is greeted at a pace (R12, R13, R23).
import type { Hint, UserId } from '../adapter/api.ts';
import { readLang, type Directory, type Registered } from '../account/directory.ts';
import type { Serial } from '../account/serial.ts';
import { GATEWAY, type Contacts } from '../contact/contacts.ts';
import type { Back, SessionStatus } from '../link.ts';
import type { Failure } from '../message/entry.ts';
import type { AccountId, Store } from '../store/api.ts';
import type { Announcer } from './announce.ts';
import { typing } from './messages.ts';
import type { Pacer } from './pacer.ts';
import type { Presences } from './presence.ts';
import { x, type Element } from './stanza.ts';

export interface SessionsOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'doc'>;
  readonly back: Pick<Back, 'status'>;
  readonly directory: Directory;
  readonly contacts: Contacts;
  readonly announcer: Announcer;
  readonly presences: Presences;
  readonly serial: Serial;
  readonly pacer: Pacer;
  readonly send: (stanza: Element) => void;
  readonly fault: (error: unknown) => Failure;
}

export class Sessions {
  readonly #options: SessionsOptions;
  /** Counts the times the stream came online: a greeting of an older one ends. */
  /** Contacts that will be looked at. */
  readonly #due = new Set<string>();
  #generation = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** The back says how a session stands. */
  async changed(id: AccountId, status: SessionStatus): Promise<void> {
    const { announcer, directory, send } = this.#options;
    const account = directory.get(id) ?? (await directory.refresh(id));
    if (account === undefined || account.state === 'closing') return;
    const before = account.status?.state;
    directory.update(id, { status });
    if (status.state === before) return;
    if (status.state === 'online') {
      // A short reconnect is nobody's business: the presences still stand.
      if (account.announced) return;
      const there = account.resources.size > 0;
      if (there) return announcer.announce(id);
      if (await this.#options.pacer.turn()) send(announcer.presence(account, GATEWAY, account.jid));
    } else if (status.state !== 'connecting') {
      await announcer.withdraw(id, status, account.announced || before === 'online');
    }
  }

  /** Asks the back how a session stands. */
  async look(id: AccountId): Promise<void> {
    await this.changed(id, await this.#options.back.status(id));
  }

  /** A hint of the network. */
  async hint(id: AccountId, hint: Hint): Promise<void> {
    const { announcer, directory, send } = this.#options;
    if (hint.type === 'presence') return announcer.hint(id, hint.user, hint);
    const account = directory.get(id);
    // Typing is for those who look on; a direct chat is named by the one who types.
    if (account === undefined || account.resources.size === 0 || hint.chat.kind !== 'direct') return;
    send(typing(announcer.jidOf(hint.chat.id), account.jid, hint.on));
  }

  /** The document of a contact was written. */
  async contact(id: AccountId, user: UserId): Promise<void> {
    const { directory, presences, serial } = this.#options;
    const account = directory.get(id) ?? (await directory.refresh(id));
    if (account === undefined || account.state === 'closing') return;
    // It looks at the document as it is when its turn comes, so one that waits is enough.
    const due = `${id} ${user}`;
    if (this.#due.has(due)) return;
    this.#due.add(due);
    await serial.run(account.jid, () => {
      this.#due.delete(due);
      return presences.refresh(account, user);
    });
  }

  /** The stream is up: everybody learns that the gateway is there, and we learn who is there. */
  async online(): Promise<void> {
    const { directory, pacer } = this.#options;
    const generation = ++this.#generation;
    for (const { id } of [...directory.all()]) {
      if (!(await pacer.turn()) || generation !== this.#generation) return;
      const account = directory.get(id);
      if (account) await this.#greet(account).catch((error: unknown) => this.#options.fault(error));
    }
  }

  /** The stream is down. */
  offline(): void {
    this.#generation += 1;
    this.#options.directory.forgetPresences();
  }

  /** The gateway disappears. Contacts are left as they are: a stanza for each would be a storm at each restart. */
  farewell(): void {
    const { directory, domain, send } = this.#options;
    this.#generation += 1;
    for (const { jid, status } of directory.all())
      if (status?.state === 'online') send(x('presence', { type: 'unavailable', from: domain, to: jid }));
  }

  async #greet(account: Registered): Promise<void> {
    const { announcer, contacts, directory, domain, pacer, presences, send, serial, store } = this.#options;
    const { id, jid } = account;
    if (account.state === 'closing') return this.#gone(account);
    if (account.lang === undefined) {
      const lang = await readLang(store, id);
      if (lang !== undefined) directory.update(id, { lang });
    }
    send(x('presence', { type: 'probe', from: domain, to: jid }));
    const status = await this.#options.back.status(id);
    directory.update(id, { status });
    if (status.state === 'online') send(announcer.presence(account, GATEWAY, jid));
    // What the back wrote while nobody listened.
    for await (const [user, { listed, asks }] of contacts.documents(id)) {
      const item = await contacts.item(id, user);
      const news = listed === true || asks === true ? item === undefined || item.seen === 'no' : item !== undefined;
      if (news && (await pacer.turn())) await serial.run(jid, () => presences.refresh(account, user));
    }
  }

  /** Its removal had begun when we ended. */
  async #gone(account: Registered): Promise<void> {
    const { announcer, contacts, directory } = this.#options;
    const users: UserId[] = [];
    for await (const [user] of contacts.items(account.id)) users.push(user);
    directory.close(account.id);
    await announcer.farewell(account, users);
    directory.remove(account.id);
  }
}

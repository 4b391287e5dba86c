// The presences that the gateway and the contacts send to a user. Available while the session is up (R13), without a
// resource (R14), nothing after removal (R17), and many at once only at a pace (R23).
import type { Show, UserId } from '../adapter/api.ts';
import type { Directory, Registered } from '../account/directory.ts';
import { GATEWAY, type Contacts, type Whom } from '../contact/contacts.ts';
import type { RosterAct, RosterItem } from '../contact/roster.ts';
import type { Network, SessionStatus } from '../link.ts';
import type { AccountId } from '../store/api.ts';
import { text } from '../text/index.ts';
import { chatJid } from './address.ts';
import { errorElement, failureText } from './error.ts';
import type { Place } from './feature/feature.ts';
import { nick } from './feature/nick.ts';
import type { Pacer } from './pacer.ts';
import type { Rosters } from './rosters.ts';
import { x, type Child, type Element } from './stanza.ts';

export interface AnnouncerOptions {
  readonly domain: string;
  readonly network: Network;
  readonly directory: Directory;
  readonly contacts: Contacts;
  readonly pacer: Pacer;
  readonly rosters: Rosters;
  readonly send: (stanza: Element) => void;
  /** Entity capabilities of an address, of a contact in a session that can do so much. */
  readonly caps: (place: Place, can: SessionStatus['can']) => Element;
}

/** How a contact was last seen, for those networks that say so. */
interface Seen {
  readonly show: Show;
  readonly text?: string;
}
/** More contacts of one account are not remembered: they are shown as available until the network speaks again. */
const MOST_SEEN = 1_000;
/** Contacts whose presences go out without waiting for a turn: what a usual user has. */
const AT_ONCE = 50;
const shows: Readonly<Record<Show, string | undefined>> = {
  online: undefined,
  away: 'away',
  busy: 'dnd',
  offline: undefined,
};

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #seen = new Map<AccountId, Map<UserId, Seen>>();

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Carries out what the subscription machine says. */
  act(
    account: Registered,
    whom: Whom,
    item: RosterItem | undefined,
    acts: readonly RosterAct[],
    status?: string,
  ): void {
    const attrs = { from: this.jidOf(whom), to: account.jid };
    const name = whom === GATEWAY ? this.#options.network.name : item?.name;
    for (const act of acts) {
      if (act === 'available') this.#options.send(this.presence(account, whom, account.jid, item));
      else if (act === 'subscribe')
        this.#options.send(x('presence', { ...attrs, type: act }, name !== undefined && nick(name)));
      else this.#options.send(x('presence', { ...attrs, type: act }, status !== undefined && x('status', {}, status)));
    }
  }

  /** The bare JID that presences of the gateway or of a contact come from. */
  jidOf(whom: Whom): string {
    const { domain } = this.#options;
    return whom === GATEWAY ? domain : chatJid({ kind: 'direct', id: whom }, domain);
  }

  /** The presence that an address has for a user at the moment. */
  presence(account: Registered, whom: Whom, to: string, item?: RosterItem): Element {
    const current = this.#options.directory.get(account.id) ?? account;
    const online = current.status?.state === 'online';
    const from = this.jidOf(whom);
    if (whom === GATEWAY) {
      if (!online) return x('presence', { from, to, type: 'unavailable' }, this.#why(current));
      return x('presence', { from, to }, this.#options.caps('gateway', current.status?.can ?? []));
    }
    const seen = this.#seen.get(account.id)?.get(whom);
    const words = seen?.text !== undefined && x('status', {}, seen.text);
    if (!online || seen?.show === 'offline') return x('presence', { from, to, type: 'unavailable' }, words);
    const show = seen && shows[seen.show];
    const name = item?.name;
    const rest: readonly Child[] = [show !== undefined && x('show', {}, show), words];
    return x(
      'presence',
      { from, to },
      ...rest,
      name !== undefined && nick(name),
      this.#options.caps('contact', current.status?.can ?? []),
    );
  }

  #why({ status, lang }: Registered): Element | undefined {
    if (status === undefined || status.state === 'online') return undefined;
    const { state, failure } = status;
    if (failure === undefined) return x('status', {}, text(lang, `status.${state}`));
    // The words of an error are about what somebody wrote; here it is only the connection.
    const isTriedAgain = state === 'offline' && failure.code === 'timeout';
    const { detail = '' } = failure;
    if (isTriedAgain) return x('status', {}, [text(lang, 'status.offline'), detail].join(' ').trim());
    return x('status', {}, failureText(failure, lang));
  }

  /** The session is up and the user is there: all his contacts appear. */
  async announce(id: AccountId): Promise<void> {
    const { directory, send } = this.#options;
    const account = directory.get(id);
    if (account === undefined) return;
    directory.update(id, { announced: true });
    send(this.presence(account, GATEWAY, account.jid));
    await this.#each(id, (current, user, item) => send(this.presence(current, user, current.jid, item)));
  }

  /** The session is down: the gateway and all contacts disappear, and the devices that are there learn why (R12). */
  async withdraw(id: AccountId, status: SessionStatus, wasOnline: boolean): Promise<void> {
    const { directory, send } = this.#options;
    const account = directory.get(id);
    if (account === undefined) return;
    directory.update(id, { announced: false });
    send(this.presence(account, GATEWAY, account.jid));
    for (const resource of account.resources) this.refuse(account, resource, status);
    if (wasOnline) await this.#each(id, (current, user, item) => send(this.presence(current, user, current.jid, item)));
  }

  /** Tells a device why the session is not up, where there is a reason. */
  refuse({ lang }: Registered, to: string, { failure }: SessionStatus): void {
    if (failure === undefined) return;
    const error = errorElement(failure, lang, undefined, true);
    this.#options.send(x('presence', { type: 'error', from: this.#options.domain, to }, error));
  }

  /** What the network says of a contact's whereabouts. */
  async hint(id: AccountId, user: UserId, seen: Seen): Promise<void> {
    const account = this.#options.directory.get(id);
    if (account === undefined) return;
    const known = this.#seen.get(id) ?? new Map<UserId, Seen>();
    known.delete(user);
    known.set(user, seen);
    const [oldest] = known.keys();
    if (known.size > MOST_SEEN && oldest !== undefined) known.delete(oldest);
    this.#seen.set(id, known);
    const item = account.announced ? await this.#options.contacts.item(id, user) : undefined;
    if (item?.sees) this.#options.send(this.presence(account, user, account.jid, item));
  }

  /** The account is no more: nothing of it stays in the user's contact list (R11). */
  async farewell(account: Registered, users: readonly UserId[]): Promise<void> {
    const { pacer, rosters } = this.#options;
    this.#seen.delete(account.id);
    const goodbye: readonly RosterAct[] = ['unsubscribe', 'unsubscribed', 'unavailable'];
    // Registered anew in the meantime: the addresses live again.
    const gone = (): boolean => this.#options.directory.of(account.jid) === undefined;
    for (const [index, user] of users.entries()) {
      if (index >= AT_ONCE && !(await pacer.turn())) return;
      if (!gone()) return;
      this.act(account, user, undefined, goodbye);
    }
    this.act(account, GATEWAY, undefined, goodbye);
    for (const user of users) if (gone()) await rosters.remove(account.jid, this.jidOf(user));
  }

  async #each(id: AccountId, tell: (account: Registered, user: UserId, item: RosterItem) => void): Promise<void> {
    const { contacts, directory, pacer } = this.#options;
    const state = directory.get(id)?.status?.state;
    let count = 0;
    for await (const [user, item] of contacts.items(id)) {
      if (!item.sees) continue;
      count += 1;
      if (count > AT_ONCE && !(await pacer.turn())) return;
      const account = directory.get(id);
      if (account === undefined || account.status?.state !== state) return; // it turned round meanwhile
      tell(account, user, item);
    }
  }
}

// Whose account a stanza is about: a user has one on the network, or one in each of its realms; and where no login is needed it
// opens when he first asks for something.
import type { Clock } from '../clock.ts';
import { sleep } from '../lane/land.ts';
import { LinkError, type Back, type Network, type SessionStatus } from '../link.ts';
import type { AccountId } from '../store/api.ts';
import type { Directory, Registered } from './directory.ts';

export interface AccountsOptions {
  readonly domain: string;
  readonly network: Network;
  readonly directory: Directory;
  readonly back: Pick<Back, 'open' | 'status'>;
  readonly clock: Clock;
  /** This bare JID may have an account. */
  readonly allowed: (jid: string) => boolean;
}

/** How long whoever wants something waits for a session that connects. */
const PATIENCE_MS = 30_000;

/** Accounts of one user on one network: each is a connection of its own. */
const MOST_REALMS = 32;

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #waiting = new Map<AccountId, Set<() => void>>();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** The account of a user that a chat with this id belongs to; without an id any one of his. */
  of(user: string, id?: string): Registered | undefined {
    const { directory, network } = this.#options;
    if (network.realm === undefined || id === undefined) return directory.of(user);
    const realm = this.#realmOf(id);
    return realm === undefined ? undefined : directory.of(user, realm);
  }

  /**
   * The same; it is opened where it need only be asked for. Rejects with a LinkError: `quota` where he has too many,
   * `not-found` or `forbidden` where there can be none.
   */
  async take(user: string, id: string): Promise<Registered | undefined> {
    const { allowed, back, directory, domain, network } = this.#options;
    const known = this.of(user, id);
    if (known !== undefined || network.logins.length > 0 || !allowed(user)) return known;
    // The back says what is wrong with a realm, also where none is named.
    const realm = network.realm === undefined ? undefined : (this.#realmOf(id) ?? '');
    if (directory.allOf(user).length >= MOST_REALMS) throw new LinkError({ code: 'quota' });
    const account = await directory.refresh(await back.open(domain, user, realm));
    if (account !== undefined && account.status === undefined)
      directory.update(account.id, { status: await back.status(account.id) });
    return account && directory.get(account.id);
  }

  /** Resolves when the session of the account has connected, or it is known that it has not. */
  async ready({ id }: Registered): Promise<void> {
    const { clock, directory } = this.#options;
    if (directory.get(id)?.status?.state !== 'connecting') return;
    const ended = new AbortController();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    const told = new Promise<void>((resolve) => waiting.add(resolve));
    await Promise.race([told, sleep(clock, PATIENCE_MS, ended.signal)]);
    ended.abort();
  }

  /** A session says how it stands. */
  session(id: AccountId, { state }: SessionStatus): void {
    if (state === 'connecting') return;
    for (const resolve of this.#waiting.get(id) ?? []) resolve();
    this.#waiting.delete(id);
  }

  #realmOf(id: string): string | undefined {
    const { realm } = this.#options.network;
    const at = realm === undefined ? -1 : id.lastIndexOf(realm);
    return at < 0 || at === id.length - 1 ? undefined : id.slice(at + 1);
  }
}

// The users' rosters, where their server lets us write them (R22): contacts appear by themselves, with their names, and
// nobody is asked. Where it does not, contacts ask to be added one by one.
import { readRosterPrivilege, rosterItem, rosterRemoval } from './feature/privilege.ts';
import { parseJid } from './jid.ts';
import type { Requests } from './requests.ts';
import type { Element } from './stanza.ts';

export class Rosters {
  readonly #requests: Requests;
  readonly #group: string;
  /** Servers that let us. */
  readonly #granted = new Set<string>();

  /** `group`: under which the contacts stand. */
  constructor(requests: Requests, group: string) {
    this.#requests = requests;
    this.#group = group;
  }

  /** Reads what a server lets us do; false where the message is about something else. It speaks for its own users only. */
  heard(message: Element): boolean {
    const server = parseJid(message.attrs['from'] ?? '');
    if (server === undefined || server.local !== undefined || server.resource !== undefined) return false;
    const granted = readRosterPrivilege(message);
    if (granted === undefined) return false;
    if (granted) this.#granted.add(server.domain);
    else this.#granted.delete(server.domain);
    return true;
  }

  /** What was granted ends with the stream. */
  forget(): void {
    this.#granted.clear();
  }

  /** Puts a contact into a user's roster. False: it cannot be done, ask him. */
  place(user: string, contact: string, name: string | undefined): Promise<boolean> {
    return this.#set(user, rosterItem(contact, name, this.#group));
  }

  /** Takes a contact out of a user's roster, where we may. */
  async remove(user: string, contact: string): Promise<void> {
    await this.#set(user, rosterRemoval(contact));
  }

  async #set(user: string, payload: Element): Promise<boolean> {
    const server = parseJid(user)?.domain ?? '';
    if (!this.#granted.has(server)) return false;
    const answer = await this.#requests.ask('set', user, payload);
    if (answer?.attrs['type'] === 'result') return true;
    // One that is promised and fails (ejabberd 23.01) is not tried for each contact anew. What is not there to be removed is no failure.
    const missing = answer?.getChild('error')?.getChild('item-not-found') !== undefined;
    if (!missing) this.#granted.delete(server);
    return false;
  }
}

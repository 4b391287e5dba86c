// Who is in a room: what the network says of its members, and the nicks that follow from it. No I/O.
import type { Author, Member, Role, UserId } from '../adapter/api.ts';
import { distinct, nickKey, nickOf } from './nick.ts';

/** Somebody in a room, as its occupants see him. Never changed: what is different is a new value. */
export interface Occupant {
  /** His id on the network; null is the account itself. */
  readonly user: Author;
  readonly nick: string;
  /** The name that the network gives him. */
  readonly name: string | undefined;
  readonly role: Role;
  /** What he is called beside his role; absent where there is nothing. */
  readonly titles?: readonly string[];
  /** Absent where he is there, as far as is known. */
  readonly availability?: Availability;
  /** XEP-0421. */
  readonly id: string;
}

/** Somebody is there, and has no time. */
export interface Availability {
  readonly show: 'away' | 'busy';
  readonly text?: string;
}

/** Why somebody is in the room no more. */
export interface Gone {
  readonly role: 'none' | 'banned';
  readonly by?: Author;
  readonly reason?: string;
  /** What he was called. */
  readonly name?: string;
}

/** One of them. A null stands for no name. */
type Kept = readonly [user: Author, role: Role, nick: string, name?: string | null, titles?: readonly string[]];

/** What is kept of a room's members over a restart. */
export interface Snapshot {
  readonly members: readonly Kept[];
  /** The network told all of them. */
  readonly complete?: boolean;
}

type Known = Omit<Occupant, 'nick' | 'id'>;

/** How many of those who left are remembered, with what was said of it. */
const MOST_GONE = 1_000;

export class Members {
  readonly #id: (user: Author) => string;
  readonly #byUser = new Map<Author, Occupant>();
  readonly #byNick = new Map<string, Occupant>();
  readonly #gone = new Map<Author, Gone>();
  #complete = false;

  /** `id` gives a user's occupant-id. */
  constructor(id: (user: Author) => string) {
    this.#id = id;
  }

  get size(): number {
    return this.#byUser.size;
  }
  /** The network has told all of them at least once. */
  get complete(): boolean {
    return this.#complete;
  }
  all(): IterableIterator<Occupant> {
    return this.#byUser.values();
  }
  of(user: Author): Occupant | undefined {
    return this.#byUser.get(user);
  }
  byNick(nick: string): Occupant | undefined {
    return this.#byNick.get(nickKey(nick));
  }
  /** What was said when he left; undefined where nothing was, or where he is there. */
  gone(user: Author): Gone | undefined {
    return this.#gone.get(user);
  }

  /** The users about whom something is different now. Absent fields keep their value; `complete`: nobody else is there. */
  update(members: readonly Member[], complete = false): readonly Author[] {
    const changed: Author[] = [];
    for (const member of members) {
      const moved = this.#move(member);
      if (moved !== undefined) changed.push(moved);
      if (this.#put(member) || moved !== undefined) changed.push(member.user);
    }
    if (!complete) return changed;
    this.#complete = true;
    const named = new Set(members.map(({ user }) => user));
    for (const user of [...this.#byUser.keys()]) {
      // An account that is not named among its own room's members is there all the same.
      if (named.has(user) || user === null) continue;
      this.#remove(user, { role: 'none' });
      changed.push(user);
    }
    return changed;
  }

  /** He has no time, or has some again; true if that is news. Not kept over a restart. */
  available(user: Author, now: Availability | undefined): boolean {
    const before = this.#byUser.get(user);
    if (before === undefined || sameAvailability(before.availability, now)) return false;
    const { availability: _before, ...rest } = before;
    this.#place({ ...rest, ...(now && { availability: now }) });
    return true;
  }

  /**
   * The account's own place, under the nick that it asks for where the network gives it none; undefined where somebody else
   * has that nick.
   */
  own(wish: string): Occupant | undefined {
    const before = this.#byUser.get(null);
    if (before?.name !== undefined) return before;
    const nick = nickOf(wish, this.#id(null));
    const other = this.byNick(nick);
    if (other !== undefined && other.user !== null) return undefined;
    if (before?.nick === nick) return before;
    return this.#set({ ...before, user: null, role: before?.role ?? 'member', name: undefined }, nick);
  }

  /** Somebody who is not there, as he would be called. */
  stranger(user: Author, name: string): Occupant {
    const id = this.#id(user);
    return { user, role: 'none', name, id, nick: this.#free(nickOf(name, user ?? id), id) };
  }

  /** Everything that must survive. */
  snapshot(): Snapshot {
    const members = [...this.#byUser.values()].map(({ user, role, nick, name, titles }): Kept => {
      if (titles !== undefined) return [user, role, nick, name ?? null, titles];
      return name === undefined ? [user, role, nick] : [user, role, nick, name];
    });
    return { members, ...(this.#complete && { complete: true }) };
  }

  /** Takes up what was kept. */
  restore({ members, complete = false }: Snapshot): void {
    for (const [user, role, nick, name, titles] of members)
      this.#place({ user, role, nick, name: name ?? undefined, id: this.#id(user), ...(titles && { titles }) });
    this.#complete = complete;
  }

  /** He has another id now, and the occupant-id of that one: somebody else may take the id before. Gives that, where he was there. */
  #move({ user, was }: Member): UserId | undefined {
    const before = was === undefined || was === user ? undefined : this.#byUser.get(was);
    if (was === undefined || before === undefined) return undefined;
    this.#byUser.delete(was);
    this.#byNick.delete(nickKey(before.nick));
    this.#gone.delete(user);
    if (!this.#byUser.has(user)) this.#set({ ...before, user });
    return was;
  }

  #put({ user, name, role, titles: told, by, reason }: Member): boolean {
    const before = this.#byUser.get(user);
    if (role === 'none' || role === 'banned') {
      const gone: Gone = { role, ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
      if (before !== undefined) this.#remove(user, gone);
      return before !== undefined;
    }
    const named = name ?? before?.name;
    const titles = told ?? before?.titles ?? [];
    if (before?.role === role && before.name === named && sameTitles(before.titles, titles)) return false;
    this.#gone.delete(user);
    const keeps = before?.name === named || (user === null && named === undefined);
    const { availability } = before ?? {};
    this.#set(
      { user, role, name: named, titles, ...(availability && { availability }) },
      keeps ? before?.nick : undefined,
    );
    return true;
  }

  /** `wish`: the nick that he has, or asks for. */
  #set({ user, role, name, titles = [], availability }: Known, wish?: string): Occupant {
    const before = this.#byUser.get(user);
    if (before) this.#byNick.delete(nickKey(before.nick));
    const id = this.#id(user);
    const nick = this.#free(wish ?? nickOf(name ?? user ?? '', user ?? id), id);
    const more = { ...(titles.length > 0 && { titles }), ...(availability && { availability }) };
    const occupant = { user, role, name, id, nick, ...more };
    this.#place(occupant);
    return occupant;
  }

  #place(occupant: Occupant): void {
    this.#byUser.set(occupant.user, occupant);
    this.#byNick.set(nickKey(occupant.nick), occupant);
  }

  /** The nick, or the shortest of its like that nobody has. */
  #free(nick: string, id: string): string {
    if (!this.#byNick.has(nickKey(nick))) return nick;
    for (let length = 4; ; length += 4) {
      const other = distinct(nick, id, length);
      if (!this.#byNick.has(nickKey(other)) || length > id.length) return other;
    }
  }

  #remove(user: Author, gone: Gone): void {
    const before = this.#byUser.get(user);
    if (before === undefined) return;
    this.#byUser.delete(user);
    this.#byNick.delete(nickKey(before.nick));
    const [oldest] = this.#gone.keys();
    if (oldest !== undefined && this.#gone.size >= MOST_GONE) this.#gone.delete(oldest);
    this.#gone.set(user, before.name === undefined ? gone : { ...gone, name: before.name });
  }
}

/** Nobody sees a difference. */
export const sameTitles = (one: Occupant['titles'] = [], other: Occupant['titles'] = []): boolean =>
  one.length === other.length && one.every((title, index) => title === other[index]);
/** Nobody sees a difference. */
export const sameAvailability = (one: Occupant['availability'], other: Occupant['availability']): boolean =>
  one?.show === other?.show && one?.text === other?.text;

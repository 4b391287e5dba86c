// What one device of an occupant has been shown of its room, and what it has yet to be shown. What has changed is looked at when
// its turn comes: who came and went meanwhile is never mentioned. No I/O.
import type { Author } from '../adapter/api.ts';
import { sameAvailability, sameTitles, type Gone, type Members, type Occupant } from './members.ts';
import { nickKey } from './nick.ts';

/** One presence. */
export type Shown =
  | { readonly type: 'available'; readonly occupant: Occupant }
  /** `gone`: what was said of it. */
  | { readonly type: 'unavailable'; readonly occupant: Occupant; readonly gone: Gone | undefined }
  /** Before the presence under the new nick. */
  | { readonly type: 'renamed'; readonly occupant: Occupant; readonly nick: string };

/** What was shown of somebody; `sure` is false for what may have been shown before a restart. */
interface Seen {
  readonly occupant: Occupant;
  readonly sure: boolean;
}

/** Farewells that are remembered. */
const MOST_LATELY = 100;

export class Session {
  /** The device's full JID. */
  readonly jid: string;
  /** It has had its history and its subject. */
  live = false;
  readonly #members: Members;
  readonly #seen = new Map<Author, Seen>();
  readonly #nicks = new Map<string, Author>();
  readonly #due = new Set<Author>();
  /** What it has had as history, by the ids of the archive. */
  #told: ReadonlySet<string> = new Set();
  /** What was said while it was waiting for its history. */
  #missed: { readonly id: string | undefined; readonly say: () => void }[] = [];
  /** Farewells of late: a stream that breaks may have lost them. */
  #lately: Occupant[] = [];
  /** Nicks that people of late had, to be shown as gone once more where nobody has them. */
  readonly #former = new Map<string, Occupant>();

  constructor(jid: string, members: Members) {
    this.jid = jid;
    this.#members = members;
  }

  /** It has had this as history. */
  knows(id: string | undefined): boolean {
    return id !== undefined && this.#told.has(id);
  }

  /** Says it as soon as the device has had its history, unless it is part of that. */
  later(id: string | undefined, say: () => void): void {
    this.#missed.push({ id, say });
  }

  /** It has had its history, these rows of the archive, and its subject. */
  open(told: readonly string[]): void {
    this.#told = new Set(told);
    this.live = true;
    for (const { id, say } of this.#missed.splice(0)) if (!this.knows(id)) say();
  }

  /** Nothing is left to be shown. */
  get complete(): boolean {
    return this.#due.size === 0 && this.#former.size === 0;
  }

  /** These are different now. */
  touch(users: Iterable<Author>): void {
    for (const user of users) this.#due.add(user);
  }

  /** Somebody has another id now: whom it knows under the one before is him. */
  move(was: Author, user: Author): void {
    const seen = this.#seen.get(was);
    if (seen === undefined || this.#seen.has(user)) return;
    this.#seen.delete(was);
    this.#see({ ...seen.occupant, user }, seen.sure);
    this.touch([user]);
  }

  /** It was there before a restart: who was shown then is not known for sure. */
  resume(): void {
    for (const occupant of this.#members.all()) this.#see(occupant, false);
    this.live = true;
    this.doubt();
  }

  /** What was written last may be lost: all that it was shown is shown once more. */
  doubt(): void {
    for (const occupant of this.#lately) {
      if (!this.#seen.has(occupant.user)) this.#see(occupant, false);
      // It may have missed a new nick, and believe that the one before is somebody. Of its own it knows better.
      else if (occupant.user !== null) this.#former.set(nickKey(occupant.nick), occupant);
    }
    for (const [user, { occupant }] of this.#seen) this.#seen.set(user, { occupant, sure: false });
    this.touch([...this.#seen.keys()]);
  }

  /** It begins anew: it knows nobody, but those who have gone, or have another nick, and of whom `before` was not told that yet. */
  restart(before?: Session): void {
    this.#seen.clear();
    this.#nicks.clear();
    for (const { user } of this.#members.all()) this.#due.add(user);
    for (const { occupant } of before ? before.#seen.values() : []) {
      const { user, nick } = occupant;
      if (user === null || this.#members.of(user)?.nick === nick) continue;
      this.#see(occupant, false);
      this.#due.add(user);
    }
  }

  /** Some of what is due, at most `most` presences or a little more. */
  take(most: number): readonly Shown[] {
    const shown: Shown[] = [];
    for (const [key, occupant] of this.#former)
      if (!this.#nicks.has(key)) shown.push({ type: 'unavailable', occupant, gone: undefined });
    this.#former.clear();
    for (const user of [...this.#due]) {
      if (shown.length >= most) break;
      shown.push(...this.show(user));
    }
    return shown;
  }

  /** What is due about one. */
  show(user: Author): readonly Shown[] {
    this.#due.delete(user);
    const now = this.#members.of(user);
    const before = this.#seen.get(user);
    if (before?.sure === true && now !== undefined && looksAs(before.occupant, now)) return [];
    if (now === undefined) return before === undefined ? [] : [this.#forget(before.occupant)];
    const shown: Shown[] = [];
    // Whoever had the nick has another now, or is gone.
    const holder = this.#nicks.get(nickKey(now.nick));
    if (holder !== undefined && holder !== user) shown.push(...this.#displace(holder));
    if (before !== undefined) shown.push(...this.#rename(before.occupant, now));
    this.#see(now, true);
    return [...shown, { type: 'available', occupant: now }];
  }

  /** Everybody it knows, for a farewell. */
  seen(user: Author): Occupant | undefined {
    return this.#seen.get(user)?.occupant;
  }

  /** An occupant-id belongs to a nick as long as that is there: a new one under the old nick is somebody who comes. */
  #rename(before: Occupant, now: Occupant): readonly Shown[] {
    const { nick, id } = before;
    if (nick === now.nick) return id === now.id ? [] : [this.#forget(before)];
    this.#forget(before);
    return [{ type: 'renamed', occupant: { ...now, nick, id }, nick: now.nick }];
  }

  /** Two may have changed nicks with one another: the other one goes first, and comes back in his turn. */
  #displace(user: Author): readonly Shown[] {
    const seen = this.#seen.get(user);
    if (seen === undefined) return [];
    if (this.#members.of(user) !== undefined) this.#due.add(user);
    return [this.#forget(seen.occupant)];
  }

  #see(occupant: Occupant, sure: boolean): void {
    this.#seen.set(occupant.user, { occupant, sure });
    this.#nicks.set(nickKey(occupant.nick), occupant.user);
  }

  #forget(occupant: Occupant): Shown {
    this.#seen.delete(occupant.user);
    if (this.#nicks.get(nickKey(occupant.nick)) === occupant.user) this.#nicks.delete(nickKey(occupant.nick));
    this.#lately = [...this.#lately.slice(1 - MOST_LATELY), occupant];
    return { type: 'unavailable', occupant, gone: this.#members.gone(occupant.user) };
  }
}

/** Nobody sees a difference. */
const looksAs = (one: Occupant, other: Occupant): boolean =>
  one.nick === other.nick &&
  one.role === other.role &&
  one.id === other.id &&
  sameTitles(one.titles, other.titles) &&
  sameAvailability(one.availability, other.availability);

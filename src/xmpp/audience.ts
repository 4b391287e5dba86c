// Says to the devices in a room what they are to see: presences at a pace, so that a large room or a netsplit is no storm, and
// what is said to all of them. While the stream is down nothing is said, and nothing counts as seen.
import type { Clock } from '../clock.ts';
import type { Registry } from '../room/registry.ts';
import type { Room } from '../room/room.ts';
import type { Session, Shown } from '../room/session.ts';
import type { Bulk } from './bulk.ts';
import { delay } from './feature/delay.ts';
import type { Ending, Status } from './feature/muc.ts';
import { occupantId } from './feature/occupant-id.ts';
import { farewell, presence, roomJid, type ForDevice } from './room-presence.ts';
import { addressed, x, type Element } from './stanza.ts';

/** Presences that one change may cause at once for each device; the rest follows in turns of so many. */
const AT_ONCE = 20;
const A_TURN = 50;
const TURN_MS = 100;
/** What was written so long before a stream was found to have broken may be lost: it may have been dead for a while. */
const DOUBT_MS = 15_000;

export interface AudienceOptions {
  readonly domain: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly bulk: Bulk;
  readonly send: (stanza: Element) => void;
  readonly fault: (error: unknown) => unknown;
}

export class Audience {
  readonly #options: AudienceOptions;
  readonly #pacing = new Map<Room, () => void>();
  readonly #moods = new WeakMap<Room, () => readonly Element[]>();
  readonly #topics = new WeakMap<Room, string>();
  /** When somebody last came into the room, monotonic. */
  readonly #entered = new WeakMap<Room, number>();
  #brokeAt = 0;
  #silent = true;

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  /** Nothing is said. */
  get silent(): boolean {
    return this.#silent;
  }

  /** The stream is down, or up again. */
  silence(silent: boolean): void {
    this.#silent = silent;
    if (silent) {
      this.#brokeAt = this.#options.clock.monotonic();
      return this.stop();
    }
    for (const room of this.#options.registry.all()) {
      // The end of his join may be lost.
      if (this.#brokeAt - (this.#entered.get(room) ?? -Infinity) < DOUBT_MS) this.#topics.delete(room);
      this.newSubject(room, undefined, true);
      this.show(room);
    }
  }

  /** Nothing is paced any more. */
  stop(): void {
    for (const cancel of this.#pacing.values()) cancel();
    this.#pacing.clear();
  }

  /** What is different about the members: at once if it is little. */
  show(room: Room): void {
    if (this.#silent) return;
    for (const session of room.sessions.values()) if (session.live) this.present(room, session, session.show(null));
    // The account itself is out: each of its devices has just been told why.
    if (room.members.of(null) === undefined && room.sessions.size > 0)
      this.#options.registry.left(room, [...room.sessions.keys()]);
    else if (!this.#pacing.has(room)) this.#turn(room, AT_ONCE);
  }

  /** Presences for one device. `statuses`: what its own says besides. */
  present(room: Room, session: Session, shown: readonly Shown[], statuses: readonly Status[] = []): void {
    for (const stanza of this.presences(room, session, shown, statuses)) this.#options.send(stanza);
  }

  /** The same, to be sent with something else. */
  presences(
    room: Room,
    session: Session,
    shown: readonly Shown[],
    statuses: readonly Status[] = [],
  ): readonly Element[] {
    const device: ForDevice = this.#device(room, session.jid);
    return shown.map((one) => presence(one, device, statuses));
  }

  /** To every device that is in the room. */
  tell(room: Room, stanza: Element): void {
    if (this.#silent) return;
    for (const { jid, live } of room.sessions.values()) if (live) this.#options.send(addressed(stanza, jid));
  }

  /** The subject, to a device that joins: from whoever has set it, with the time of that (XEP-0045, 7.2.15). */
  subject(room: Room, session: Session): void {
    this.#topics.set(room, room.document.topic ?? '');
    this.#entered.set(room, this.#options.clock.monotonic());
    this.#options.send(addressed(this.#subject(room, true), session.jid));
  }

  /**
   * The subject is another one: to those that have not heard it. `own`: the account has set it, by the message of that id.
   * `late`: nobody was told when it was set.
   */
  newSubject(room: Room, own?: { readonly id: string | undefined }, late = false): void {
    const { topic = '' } = room.document;
    if (this.#silent || this.#topics.get(room) === topic) return;
    this.#topics.set(room, topic);
    this.tell(room, this.#subject(room, late, own));
  }

  /** What the user says of his being there: all his devices see it. */
  mood(room: Room, children: () => readonly Element[]): void {
    this.#moods.set(room, children);
    for (const session of room.sessions.values()) {
      const occupant = session.seen(null);
      if (occupant && session.live) this.present(room, session, [{ type: 'available', occupant }]);
    }
  }

  /** Devices are in the room no more, for the reason that the codes give. */
  expel(room: Room, jids: readonly string[], codes: readonly Status[], end?: Ending): void {
    for (const jid of jids) {
      const session = room.sessions.get(jid);
      const nick = session?.seen(null)?.nick ?? room.ownNick;
      if (nick !== undefined) this.#options.send(farewell({ nick }, this.#device(room, jid), codes, end));
    }
    this.#options.registry.left(room, jids);
  }

  #subject(room: Room, late: boolean, own?: { readonly id: string | undefined }): Element {
    const { topic = '', topicBy, topicAt } = room.document;
    const jid = roomJid(room, this.#options.domain);
    const setter = topicBy ?? (own === undefined ? topicBy : null);
    const from = setter === undefined ? jid : `${jid}/${room.nickOf(setter)}`;
    const id = own !== undefined && room.author(setter ?? null) === null ? own.id : undefined;
    const stamp = late && topicAt !== undefined && delay(jid, topicAt);
    const who = setter !== undefined && occupantId(room.idOf(setter));
    return x('message', { from, type: 'groupchat', id }, x('subject', {}, topic), who, stamp);
  }

  #turn(room: Room, most: number): void {
    const { bulk, clock, fault } = this.#options;
    let over = false;
    this.#pacing.set(room, () => (over = true));
    const written = bulk.write(() => {
      if (over) return;
      this.#pacing.delete(room);
      for (const { session, shown } of room.due(most)) this.present(room, session, shown);
      if ([...room.sessions.values()].every(({ live, complete }) => !live || complete)) return;
      const cancel = clock.after(TURN_MS, () => {
        this.#pacing.delete(room);
        if (!this.#silent) this.#turn(room, A_TURN);
      });
      this.#pacing.set(room, cancel);
    });
    written.catch((error: unknown) => void fault(error));
  }

  #device(room: Room, to: string): ForDevice {
    return { room, domain: this.#options.domain, to, mood: this.#moods.get(room) };
  }
}

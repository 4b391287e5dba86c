// The account's rooms, and what may be done in them. Each deed is one commit: what it changes, what is told of it, and what
// the people of the room answer, under keys made from the deed's token, so that nothing is said twice.
import { AdapterError } from 'moongate/adapter';
import type { Author, Chat, Delivery, Host, LogEvent, MessageId, NetworkEvent, Role, Session } from 'moongate/adapter';
import { asChat, changed, everybody, garden, line, member, people, present, roleOf, said } from './room.ts';
import { withLines, withRole } from './room.ts';
import type { Line, Room } from './room.ts';
import { obey } from './warden.ts';

type Requests =
  'rooms' | 'join' | 'leave' | 'create' | 'describe' | 'invite' | 'setRole' | 'members' | 'banned' | 'history';
type RoomSession = Required<Pick<Session, Requests>>;
type RoomHost = Pick<Host<unknown, unknown, unknown>, 'commit' | 'state'>;

const STORED = 'room/';
const OWED = 'owed/';
/** Lets a banned user in again. */
const PASSWORD = 'please';
const may: ReadonlySet<Role> = new Set<Role>(['owner', 'admin', 'moderator']);

export class Rooms {
  readonly #host: RoomHost;
  readonly #now: () => number;
  readonly #rooms = new Map<string, Room>();
  /** The last commit. */
  #kept: Promise<void> = Promise.resolve();

  constructor(host: RoomHost, now: () => number) {
    this.#host = host;
    this.#now = now;
  }

  /** Reads the rooms as they were left. */
  async load(): Promise<void> {
    this.#rooms.set('garden', garden(this.#now()));
    for await (const [, bytes] of this.#host.state.list(STORED)) {
      const room = JSON.parse(new TextDecoder().decode(bytes)) as Room;
      this.#rooms.set(room.id, room);
    }
    const joined = [...this.#rooms.values()].filter((room) => room.joined);
    if (joined.length > 0)
      await this.#host.commit({ events: joined.flatMap((room) => [asChat(room), everybody(room)]) });
    for (const [owed, bytes] of await Array.fromAsync(this.#host.state.list(OWED))) {
      const events = JSON.parse(new TextDecoder().decode(bytes)) as NetworkEvent[];
      await this.#host.commit({ events, state: { [owed]: null } });
    }
  }

  /** Everybody in the room reads it; Echo repeats it, the warden does what it asks for. */
  async send(chat: Chat, text: string, { token, at }: Delivery): Promise<{ id: string; at: number }> {
    const room = this.#joined(chat);
    const id = `sent/${token}`;
    if (this.#line(room, id) !== undefined) {
      await this.#kept; // it may be on its way to the disk
      return { id, at };
    }
    if (roleOf(room, null) === 'muted') throw refused('forbidden', 'You may not speak here.');
    const mine = line(null, id, text, at);
    const then = withLines(room, mine);
    // Clients put what they read in an archive in the order of its times: an answer is later than what it answers.
    const later = at + 1;
    const obeyed = roleOf(room, 'warden') === 'none' ? undefined : obey(then, text, token, later);
    const answer = line('echo', `answer/${token}`, text, later);
    const shown = { ...said(room, mine), token };
    if (obeyed !== undefined) await this.#cause(room, obeyed.room, shown, obeyed.events);
    else if (roleOf(room, 'echo') === 'none') await this.#keep(room, then, []);
    else await this.#cause(room, withLines(then, answer), shown, [said(room, answer)]);
    return { id, at };
  }

  /**
   * What is said is shown before what it causes, and by being shown it counts as sent: so what it causes is owed from before
   * that on, and paid after a restart if it comes to that.
   */
  async #cause(
    before: Room,
    room: Room,
    shown: NetworkEvent & { readonly token: string },
    events: readonly NetworkEvent[],
  ): Promise<void> {
    const owed = OWED + shown.token;
    await this.#keep(before, room, [], { [owed]: new TextEncoder().encode(JSON.stringify(events)) });
    this.#kept = this.#host.commit({ events: [shown, ...events], state: { [owed]: null } });
    await this.#kept;
  }

  /** Echo's answer changes with what it answers. */
  async edit(chat: Chat, target: MessageId, text: string, { token, at }: Delivery): Promise<void> {
    const room = this.#joined(chat);
    const lines = room.lines.map((one) => (isAbout(one, target) ? { ...one, text } : one));
    const answer = this.#answer(room, target);
    const event = { type: 'edit', key: `edit/${token}`, from: 'echo', at, chat, content: { text } } as const;
    await this.#keep(room, { ...room, lines }, answer ? [{ ...event, target: answer.id }] : []);
  }

  /** Echo takes its answer back. A moderator may take back what others said. */
  async retract(chat: Chat, target: MessageId, { token, at }: Delivery): Promise<void> {
    const room = this.#joined(chat);
    const gone = this.#line(room, target);
    if (gone?.from !== null && !may.has(roleOf(room, null))) throw refused('forbidden', 'It is not yours.');
    const answer = this.#answer(room, target);
    const event = { type: 'retract', key: `retract/${token}`, from: 'echo', at, chat } as const;
    const lines = room.lines.filter((one) => !isAbout(one, target));
    await this.#keep(room, { ...room, lines }, answer ? [{ ...event, target: answer.id }] : []);
  }

  /** Echo reacts likewise to what it answered. */
  async react(chat: Chat, target: MessageId, emojis: readonly string[], { token, at }: Delivery): Promise<void> {
    const room = this.#joined(chat);
    const event = { type: 'react', key: `react/${token}`, from: 'echo', at, chat, emojis, target } as const;
    await this.#keep(room, room, roleOf(room, 'echo') === 'none' ? [] : [event]);
  }

  readonly requests: RoomSession = {
    rooms: async (query, { after, limit }) => {
      const wanted = query.toLowerCase();
      const all = [...this.#rooms.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      const page = all.slice(from, from + limit);
      const rooms = page.map((room) => ({
        ...{ chat: { kind: 'group', id: room.id }, name: room.name, note: `${present(room).length} people` },
      }));
      const last = page.at(-1);
      return { rooms, ...(last !== undefined && from + limit < all.length ? { next: last.id } : {}) } as Awaited<
        ReturnType<RoomSession['rooms']>
      >;
    },
    join: async (id, password) => {
      const room = this.#room(id);
      const role = roleOf(room, null);
      if (role === 'banned' && password !== PASSWORD) throw refused('forbidden', 'You were banned.');
      const as = role === 'banned' || role === 'none' ? 'member' : role;
      const then = { ...withRole(room, null, as), joined: true };
      await this.#keep(room, then, [asChat(then), everybody(then)]);
    },
    leave: async (id) => {
      const room = this.#room(id);
      const then = { ...withRole(room, null, 'none'), joined: false };
      await this.#keep(room, then, [changed(room, { user: null, role: 'none' }), asChat(then)]);
    },
    create: async (name, users) => {
      const slug =
        name
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^-|-$/g, '') || 'room';
      let id = slug;
      for (let number = 2; this.#rooms.has(id); number += 1) id = `${slug}-${number}`;
      for (const user of users) mustLive(user);
      const members = [{ user: null, role: 'owner' } as const, ...users.map((user) => member(user, 'member'))];
      const room: Room = { id, name, topic: '', open: false, joined: true, members, lines: [] };
      await this.#keep(undefined, room, [asChat(room), everybody(room)]);
      return id;
    },
    describe: async (id, { name, topic }) => {
      const room = this.#ruled(id);
      const then = { ...room, name: name ?? room.name, topic: topic ?? room.topic };
      await this.#keep(room, then, [asChat(then)]);
    },
    invite: async (id, user) => {
      const room = this.#joined({ kind: 'group', id });
      mustLive(user);
      await this.#keep(room, withRole(room, user, 'member'), [changed(room, { ...member(user, 'member'), by: null })]);
    },
    setRole: async (id, user, role, reason) => {
      const room = this.#ruled(id);
      const before = roleOf(room, user);
      if (before === 'none' && role !== 'banned') throw refused('not-found', `${user} is not here.`);
      if (before === 'owner' && roleOf(room, null) !== 'owner') throw refused('forbidden', 'The owner stays.');
      const told = { ...member(user, role), by: null, ...(reason === undefined ? {} : { reason }) };
      await this.#keep(room, withRole(room, user, role), [changed(room, told)]);
    },
    members: (chat) => everyone(present(this.#room(chat.id))),
    banned: async (id) => this.#room(id).members.filter(({ role }) => role === 'banned'),
    history: async (chat, { before, limit }) => {
      const room = this.#joined(chat);
      const end = before === undefined ? room.lines.length : room.lines.findIndex(({ id }) => id === before);
      return room.lines.slice(Math.max(0, end - limit), Math.max(0, end)).map((one): LogEvent => said(room, one));
    },
  };

  #room(id: string): Room {
    const room = this.#rooms.get(id);
    if (room === undefined) throw refused('not-found', `There is no room ${id} here.`);
    return room;
  }

  #joined({ id }: Chat): Room {
    const room = this.#room(id);
    if (!room.joined) throw refused('forbidden', `You are not in ${room.name}.`);
    return room;
  }

  /** One that the user may change. */
  #ruled(id: string): Room {
    const room = this.#joined({ kind: 'group', id });
    if (!may.has(roleOf(room, null))) throw refused('forbidden', 'Only moderators may do that.');
    return room;
  }

  #line = ({ lines }: Room, id: MessageId): Line | undefined => lines.find((one) => one.id === id);
  #answer = (room: Room, target: MessageId): Line | undefined => this.#line(room, target.replace(/^sent\//, 'answer/'));

  /** All of it lands, or nothing: only then is the room what it has become. */
  async #keep(
    before: Room | undefined,
    room: Room,
    events: readonly NetworkEvent[],
    also: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<void> {
    const moved = before !== undefined && before.id !== room.id;
    const bytes = new TextEncoder().encode(JSON.stringify(room));
    const state = { ...also, ...(moved ? { [STORED + before.id]: null } : {}), [STORED + room.id]: bytes };
    if (moved) this.#rooms.delete(before.id);
    this.#rooms.set(room.id, room);
    this.#kept = this.#host.commit({ events, state });
    await this.#kept;
  }
}

async function* everyone<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

/** It is the message, or Echo's answer to it. */
const isAbout = ({ id }: Line, target: MessageId): boolean =>
  id === target || id === target.replace(/^sent\//, 'answer/');

function mustLive(user: NonNullable<Author>): void {
  if (!Object.hasOwn(people, user)) throw refused('not-found', `There is no ${user} here.`);
}

const refused = (reason: 'forbidden' | 'not-found', words: string): AdapterError =>
  new AdapterError({ code: 'rejected', reason }, words);

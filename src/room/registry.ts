// The rooms that are in memory, and what of them is on disk: who is in a room (one snapshot each, written at leisure where it is large) and which
// devices have joined it (at once, lest a restart leave a ghost).
import type { ChatId, Log } from '../adapter/api.ts';
import type { Directory } from '../account/directory.ts';
import type { Clock } from '../clock.ts';
import { chatName } from '../lane/chats.ts';
import type { ChatDocument } from '../message/entry.ts';
import { occupantId } from '../message/ids.ts';
import { latelyKey, type Told } from '../message/lately.ts';
import { StoreError, type AccountId, type Doc, type Fence, type Json, type Store } from '../store/api.ts';
import type { Snapshot } from './members.ts';
import { Room } from './room.ts';

export interface RegistryOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'doc' | 'docs' | 'step' | 'chatNumber'>;
  readonly fence: Fence;
  readonly directory: Pick<Directory, 'get'>;
  /** Makes occupant-ids. */
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
}

/** The document of kind 'occupant': a device that has joined. */
interface OccupantDocument {
  readonly account: AccountId;
  readonly room: ChatId;
  readonly jid: string;
}

/** A snapshot of a large room waits for further changes, since all of it is written; that of a small one does not. */
const SMALL = 200;
const LEISURE_MEMBER_MS = 2;
const LONGEST_MS = 10_000;
/** Rooms in memory beyond which those that nobody is in are forgotten. */
const MOST_IDLE = 1_000;

export class Registry {
  readonly #options: RegistryOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #opening = new Map<string, Promise<Room>>();
  readonly #unsaved = new Map<Room, () => void>();
  /** While devices come back: what was told after the snapshots that they were shown. */
  #lately: Map<Room, readonly Told[]> | undefined = new Map();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** A room that is in memory. */
  get(account: AccountId, chat: ChatId): Room | undefined {
    return this.#rooms.get(nameOf(account, chat));
  }

  all(): IterableIterator<Room> {
    return this.#rooms.values();
  }

  /** The room of a group, read from disk if need be; also of one that the account is not in. */
  open(account: AccountId, chat: ChatId): Promise<Room> {
    const name = nameOf(account, chat);
    const known = this.#rooms.get(name);
    if (known) return Promise.resolve(known);
    const opening = this.#opening.get(name) ?? this.#read(account, chat).finally(() => this.#opening.delete(name));
    this.#opening.set(name, opening);
    return opening;
  }

  /** Reads what the network says of the room anew; gives what was known before. */
  async refresh(room: Room): Promise<ChatDocument> {
    const before = room.document;
    room.document = await this.#document(room.account, room.chat);
    return before;
  }

  /** The devices that had joined before a start, in their rooms. One look at the disk for all accounts. */
  async *occupants(): AsyncIterable<readonly [room: Room, jid: string]> {
    const { directory, domain, store } = this.#options;
    const gone: Doc[] = [];
    for await (const { key, value, ...doc } of store.docs(0, 'occupant', `${domain} `)) {
      const { account, room, jid } = value as unknown as OccupantDocument;
      if (directory.get(account) === undefined) gone.push({ ...doc, key, value: null });
      else yield [await this.open(account, room), jid];
    }
    await this.#write(gone);
  }

  /** Devices are back in their rooms: what was told behind the snapshots is different from what they were shown. */
  catchUp(): void {
    const lately = this.#lately ?? [];
    this.#lately = undefined;
    for (const [room, told] of lately) this.#tell(room, told);
  }

  /** A device joins: resolves when that is on disk, and who it finds there. */
  async joined(room: Room, jid: string): Promise<void> {
    this.#rooms.set(nameOf(room.account, room.chat), room);
    const value: OccupantDocument = { account: room.account, room: room.chat, jid };
    const snapshot = room.members.size <= SMALL ? [this.#snapshot(room)] : [];
    await this.#write([{ ...this.#occupant(room, jid), value: value as unknown as Json }, ...snapshot, this.#alive()]);
    this.changed(room);
  }

  /** When the gateway was last known to be there, in milliseconds since 1970; while somebody is in a room it is said often. */
  async lastAlive(): Promise<number | undefined> {
    const { account, kind, key } = this.#alive();
    const at = await this.#options.store.doc(account, kind, key);
    return typeof at === 'number' ? at : undefined;
  }

  /** The gateway is there, and somebody is in a room. */
  remember(): void {
    if (![...this.#rooms.values()].some(({ sessions }) => sessions.size > 0)) return;
    this.#write([this.#alive()]).catch((error: unknown) => this.#complain(error));
  }

  /** Devices are in the room no more. */
  left(room: Room, jids: readonly string[]): void {
    for (const jid of jids) room.leave(jid);
    const docs = jids.map((jid) => ({ ...this.#occupant(room, jid), value: null }));
    this.#write(docs).catch((error: unknown) => this.#complain(error));
    this.#trim();
  }

  /** The members have changed: they are written at leisure. */
  changed(room: Room): void {
    if (this.#unsaved.has(room)) return;
    const { size } = room.members;
    const wait = size <= SMALL ? 0 : Math.min(LEISURE_MEMBER_MS * size, LONGEST_MS);
    this.#unsaved.set(
      room,
      this.#options.clock.after(wait, () => void this.#save(room)),
    );
  }

  /** Writes what is unwritten. */
  async flush(): Promise<void> {
    await Promise.all([...this.#unsaved.keys()].map((room) => this.#save(room)));
  }

  /** A group has a new id: its members go with it. */
  async move(from: Room, to: ChatId): Promise<Room> {
    const moved = await this.open(from.account, to);
    if (moved.members.size === 0) moved.restore(from.members.snapshot());
    this.changed(moved);
    this.#drop(from);
    await this.#write([{ ...memberDoc(from), value: null }]);
    return moved;
  }

  /** The account is no more. */
  forget(account: AccountId): void {
    for (const room of [...this.#rooms.values()]) if (room.account === account) this.#drop(room);
  }

  async #read(account: AccountId, chat: ChatId): Promise<Room> {
    const { store, directory, key } = this.#options;
    const number = await store.chatNumber(account, groupName(chat));
    const snapshot = await store.doc(account, 'member', groupName(chat));
    const room = new Room({
      ...{ account, chat, number, document: await this.#document(account, chat) },
      self: () => {
        const known = directory.get(account);
        return [known?.remote, known?.status?.self].filter((id) => id !== undefined);
      },
      wish: directory.get(account)?.jid.split('@')[0] ?? '',
      id: (user) => occupantId(key, account, String(number), user),
    });
    if (snapshot !== undefined && snapshot !== null) room.restore(snapshot as unknown as Snapshot);
    const told = ((await store.doc(account, 'member', latelyKey(groupName(chat)))) ?? []) as unknown as readonly Told[];
    if (this.#lately) this.#lately.set(room, told);
    else this.#tell(room, told);
    this.#rooms.set(nameOf(account, chat), room);
    return room;
  }

  #tell(room: Room, all: readonly Told[]): void {
    let isNews = false;
    for (const { members, complete } of all) isNews = room.update(members, complete === true).length > 0 || isNews;
    if (isNews) this.changed(room);
  }

  async #document(account: AccountId, chat: ChatId): Promise<ChatDocument> {
    return ((await this.#options.store.doc(account, 'chat', groupName(chat))) ?? {}) as ChatDocument;
  }

  async #save(room: Room): Promise<void> {
    this.#unsaved.get(room)?.();
    this.#unsaved.delete(room);
    await this.#write([this.#snapshot(room)]).catch((error: unknown) => this.#complain(error));
  }

  #snapshot(room: Room): Doc {
    return { ...memberDoc(room), value: room.members.snapshot() as unknown as Json };
  }

  /** All of a transport stand together, and are the gateway's own: one look finds them. */
  #occupant({ account, chat }: Room, jid: string): Omit<Doc, 'value'> {
    return { account: 0, kind: 'occupant', key: `${this.#options.domain} ${account} ${jid} ${chat}` };
  }

  #alive(): Doc {
    const { clock, domain } = this.#options;
    return { account: 0, kind: 'setting', key: `alive/${domain}`, value: clock.now() };
  }

  async #write(docs: readonly Doc[]): Promise<void> {
    const { store, fence } = this.#options;
    if (docs.length > 0) await store.step({ fence, docs });
  }

  #complain(error: unknown): void {
    // The account is being erased, or the process ends.
    if (error instanceof StoreError && (error.code === 'gone' || error.code === 'closed')) return;
    this.#options.log.error({ error }, 'a room could not be kept');
  }

  #drop(room: Room): void {
    this.#unsaved.get(room)?.();
    this.#unsaved.delete(room);
    this.#rooms.delete(nameOf(room.account, room.chat));
  }

  #trim(): void {
    if (this.#rooms.size <= MOST_IDLE) return;
    for (const room of [...this.#rooms.values()])
      if (room.sessions.size === 0 && !this.#unsaved.has(room)) this.#drop(room);
  }
}

const groupName = (chat: ChatId): string => chatName({ kind: 'group', id: chat });
const nameOf = (account: AccountId, chat: ChatId): string => `${account}/${chat}`;
const memberDoc = ({ account, chat }: Room) => ({ account, kind: 'member', key: groupName(chat) }) as const;

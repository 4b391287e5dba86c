// XEP-0045 1.35.5, 6: what a room tells of itself and who is in it, and a domain of its rooms.
import type { Directory } from '../../account/directory.ts';
import type { Back } from '../../link.ts';
import type { ChatDocument } from '../../message/entry.ts';
import type { Occupant } from '../../room/members.ts';
import type { Room } from '../../room/room.ts';
import type { Store } from '../../store/api.ts';
import { chatJid } from '../address.ts';
import type { Refusal } from '../error.ts';
import type { RoomLook } from '../room-look.ts';
import { x, type Element } from '../stanza.ts';
import { nodeAt, NS_INFO, NS_ITEMS, writeInfo, writeNodes } from './disco.ts';
import { announced, IqError, type Feature, type Request } from './feature.ts';
import { writeForm, type FormField } from './form.ts';
import { NS_HATS } from './hats.ts';
import { NS_MODERATE_0 } from './moderated.ts';
import { NS_MUC } from './muc.ts';
import { NS_OCCUPANT_ID } from './occupant-id.ts';
import { NS_SID } from './origin-id.ts';
import { NS_PING } from './ping.ts';
import { NS_REACTIONS } from './reactions.ts';
import { cutPage, readPage, writePage, type PageTold, type PageWish } from './rsm.ts';

/** Says that a reflection keeps the id of the message (XEP-0045, 7.4). */
const STABLE_ID = `${NS_MUC}#stable_id`;
/** Says that the room answers pings to one's own nick itself (XEP-0410). */
const SELF_PING = `${NS_MUC}#self-ping-optimization`;
/** A node that tells the nick that is kept for the asker (7.12). */
const NICK_NODE = 'x-roomuser-item';
const NS_VCARD = 'vcard-temp';
/** Items of a page, at most. */
const MOST = 100;
/** Places in the network's list of rooms that are remembered, for those who page through it. */
const MOST_PLACES = 1_000;
/** Pages that are fetched from the network for one of ours, since rooms that the account is in are left out. */
const MOST_TURNS = 5;

export interface MucInfoOptions {
  readonly look: RoomLook;
  readonly features: () => readonly Feature[];
}

/** What is announced of one room. */
export function roomFeatures({ isPrivate, members }: Pick<Room, 'isPrivate' | 'members'>): readonly string[] {
  const access = isPrivate ? ['muc_membersonly', 'muc_nonanonymous', 'muc_hidden'] : openRoom;
  // Only where there is moderation is anybody without a voice (5.1.1).
  const isModerated = [...members.all()].some(({ role }) => role === 'muted');
  return [...access, 'muc_persistent', isModerated ? 'muc_moderated' : 'muc_unmoderated', 'muc_unsecured'];
}
const openRoom = ['muc_open', 'muc_semianonymous', 'muc_public'];

/** Answers disco of rooms, and requests to those in them. */
export function mucInfo({ look, features }: MucInfoOptions): Feature {
  const to = { type: 'get', name: 'query' } as const;
  return {
    announces: { room: [NS_MUC, STABLE_ID, SELF_PING, NS_SID, NS_OCCUPANT_ID, NS_MODERATE_0, NS_REACTIONS, NS_HATS] },
    iq: [
      { ...to, on: ['room'], ns: NS_INFO, handle: (request) => roomInfo(look, features(), request) },
      { ...to, on: ['room'], ns: NS_ITEMS, handle: (request) => occupants(look, features(), request) },
      {
        ...{ ...to, on: ['room'], name: 'vCard', ns: NS_VCARD },
        handle: async (request) => vCard((await look.find(request, true)).room.document.name),
      },
      { ...to, on: ['occupant'], name: 'vCard', ns: NS_VCARD, handle: (request) => cardOf(look, request) },
      { ...to, on: ['occupant'], ns: NS_INFO, handle: (request) => toOccupant(look, request, 'bad-request') },
      { ...to, on: ['occupant'], ns: NS_ITEMS, handle: (request) => toOccupant(look, request, 'bad-request') },
      {
        ...{ ...to, on: ['room'], name: 'ping', ns: NS_PING },
        handle: async (request) => void (await look.find(request, true)),
      },
      { ...to, on: ['occupant'], name: 'ping', ns: NS_PING, handle: (request) => selfPing(look, request) },
    ],
    unknown: { occupant: (request) => toOccupant(look, request, 'not-acceptable') },
  };
}

/** What is known of somebody without asking the network: a client may ask for everybody in a room. */
async function cardOf(look: RoomLook, request: Request): Promise<Element> {
  const { name, nick } = await occupantOf(look, request);
  return vCard(name ?? nick, nick);
}

const vCard = (name: string | undefined, nick?: string): Element =>
  x(
    'vCard',
    { xmlns: NS_VCARD },
    name !== undefined && x('FN', {}, name),
    nick !== undefined && x('NICKNAME', {}, nick),
  );

/** Nobody on the network has a client that could answer. `outside`: what is said to who is not in the room (6.6, 13.6). */
async function toOccupant(look: RoomLook, request: Request, outside: Refusal): Promise<never> {
  await occupantOf(look, request, outside);
  throw new IqError('service-unavailable');
}

async function roomInfo(look: RoomLook, features: readonly Feature[], request: Request): Promise<Element> {
  const asked = await look.find(request, true);
  const { room } = asked;
  const node = request.payload.attrs['node'];
  if (node === NICK_NODE) return reservedNick(room);
  if (node !== undefined) {
    const at = await nodeAt(features, node, request);
    return writeInfo(at.identities, at.features, node);
  }
  const name = room.document.name ?? room.chat;
  const all = [...announced(features, 'room', asked.account.status?.can), ...roomFeatures(room)].sort();
  const told = writeInfo([{ category: 'conference', type: 'text', name }], all);
  told.append(writeForm({ type: 'result', formType: `${NS_MUC}#roominfo`, fields: roomFields(room, name) }));
  return told;
}

/** The form is the first one of the answer: some clients read no other. */
function roomFields({ document, members }: Room, name: string): readonly FormField[] {
  const { topic, size } = document;
  const occupants = size ?? (members.size > 0 ? members.size : undefined);
  return [
    { var: 'muc#roomconfig_roomname', type: 'text-single', value: name },
    ...(topic === undefined ? [] : [{ var: 'muc#roominfo_description', type: 'text-single', value: topic } as const]),
    { var: 'muc#roominfo_subject', type: 'text-single', value: topic ?? '' },
    ...(occupants === undefined
      ? []
      : [{ var: 'muc#roominfo_occupants', type: 'text-single', value: occupants.toString() } as const]),
    { var: 'muc#roomconfig_allowpm', type: 'list-single', value: 'anyone' },
  ];
}

function reservedNick({ ownNick }: Room): Element {
  const identities = ownNick === undefined ? [] : [{ category: 'conference', type: 'text', name: ownNick }];
  return writeInfo(identities, [], NICK_NODE);
}

async function occupants(look: RoomLook, features: readonly Feature[], request: Request): Promise<Element> {
  const { room, jid } = await look.find(request, true);
  const node = request.payload.attrs['node'];
  if (node !== undefined) return writeNodes(await nodeAt(features, node, request), request, node);
  const all = [...room.members.all()].map(({ nick }) => ({ jid: `${jid}/${nick}` }));
  return itemsPage(all, pageOf(request), undefined);
}

function pageOf({ payload }: Request): PageWish {
  const wish = readPage(payload);
  if (wish === undefined) throw new IqError('bad-request');
  return wish;
}

interface Item {
  readonly jid: string;
  readonly name?: string;
}

function itemsPage(all: readonly Item[], wish: PageWish, node: string | undefined): Element {
  const page = cutPage(all, ({ jid }) => jid, wish, MOST);
  if (page === undefined) throw new IqError({ code: 'not-found' });
  const isWhole = Object.keys(wish).length === 0 && page.items.length === all.length;
  return writeItems(page.items, isWhole ? undefined : page.told, node);
}

const writeItems = (items: readonly Item[], told: PageTold | undefined, node?: string): Element =>
  x(
    'query',
    { xmlns: NS_ITEMS, node },
    ...items.map(({ jid, name }) => x('item', { jid, name })),
    told && writePage(told),
  );

/**
 * Somebody in the room whom a request is for. To clients `item-not-found` means that a nick is another one (XEP-0410, 3.2): who
 * is not in the room is told that, even if there is no such room.
 */
async function occupantOf(look: RoomLook, request: Request, outside: Refusal = 'not-acceptable'): Promise<Occupant> {
  const { from, to } = request;
  const asked = await look.find(request).catch((error: unknown) => {
    const isUnknown = error instanceof IqError && typeof error.why !== 'string' && error.why.code === 'not-found';
    throw isUnknown ? new IqError(outside) : error;
  });
  if (!asked.room.sessions.has(from)) throw new IqError(outside);
  const occupant = asked.room.byNick(to.resource ?? '');
  if (occupant === undefined) throw new IqError('item-not-found');
  return occupant;
}

/** XEP-0410: whether the device that asks is in the room, under the nick that it believes to have. */
async function selfPing(look: RoomLook, request: Request): Promise<undefined> {
  const { user } = await occupantOf(look, request);
  if (user !== null) throw new IqError('service-unavailable');
}

/** Where a page of a network's list ended: what asks for the next one, or that there is none. */
interface ListPlace {
  readonly next?: string;
  readonly end?: true;
}

export interface RoomListOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'docs'>;
  readonly back: Pick<Back, 'rooms'>;
  readonly directory: Pick<Directory, 'allOf'>;
}

/** The rooms of a domain as its items: those that the account is in, then what the network lists. */
export class RoomList {
  readonly #options: RoomListOptions;
  /** Where a page of the network's list ended, and what asks for the next one. */
  readonly #places = new Map<string, ListPlace>();

  constructor(options: RoomListOptions) {
    this.#options = options;
  }

  async items(request: Request): Promise<Element> {
    const { user } = request;
    const wish = pageOf(request);
    const accounts = this.#options.directory.allOf(user).filter(({ state }) => state !== 'closing');
    const joined = (await Promise.all(accounts.map(({ id }) => this.#joined(id)))).flat();
    // Several networks behind one domain have no list that could be paged through.
    const [account] = accounts.length === 1 ? accounts : [];
    if (account?.status?.state !== 'online' || !account.status.can.includes('rooms'))
      return itemsPage(joined, wish, undefined);
    const limit = Math.min(wish.max ?? MOST, MOST);
    if (wish.before !== undefined || wish.index !== undefined) throw new IqError({ code: 'unsupported' });
    if (limit === 0) return writeItems([], {});
    const place = wish.after === undefined ? undefined : this.#places.get(`${user} ${wish.after}`);
    const at = place === undefined && wish.after !== undefined ? joined.findIndex(({ jid }) => jid === wish.after) : -1;
    if (wish.after !== undefined && place === undefined && at < 0) throw new IqError({ code: 'not-found' });
    const items = place === undefined ? joined.slice(at + 1, at + 1 + limit) : [];
    const next = place?.end === true ? undefined : await this.#listed(account.id, joined, items, place?.next, limit);
    const last = items.at(-1)?.jid;
    if (last !== undefined && next !== undefined) this.#remember(`${user} ${last}`, next);
    return writeItems(items, { first: items[0]?.jid, last });
  }

  /** Fills a page up from the network's list, without what stands on it already. Gives where it ended. */
  async #listed(
    account: number,
    joined: readonly Item[],
    items: Item[],
    from: string | undefined,
    limit: number,
  ): Promise<ListPlace | undefined> {
    const { back, domain } = this.#options;
    const known = new Set(joined.map(({ jid }) => jid));
    let next = from;
    for (let turn = 0; items.length < limit && turn < MOST_TURNS; turn += 1) {
      const left = limit - items.length;
      const page = await back.rooms(account, '', { limit: left, ...(next === undefined ? {} : { after: next }) });
      const others = page.rooms.map(({ chat, name }) => ({ jid: chatJid(chat, domain), name }));
      items.push(...others.filter(({ jid }) => !known.has(jid)));
      next = page.next;
      if (next === undefined) return { end: true };
      if (turn === MOST_TURNS - 1 || items.length >= limit) return { next };
    }
    return undefined;
  }

  async #joined(account: number): Promise<readonly Item[]> {
    const items: Item[] = [];
    for await (const { key, value } of this.#options.store.docs(account, 'chat', 'group/')) {
      const { joined, name } = value as ChatDocument;
      const jid = chatJid({ kind: 'group', id: key.slice('group/'.length) }, this.#options.domain);
      if (joined === true) items.push(name === undefined ? { jid } : { jid, name });
    }
    return items;
  }

  #remember(place: string, next: ListPlace): void {
    const [oldest] = this.#places.keys();
    if (oldest !== undefined && this.#places.size >= MOST_PLACES) this.#places.delete(oldest);
    this.#places.set(place, next);
  }
}

// XEP-0313 1.1.3: the archive of a room, for the one whose room it is. Pages are told by RSM (XEP-0059).
import type { Registered } from '../../account/directory.ts';
import { LinkError, type Back } from '../../link.ts';
import type { ArchivedRow, ArchivePage, ArchiveQuery, Store } from '../../store/api.ts';
import type { Bulk } from '../bulk.ts';
import { x, type Element } from '../stanza.ts';
import { delay } from './delay.ts';
import { IqError, type Feature, type Request } from './feature.ts';
import { NS_FORM, readForm, writeForm, type Submission } from './form.ts';
import { readPage, writePage, type PageWish } from './rsm.ts';

/** Namespace of XEP-0313. */
export const NS_MAM = 'urn:xmpp:mam:2';
/** Namespace of its further fields, flipped pages and metadata. */
export const NS_MAM_EXTENDED = `${NS_MAM}#extended`;
const NS_FORWARD = 'urn:xmpp:forward:0';

/** A room and what its archive is told with. */
export interface ArchivedRoom {
  readonly account: Registered;
  /** The group's id on the network. */
  readonly chat: string;
  /** Its number in the store. */
  readonly number: number;
  /** The room's bare JID. */
  readonly jid: string;
  /** Who is meant by an address; undefined: everybody, an empty list: nobody. */
  who(jid: string): Promise<readonly (string | null)[] | undefined>;
  /** A row as the message that it was; undefined where there is nothing to tell. */
  render(row: ArchivedRow): Element | undefined;
}

export interface MamOptions {
  readonly store: Pick<Store, 'archive' | 'archiveEnds'>;
  readonly back: Pick<Back, 'history'>;
  /** The room that is asked, if the asker may read it; throws an IqError otherwise. */
  readonly room: (request: Request) => Promise<ArchivedRoom>;
  readonly bulk: Bulk;
  readonly send: (stanza: Element) => void;
  readonly newId: () => string;
}

/** Rows of a page if nobody says, and at most. */
const USUAL = 50;
const MOST = 250;
/** How often a network is asked for older history to fill one page. */
const DEEPEST = 3;

const fields = ['with', 'start', 'end', 'before-id', 'after-id', 'ids'] as const;

/** What a query asks for. */
export interface MamQuery {
  readonly id: string | undefined;
  readonly with: string | undefined;
  readonly flip: boolean;
  readonly page: PageWish;
  readonly filter: Pick<ArchiveQuery, 'start' | 'end' | 'afterId' | 'beforeId' | 'ids'>;
}

/** Reads a query; throws the IqError that answers a wrong one. */
export function readQuery(query: Element): MamQuery {
  const page = readPage(query);
  const form = readForm(query);
  if (page === undefined || (query.getChild('x', NS_FORM) && !isQuery(form))) throw new IqError('bad-request');
  const values = form?.values ?? new Map<string, readonly string[]>();
  for (const name of values.keys())
    if (!fields.some((known) => known === name)) throw new IqError({ code: 'unsupported' });
  const one = (name: (typeof fields)[number]): string | undefined => values.get(name)?.[0];
  const ids = values.get('ids');
  const filter = {
    start: time(one('start')),
    end: time(one('end')),
    afterId: one('after-id'),
    beforeId: one('before-id'),
    ids,
  };
  return {
    ...{ id: query.attrs['queryid'], with: one('with'), page },
    flip: query.getChild('flip-page') !== undefined,
    filter: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
  };
}

const isQuery = (form: Submission | undefined): boolean => form?.type === 'submit' && form.formType === NS_MAM;

/** A time of XEP-0082. */
function time(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const at = /^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(written) ? Date.parse(written) : NaN;
  if (Number.isNaN(at)) throw new IqError('bad-request');
  return at;
}

/** Answers for the archives of rooms. */
export function mam(options: MamOptions): Feature {
  const archive = new Archive(options);
  const iq = { on: ['room'], name: 'query', ns: NS_MAM } as const;
  return {
    announces: { room: [NS_MAM_EXTENDED] },
    iq: [
      { ...iq, type: 'get', handle: () => x('query', { xmlns: NS_MAM }, form()) },
      { ...iq, type: 'set', handle: (request) => archive.query(request) },
      { ...iq, type: 'get', name: 'metadata', handle: (request) => archive.metadata(request) },
    ],
  };
}

const form = (): Element =>
  writeForm({
    ...{ type: 'form', formType: NS_MAM },
    fields: fields.map((name) => ({
      ...{ var: name, type: name === 'with' ? 'jid-single' : name === 'ids' ? 'list-multi' : 'text-single' },
    })),
  });

class Archive {
  readonly #options: MamOptions;
  /** Rooms of whose history the network has nothing older, by their numbers. */
  readonly #exhausted = new Set<number>();
  readonly #fetching = new Map<number, Promise<number | undefined>>();

  constructor(options: MamOptions) {
    this.#options = options;
  }

  async query(request: Request): Promise<Element> {
    const asked = readQuery(request.payload);
    const room = await this.#options.room(request);
    const from = asked.with === undefined ? undefined : await room.who(asked.with);
    if (from !== undefined && asked.page.index !== undefined) throw new IqError({ code: 'unsupported' });
    const { page, exhausted } = await this.#deep(room, rowsOf(room, asked, from), asked);
    const rows = asked.flip ? page.rows.toReversed() : page.rows;
    for (const row of rows) await this.#options.bulk.write(() => this.#tell(request, room, row, asked.id));
    const { count } = page;
    const told = {
      ...{ first: page.rows[0]?.id, last: page.rows.at(-1)?.id },
      // Not of a page that goes backwards: slixmpp, and with it Poezio, would take the last page for the end.
      index: page.rows.length === 0 || asked.page.before !== undefined ? undefined : count?.index,
      count: count?.total,
    };
    const complete = page.complete && exhausted ? 'true' : undefined;
    return x('fin', { xmlns: NS_MAM, queryid: asked.id, complete }, writePage(told));
  }

  async metadata(request: Request): Promise<Element> {
    const { account, number } = await this.#options.room(request);
    const ends = await this.#options.store.archiveEnds(account.id, number);
    if (ends === undefined) return x('metadata', { xmlns: NS_MAM });
    const end = (name: string, { id, at }: { readonly id: string; readonly at: number }): Element =>
      x(name, { id, timestamp: new Date(at).toISOString() });
    return x('metadata', { xmlns: NS_MAM }, end('start', ends.first), end('end', ends.last));
  }

  /** Where a page reaches the old end, what is older is fetched from a network that has it. */
  async #deep(
    room: ArchivedRoom,
    query: ArchiveQuery,
    { page: wish }: MamQuery,
  ): Promise<{ readonly page: ArchivePage; readonly exhausted: boolean }> {
    let page = await this.#page(query);
    const able = room.account.status?.can.includes('history') === true && !this.#exhausted.has(room.number);
    const backwards = query.last === true && query.ids === undefined && query.afterId === undefined;
    if (!able || !backwards || wish.after !== undefined || query.limit === 0) return { page, exhausted: true };
    if (!page.complete || !(await this.#reachesStart(room, query))) return { page, exhausted: true };
    for (let turn = 0; turn < DEEPEST && page.complete && page.rows.length < query.limit; turn += 1) {
      const came = await this.#fetch(room, query.limit - page.rows.length);
      if (came === 0) return { page, exhausted: true };
      if (came === undefined) break;
      page = await this.#page(query);
    }
    // With nothing on a page there is no place from which a client could go on.
    return { page, exhausted: page.rows.length === 0 };
  }

  /** What is older than the archive could be in the range that is asked for. */
  async #reachesStart({ account, number }: ArchivedRoom, { start }: ArchiveQuery): Promise<boolean> {
    if (start === undefined) return true;
    const ends = await this.#options.store.archiveEnds(account.id, number);
    return ends === undefined || start < ends.first.at;
  }

  /** How much came of what is older; undefined where the network cannot be asked. Two devices share one answer. */
  #fetch(room: ArchivedRoom, limit: number): Promise<number | undefined> {
    const { number } = room;
    const fetching = this.#fetching.get(number) ?? this.#ask(room, limit).finally(() => this.#fetching.delete(number));
    this.#fetching.set(number, fetching);
    return fetching;
  }

  async #ask({ account, chat, number }: ArchivedRoom, limit: number): Promise<number | undefined> {
    try {
      const came = await this.#options.back.history(account.id, chat, limit);
      if (came === 0) this.#exhausted.add(number);
      return came;
    } catch (error) {
      // The network is away: what is here is told all the same.
      if (error instanceof LinkError) return undefined;
      throw error;
    }
  }

  async #page(query: ArchiveQuery): Promise<ArchivePage> {
    const page = await this.#options.store.archive(query);
    if (page === undefined) throw new IqError('item-not-found');
    return page;
  }

  #tell({ from }: Request, room: ArchivedRoom, row: ArchivedRow, queryid: string | undefined): void {
    const message = room.render(row);
    if (message === undefined) return;
    message.attrs['xmlns'] = 'jabber:client';
    const forwarded = x('forwarded', { xmlns: NS_FORWARD }, delay(room.jid, row.arrived), message);
    const result = x('result', { xmlns: NS_MAM, queryid, id: row.id }, forwarded);
    this.#options.send(x('message', { from: room.jid, to: from, id: this.#options.newId() }, result));
  }
}

function rowsOf(
  { account, number }: ArchivedRoom,
  { filter, page }: MamQuery,
  from: readonly (string | null)[] | undefined,
): ArchiveQuery {
  const { max = USUAL, after, before, index } = page;
  return {
    ...{ account: account.id, chat: number, limit: Math.min(max, MOST), ...filter },
    ...(from === undefined ? {} : { from }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { last: true }),
    ...(before === undefined || before === '' ? {} : { before }),
    ...(index === undefined ? {} : { index }),
  };
}

// A front with a room in it: what the network says of the group, and what the user's devices do there and hear.
import assert from 'node:assert/strict';
import type { LogEvent, Member } from '../../../src/adapter/api.ts';
import type { ChatDocument, InBody } from '../../../src/message/entry.ts';
import type { AccountId, ArchiveRow, Json } from '../../../src/store/api.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { device, domain, FrontBench, juliet, type BenchOptions } from './bench.ts';

export const garden = `#garden@${domain}`;
export const chamber = `${juliet}/chamber`;
export const NS_USER = 'http://jabber.org/protocol/muc#user';

/** People of the group, juliet's own account among them. */
export const people: readonly Member[] = [
  { user: 'r', name: 'Romeo', role: 'owner' },
  { user: 'm', name: 'Mercutio', role: 'member' },
  { user: null, name: 'Juliet', role: 'member' },
];

export class RoomBench implements AsyncDisposable {
  readonly bench: FrontBench;
  readonly account: AccountId;
  #keys = 0;

  private constructor(bench: FrontBench, account: AccountId) {
    this.bench = bench;
    this.account = account;
  }

  /** A registered user whose account is in the group, of which nothing has been shown yet. */
  static async start(
    document: ChatDocument = { name: 'The garden', topic: 'Roses', joined: true },
    members: readonly Member[] = people,
    options: BenchOptions = {},
  ): Promise<RoomBench> {
    const bench = await FrontBench.start(options);
    const rooms = new RoomBench(bench, await bench.register());
    await bench.front.online();
    await rooms.settings({ told: true });
    await rooms.document(document);
    rooms.members(members, true);
    await rooms.settled();
    bench.sent.length = 0;
    return rooms;
  }

  async settings(value: Json): Promise<void> {
    await this.write('setting', 'room/group/garden', value);
  }

  async write(kind: 'chat' | 'setting' | 'member', key: string, value: Json): Promise<void> {
    const fence = await this.bench.store.acquire(`account/${this.account}`, 'node', 1_000);
    assert(fence);
    await this.bench.store.step({ fence, docs: [{ account: this.account, kind, key, value }] });
  }

  /** The network says how the group is. */
  async document(document: ChatDocument, chat = 'garden'): Promise<void> {
    await this.write('chat', `group/${chat}`, document as Json);
    this.bench.front.room(this.account, chat);
    await this.settled();
  }

  /** The network says who is in it. */
  members(members: readonly Member[], complete = false): void {
    this.bench.front.members(this.account, 'garden', members, complete);
  }

  /** All that was given to the front before is done: requests of one kind are answered in order. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) {
      await this.bench.store.doc(0, 'setting', 'nothing');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A device asks to come in; resolves when it is in, or was refused. */
  async join(from = device, nick = 'Juliet', inside = ''): Promise<readonly Element[]> {
    const before = this.bench.sent.length;
    await this.bench.hear(
      `<presence from='${from}' to='${garden}/${nick}' id='join'>` +
        `<x xmlns='http://jabber.org/protocol/muc'>${inside}</x></presence>`,
    );
    return this.bench.sent.slice(before);
  }

  /** What one stanza causes. */
  async caused(xml: string): Promise<readonly Element[]> {
    const before = this.bench.sent.length;
    await this.bench.hear(xml);
    await this.settled();
    return this.bench.sent.slice(before);
  }

  /** What was sent since, while something was done. */
  async during(work: () => Promise<void> | void): Promise<readonly Element[]> {
    const before = this.bench.sent.length;
    await work();
    await this.settled();
    return this.bench.sent.slice(before);
  }

  /** An entry of the group's lane has its turn. */
  shows(body: InBody, late = false): readonly Element[] {
    const id = ('archived' in body && body.archived) || 'entry';
    return this.bench.front.inRoom(this.account, body, { id, at: this.bench.clock.now(), late }) ?? [];
  }

  /** Somebody says something. */
  said(from: string | null, text: string, more: Partial<LogEvent & { type: 'message' }> = {}): InBody {
    this.#keys += 1;
    const [key, at] = [`say${this.#keys}`, this.bench.clock.now()];
    const chat = { kind: 'group', id: 'garden' } as const;
    const event = { type: 'message', key, chat, from, at, id: key, content: { text }, ...more } as const;
    return { type: 'event', event, archived: `archived-${key}` };
  }

  /** It stands in the archive. */
  archived(...bodies: readonly InBody[]): Promise<void> {
    return this.#archive(bodies);
  }

  /** It stands in the archive, before all that was there. */
  archivedBefore(...bodies: readonly InBody[]): Promise<void> {
    return this.#archive(bodies, 'old');
  }

  async #archive(bodies: readonly InBody[], end?: 'old'): Promise<void> {
    const { store } = this.bench;
    const fence = await store.acquire(`account/${this.account}`, 'node', 1_000);
    assert(fence);
    const chat = await store.chatNumber(this.account, 'group/garden');
    const archive = bodies.map((body): ArchiveRow => {
      assert(body.type === 'event' && body.event.type === 'message' && body.archived !== undefined);
      const { key, from, at } = body.event;
      const row = { account: this.account, chat, id: body.archived, key, from, at, body: body as unknown as Json };
      return end === undefined ? row : { ...row, end };
    });
    await store.step({ fence, archive });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}

/** The nick that a stanza comes from. */
export const nickOf = (stanza: Element): string => (stanza.attrs['from'] ?? '').slice(garden.length + 1);
/** Status codes of a presence or message. */
export const codes = (stanza: Element): readonly string[] =>
  stanza
    .getChild('x', NS_USER)
    ?.getChildren('status')
    .map(({ attrs }) => attrs['code'] ?? '') ?? [];
/** In short: who is available, who is not, what was said. */
export function short(stanza: Element): string {
  if (stanza.is('presence')) return `${stanza.attrs['type'] === 'unavailable' ? '-' : '+'}${nickOf(stanza)}`;
  const subject = stanza.getChild('subject');
  return subject ? `subject ${subject.getText()}` : `${nickOf(stanza)}: ${stanza.getChildText('body') ?? ''}`;
}

// An XMPP user in rooms, with one device. As clients do, he comes in again whenever his connection died or he was put out, asks the
// archive for what he missed, and only then shows what came meanwhile; what he wrote without seeing it again he sends again.
import { archived, codesOf, joining, nickOf, NS_MAM, query, roomOf, standingOf } from './room-stanzas.ts';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import { actContent, readAct, type Act } from './acts.ts';
import type { Deed, Known } from './chooser.ts';
import type { Shown } from './evidence.ts';
import { nameOf, RoomView, type State } from './room-view.ts';
import { User, type Letter } from './user.ts';

/** A join or a page of the archive that nobody answers is asked for again after this. */
const SILENT_MS = 8_000;
/** What was refused is tried again after this. */
const AGAIN_MS = 250;

interface Room {
  readonly jid: string;
  readonly nick: string;
  state: 'out' | 'joining' | 'catching up' | 'in';
  /** What the network calls him there. */
  own: string;
  readonly occupants: Map<string, string>;
  /** Live messages that wait until he has caught up. */
  held: Element[];
  readonly view: RoomView;
  /** What he has taken back, by the ids that he wrote it with. */
  readonly takenBack: Set<string>;
  asked: string;
  timer: NodeJS.Timeout | undefined;
  readonly first: PromiseWithResolvers<void>;
}

export class RoomUser extends User {
  /** Shown under his own nick, though he did not write it here. */
  readonly strays: Shown[] = [];
  /** How often he came in, and how many rows the archive gave him. */
  joins = 0;
  caughtUp = 0;
  readonly #rooms = new Map<string, Room>();
  #queries = 0;

  /** Comes into a room, and stays in it; resolves when he is in for the first time. */
  async enter(jid: string, nick: string): Promise<void> {
    const room: Room = {
      ...{ jid, nick, own: nick, state: 'out', occupants: new Map(), held: [], view: new RoomView(), asked: '' },
      ...{ takenBack: new Set(), timer: undefined, first: Promise.withResolvers<void>() },
    };
    this.#rooms.set(jid, room);
    this.#join(room);
    await room.first.promise;
  }

  override async stop(): Promise<void> {
    for (const { timer } of this.#rooms.values()) clearTimeout(timer);
    this.#rooms.clear();
    await super.stop();
  }

  /** Whether he may write there. */
  isIn(jid: string): boolean {
    return this.online && this.#rooms.get(jid)?.state === 'in';
  }

  /** Who is there, as he has been told, each with his standing: sorted. */
  occupants(jid: string): readonly string[] {
    const occupants = this.#rooms.get(jid)?.occupants ?? [];
    return [...occupants].map(([nick, standing]) => `${nick} ${standing}`).sort();
  }

  /** The messages of a room that he may do something to. */
  knows(jid: string): readonly Known[] {
    const { view, takenBack } = this.#rooms.get(jid) ?? {};
    return (view?.known ?? []).map((one) => ({ ...one, gone: one.gone || takenBack?.has(one.id) === true }));
  }

  /** What he sees of them. */
  sees(jid: string): readonly State[] {
    return this.#rooms.get(jid)?.view.states() ?? [];
  }

  /** Writes, or does something to a message. */
  does(jid: string, id: string, deed: Deed): void {
    const { act, words } = deed;
    if (act?.type === 'retract') this.#rooms.get(jid)?.takenBack.add(act.target);
    this.write(jid, id, deed.act ? nameOf(deed.act, deed.of, words, this.name) : words, act);
  }

  protected override back(): void {
    for (const room of this.#rooms.values()) this.#join(room);
  }

  protected override stanzaOf({ message, to }: Letter): Element {
    const { id, text, act } = message;
    return x(
      'message',
      { type: 'groupchat', to, id },
      ...(act ? actContent(this.#inRoom(to, act), text) : [x('body', {}, text)]),
      x('origin-id', { xmlns: 'urn:xmpp:sid:0', id }),
    );
  }

  /** In a room only corrections go by the message's own id. */
  #inRoom(jid: string, act: Act): Act {
    const row = act.type === 'edit' ? undefined : this.#rooms.get(jid)?.view.rowOf(act.target);
    return row === undefined ? act : { ...act, target: row };
  }

  protected override hear(stanza: Element): void {
    const room = this.#rooms.get(roomOf(stanza));
    if (room === undefined) return super.hear(stanza);
    if (stanza.is('presence')) this.#presence(room, stanza);
    else if (stanza.is('iq')) this.#page(room, stanza);
    else this.#message(room, stanza);
  }

  #join(room: Room): void {
    clearTimeout(room.timer);
    if (!this.online || !this.#rooms.has(room.jid)) return;
    room.state = 'joining';
    room.occupants.clear();
    room.held = [];
    this.joins += 1;
    this.send(joining(room));
    this.#again(room, SILENT_MS);
  }

  #again(room: Room, ms: number): void {
    clearTimeout(room.timer);
    room.timer = setTimeout(() => this.#join(room), ms);
  }

  #out(room: Room): void {
    room.state = 'out';
    this.#again(room, AGAIN_MS);
  }

  #presence(room: Room, stanza: Element): void {
    const { type } = stanza.attrs;
    this.notes.heard(null);
    if (type === 'error') return this.#out(room);
    const nick = nickOf(stanza);
    const codes = codesOf(stanza);
    if (type === 'unavailable') {
      room.occupants.delete(nick);
      const isOwn = codes.includes('110') || (nick === room.own && !codes.includes('303'));
      return isOwn && !codes.includes('303') ? this.#out(room) : undefined;
    }
    room.occupants.set(nick, standingOf(stanza));
    if (!codes.includes('110')) return;
    room.own = nick;
    if (room.state !== 'joining') return;
    room.state = 'catching up';
    this.#ask(room);
  }

  #ask(room: Room): void {
    room.asked = `page-${++this.#queries}`;
    this.send(query(room, room.asked, room.view.last));
    this.#again(room, SILENT_MS);
  }

  /** A page of the archive is complete. */
  #page(room: Room, stanza: Element): void {
    if (stanza.attrs['id'] !== room.asked || room.state !== 'catching up') return;
    const fin = stanza.getChild('fin', NS_MAM);
    if (fin === undefined) return this.#out(room);
    if (fin.attrs['complete'] !== 'true') return this.#ask(room);
    clearTimeout(room.timer);
    room.state = 'in';
    for (const message of room.held.splice(0)) this.#told(room, message, archived(message));
    this.handAgain(room.jid);
    room.first.resolve();
  }

  #message(room: Room, stanza: Element): void {
    const { id = '', type } = stanza.attrs;
    this.notes.heard(null);
    if (type === 'error') {
      this.refused(id, stanza);
      if (room.state === 'in' && stanza.getChild('error')?.getChild('not-acceptable')) this.#out(room);
      return;
    }
    const result = stanza.getChild('result', NS_MAM);
    const row = result?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message');
    if (row !== undefined) {
      if (result?.attrs['queryid'] !== room.asked) return;
      this.caughtUp += 1;
      return this.#told(room, row, result.attrs['id']);
    }
    if (stanza.getChild('subject') && !stanza.getChild('body')) return;
    if (room.state === 'in') this.#told(room, stanza, archived(stanza));
    else room.held.push(stanza);
  }

  /** He is shown a message of the room. */
  #told(room: Room, stanza: Element, row: string | undefined): void {
    const nick = nickOf(stanza);
    const { id = '' } = stanza.attrs;
    if (row === undefined || nick === '') return; // read markers, and what the room itself says
    const own = nick === room.own;
    const words = stanza.getChildText('body') ?? '';
    const text = room.view.take({ row, id, nick, own, words, act: readAct(stanza) });
    if (own) return this.#reflected(room, { id, row, text });
    this.notes.shown.push({ lane: `${this.name} < ${room.jid}`, id: row, text, at: Date.now() });
    this.notes.heard(text);
  }

  /** What stands under his own nick is the receipt of what he wrote. */
  #reflected(
    room: Room,
    { id, row, text }: { readonly id: string; readonly row: string; readonly text: string },
  ): void {
    if (this.wrote(id)) return this.received(id);
    this.strays.push({ lane: this.notes.lane(this.name, room.jid), id: row, text, at: Date.now() });
  }
}

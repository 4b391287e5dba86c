// The users of the rooms: a component whose JIDs join, write and read, on one socket.
import { Wire, type Seat } from './wire.ts';

const PATIENCE_MS = 60_000;
const MUC = 'http://jabber.org/protocol/muc';

/** A stanza as far as the bench looks at it. */
export interface Arrived {
  readonly name: 'message' | 'presence' | 'iq';
  /** The user that it is for, and the room that it is from. */
  readonly user: string;
  readonly room: string;
  readonly text: string;
}

export class RoomUsers {
  readonly #wire: Wire;
  readonly #domain: string;
  #rest = '';
  #out = '';
  /** Who waits for the end of his join, by user and room. */
  readonly #joining = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  /** Called with the words of each message. */
  onBody: (body: string) => void = () => undefined;
  /** Called with each stanza while it is set. */
  onStanza: ((stanza: Arrived) => void) | undefined;
  /** Called with what must not happen. */
  onFailure: (error: Error) => void = () => undefined;

  private constructor(wire: Wire, domain: string) {
    this.#wire = wire;
    this.#domain = domain;
    wire.onText = (chunk) => this.#read(chunk);
    wire.onEnd = () => this.onFailure(new Error('the server ended the stream of the users'));
  }

  static async open(seat: Seat): Promise<RoomUsers> {
    return new RoomUsers(await Wire.open(seat), seat.domain);
  }

  close(): void {
    this.#wire.close();
  }

  /** Joins as `user`; resolves with the subject, which ends a join. */
  join(user: string, room: string): Promise<void> {
    const [key, from] = [`${user} ${room}`, this.#jid(user)];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${key}: the join has no end`)), PATIENCE_MS);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#joining.delete(key);
        settle();
      };
      this.#joining.set(key, { resolve: () => end(resolve), reject: (error) => end(() => reject(error)) });
      const no = `<history maxstanzas='0'/>`;
      this.#wire.write(`<presence from='${from}' to='${room}/${user}'><x xmlns='${MUC}'>${no}</x></presence>`);
    });
  }

  /** All at once. */
  async joinAll(joins: readonly (readonly [user: string, room: string])[]): Promise<void> {
    await Promise.all(joins.map(([user, room]) => this.join(user, room)));
  }

  /** Written with everything else that is said in this turn of the loop. */
  say(user: string, room: string, text: string): void {
    if (this.#out === '') setImmediate(() => this.#flush());
    const [from, id] = [this.#jid(user), text.split(' ', 3).join('-')];
    this.#out += `<message type='groupchat' from='${from}' to='${room}' id='${id}'><body>${text}</body></message>`;
  }

  #flush(): void {
    this.#wire.write(this.#out);
    this.#out = '';
  }

  #jid(user: string): string {
    return `${user}@${this.#domain}/bench`;
  }

  #read(chunk: string): void {
    const text = this.#rest + chunk;
    let at = 0;
    for (let end; (end = endOf(text, at)) > 0; at = end) this.#stanza(text.slice(at, end).trimStart());
    this.#rest = text.slice(at);
  }

  #stanza(text: string): void {
    const isMessage = text.startsWith('<message');
    if (isMessage && !this.onStanza) {
      const body = bodyOf(text);
      if (body !== undefined && !/^[^>]*type=['"]error/.test(text)) return this.onBody(body);
    }
    const head = text.slice(0, text.indexOf('>'));
    const attribute = (name: string): string => new RegExp(` ${name}=(['"])(.*?)\\1`).exec(head)?.[2] ?? '';
    const user = attribute('to').split('@')[0] ?? '';
    const room = attribute('from').split('/')[0] ?? '';
    const name = isMessage ? 'message' : text.startsWith('<presence') ? 'presence' : 'iq';
    this.onStanza?.({ name, user, room, text });
    const joining = this.#joining.get(`${user} ${room}`);
    if (attribute('type') === 'error') {
      const refused = new Error(`refused: ${text.slice(0, 500)}`);
      if (name === 'message') this.onFailure(refused);
      else if (name === 'presence') joining?.reject(refused);
    } else if (isMessage && /<subject[ />]/.test(text)) joining?.resolve();
  }
}

/** The words of a message as text. */
export function bodyOf(text: string): string | undefined {
  const from = text.indexOf('<body>');
  return from < 0 ? undefined : text.slice(from + 6, text.indexOf('</body>', from));
}

/** Where the stanza that begins here ends; 0 when it is not all there. */
function endOf(text: string, at: number): number {
  const open = text.indexOf('<', at);
  const close = text.indexOf('>', open);
  if (open < 0 || close < 0) return 0;
  if (text[close - 1] === '/') return close + 1;
  const [name = ''] = /^<[^\s>]*/.exec(text.slice(open, open + 40)) ?? [];
  const tag = `</${name.slice(1)}>`;
  const end = text.indexOf(tag, close);
  return end < 0 ? 0 : end + tag.length;
}

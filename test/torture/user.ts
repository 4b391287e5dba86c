// An XMPP user as a far end: online for the whole run, back as soon as its server is back, everything noted that he wrote
// and was shown. As real clients do, he sends again, with the same ids and in order, what had neither receipt nor error
// when his connection died; while it lives he trusts it.
import { client } from '@xmpp/client';
import type { Entity } from '@xmpp/client';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { XmppServer } from '../server/index.ts';
import { actContent, readAct, type Act } from './acts.ts';
import type { Shown, Written } from './evidence.ts';

const LOGIN_MS = 15_000;
const AGAIN_MS = 150;
const NS_DELAY = 'urn:xmpp:delay';
const NS_RECEIPTS = 'urn:xmpp:receipts';

/** What a user does with what arrives, besides noting it. */
export interface Notes {
  readonly written: Written[];
  readonly shown: Shown[];
  /** A message arrived; null: one without words. */
  readonly heard: (text: string | null) => void;
  /** The name of the lane between a user and a contact's bare JID. */
  readonly lane: (user: string, contact: string) => string;
}

/** What was handed over, and to whom. */
export interface Letter {
  readonly message: Written;
  readonly to: string;
}

export class User {
  readonly name: string;
  /** How often he had to come back. */
  returns = -1;
  readonly #server: XmppServer;
  protected readonly notes: Notes;
  readonly #letters = new Map<string, Letter>();
  /** Those of them without receipt or error, in order. */
  readonly #open = new Set<Letter>();
  readonly #answers = new Map<string, (answer: Element) => void>();
  #entity: Entity | undefined;
  #online = false;
  #stopped = false;
  #turns = 0;
  #asked = 0;
  #running: Promise<void> = Promise.resolve();
  readonly #first = Promise.withResolvers<void>();

  constructor(server: XmppServer, name: string, notes: Notes) {
    this.#server = server;
    this.name = name;
    this.notes = notes;
  }

  /** Comes online, and stays so until `stop`. */
  async start(): Promise<void> {
    this.#running = this.#run();
    await this.#first.promise;
  }

  get online(): boolean {
    return this.#online;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#entity?.socket?.destroy();
    await this.#running;
  }

  /** Writes a message, or does something to one, if he is online. `text`: its words, or the name of what is done. */
  write(to: string, id: string, text: string, act?: Act): void {
    if (!this.#online) return;
    const lane = this.notes.lane(this.name, to);
    const message: Written = { lane, id, text, handed: [], errors: [], ...(act && { act }) };
    const letter = { message, to };
    if (act?.type === 'retract') this.#takeBack(act.target);
    this.notes.written.push(message);
    this.#letters.set(id, letter);
    this.#open.add(letter);
    this.#hand(letter);
  }

  /** What he has taken back he does not send again. */
  #takeBack(id: string): void {
    for (const letter of this.#open)
      if (letter.message.id === id || letter.message.act?.target === id) this.#open.delete(letter);
  }

  /** An order that is none of the messages that are counted. */
  say(to: string, text: string): void {
    this.send(x('message', { type: 'chat', to }, x('body', {}, text)));
  }

  /** Sends an IQ; resolves with its answer, which must be a result. */
  async set(to: string, payload: Element): Promise<void> {
    const answer = await this.#ask('set', to, payload);
    if (answer.attrs['type'] !== 'result') throw new Error(`${this.name}: ${answer.toString()}`);
  }

  /** Resolves when `to` has answered itself (XEP-0199); never, where a server answers for it or it is away. */
  async ping(to: string): Promise<void> {
    const answer = await this.#ask('get', to, x('ping', { xmlns: 'urn:xmpp:ping' }));
    if (answer.attrs['type'] !== 'result') await new Promise<never>(() => undefined);
  }

  async #ask(type: 'get' | 'set', to: string, payload: Element): Promise<Element> {
    const id = `ask-${++this.#asked}`;
    const answered = new Promise<Element>((resolve) => this.#answers.set(id, resolve));
    this.send(x('iq', { type, to, id }, payload));
    return answered;
  }

  #hand(letter: Letter): void {
    this.#turns += 1;
    letter.message.handed.push({ turn: this.#turns, at: Date.now() });
    this.send(this.stanzaOf(letter));
  }

  /** What he hands to the server. */
  protected stanzaOf({ message, to }: Letter): Element {
    const { id, text, act } = message;
    return x(
      'message',
      { type: 'chat', to, id },
      ...(act ? actContent(act, text) : [x('body', {}, text)]),
      x('request', { xmlns: NS_RECEIPTS }),
      x('origin-id', { xmlns: 'urn:xmpp:sid:0', id }),
    );
  }

  /** Sends it if there is a connection. */
  protected send(stanza: Element): void {
    void this.#entity?.send(stanza).catch(() => undefined);
  }

  /** Hands over again, in order, what has no answer. `to`: only what was written there. */
  protected handAgain(to?: string): void {
    for (const letter of this.#open) if (to === undefined || letter.to === to) this.#hand(letter);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#session().catch(() => undefined);
      this.#online = false;
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** One connection, from its login to its end. */
  async #session(): Promise<void> {
    const credentials = { username: this.name, password: this.name };
    const service = `xmpp://127.0.0.1:${this.#server.clientPort}`;
    const domain = this.#server.host;
    const entity = client({
      ...{ service, domain },
      resource: 'torture',
      credentials: (authenticate) => authenticate(credentials, 'PLAIN'),
    });
    this.#entity = entity;
    entity.timeout = LOGIN_MS;
    entity.reconnect.stop();
    entity.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => entity.once('disconnect', () => resolve()));
    const present = new Promise<void>((resolve) => {
      entity.on('stanza', (stanza: Element) => {
        if (stanza.is('presence') && stanza.attrs['from'] === entity.jid?.toString()) resolve();
        this.hear(stanza);
      });
    });
    const late = setTimeout(() => entity.socket?.destroy(), LOGIN_MS);
    try {
      // Not `start()`: where the server dies in the middle of a login it leaves a rejected promise to nobody.
      await Promise.race([login(entity, service, domain), failed(ended)]);
      await entity.send(x('presence'));
      await Promise.race([present, failed(ended)]);
    } catch (error) {
      entity.socket?.destroy();
      throw error;
    } finally {
      clearTimeout(late);
    }
    this.returns += 1;
    this.#online = true;
    this.#first.resolve();
    this.back();
    await ended;
  }

  /** He is online, for the first time or again. */
  protected back(): void {
    this.handAgain();
  }

  /** A stanza has come. */
  protected hear(stanza: Element): void {
    const { id = '', from = '', type } = stanza.attrs;
    if (stanza.is('iq')) {
      this.#answers.get(id)?.(stanza);
      this.#answers.delete(id);
    }
    if (stanza.is('presence') && type === 'subscribe') {
      this.send(x('presence', { type: 'subscribed', to: from }));
    }
    if (!stanza.is('message')) return;
    const at = Date.now();
    if (type === 'error') this.refused(id, stanza);
    const received = stanza.getChild('received', NS_RECEIPTS)?.attrs['id'];
    if (received !== undefined) this.received(received);
    const text = type === 'error' ? null : stanza.getChildText('body');
    const [contact = ''] = from.split('/');
    // Our own delays bear the transport's domain, which is every contact's; a server's bear its own.
    const kept = stanza.getChildren('delay', NS_DELAY).some(({ attrs }) => attrs['from'] !== contact.split('@').at(-1));
    const lane = this.notes.lane(this.name, contact);
    const act = type === 'error' ? undefined : readAct(stanza);
    if (text !== null || act)
      this.notes.shown.push({ lane, id, text: text ?? '', at, ...(act && { act }), ...(kept ? { kept } : {}) });
    this.notes.heard(text);
  }

  /** Whether this is the id of something that he wrote. */
  protected wrote(id: string): boolean {
    return this.#letters.has(id);
  }

  /** An error with the id of what he wrote has come. */
  protected refused(id: string, stanza: Element): void {
    this.#answered(id, (message) => message.errors.push({ at: Date.now(), code: codeOf(stanza) }));
  }

  /** What he wrote has arrived. */
  protected received(id: string): void {
    this.#answered(id, (message) => (message.receipt ??= Date.now()));
  }

  #answered(id: string, note: (message: Written) => void): void {
    const letter = this.#letters.get(id);
    if (letter === undefined) return;
    note(letter.message);
    this.#open.delete(letter);
  }
}

async function login(entity: Entity, service: string, domain: string): Promise<void> {
  const online = new Promise<void>((resolve, reject) => {
    entity.once('online', () => resolve());
    entity.once('error', reject);
  });
  await Promise.all([online, entity.connect(service).then(() => entity.open({ domain }))]);
}

async function failed(ended: Promise<void>): Promise<never> {
  await ended;
  throw new Error('the connection ended');
}

/** Our own code, or what the server said. */
function codeOf(stanza: Element): string {
  const error = stanza.getChild('error');
  const own = error?.getChildText('code', 'urn:moongate:error:1');
  return own ?? `server: ${error?.getChildElements()[0]?.getName() ?? 'unknown'}`;
}

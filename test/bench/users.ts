// The users of the bench: a component whose JIDs write to an echo and read what comes back. One socket for all of them, so
// that what is measured is the server and the echo. Every answer is looked at: one that is missing, doubled, out of order
// or an error fails the run.
import { performance } from 'node:perf_hooks';
import { Wire, type Seat } from './wire.ts';
import { PATIENCE_MS, Waits } from './patience.ts';

/** Who writes to whom. */
export interface Chats {
  /** The JID of the echo that all write to. */
  readonly to: string;
  /** So many users, each in a chat of his own. */
  readonly count: number;
}

/** Told when the warm-up is over, and when the time that counts is. */
export interface Span {
  readonly warmMs: number;
  readonly ms: number;
  readonly begin?: () => void;
  readonly end?: () => void;
}

/** What each message carries besides its numbers. */
const WORDS = 'the quick brown fox jumps over the lazy dog, and does so once more';
/** Requests to register that are under way at the same time. */
const REGISTERING = 64;

interface Conversation {
  readonly chats: Chats;
  readonly run: number;
  /** Messages written and answered, by chat. */
  readonly written: Uint32Array;
  readonly answered: Uint32Array;
  readonly onAnswer: (chat: number) => void;
}

export class Users {
  readonly #wire: Wire;
  readonly #domain: string;
  #rest = '';
  #runs = 0;
  #conversation: Conversation | undefined;
  #out = '';
  #onRegistered: ((user: number, text: string) => void) | undefined;
  readonly #waits = new Waits();

  private constructor(wire: Wire, domain: string) {
    this.#wire = wire;
    this.#domain = domain;
    wire.onText = (text) => this.#read(text);
    wire.onEnd = () => this.#waits.fail(new Error('the server ended the stream of the users'));
  }

  static async open(seat: Seat): Promise<Users> {
    return new Users(await Wire.open(seat), seat.domain);
  }

  close(): void {
    this.#wire.close();
  }

  /** Users `from` up to `to` register with a gateway. */
  async register(gateway: string, from: number, to: number): Promise<void> {
    let next = from;
    let done = from;
    const ask = (): void => {
      const user = next++;
      const attributes = `type='set' from='${this.#jid(user)}' to='${gateway}' id='register-${user}'`;
      this.#wire.write(`<iq ${attributes}><query xmlns='jabber:iq:register'/></iq>`);
    };
    await this.#within('registrations', (resolve, reject) => {
      this.#onRegistered = (user, tag) => {
        if (!/type=['"]result/.test(tag)) return reject(new Error(`user ${user} was refused: ${tag}`));
        done += 1;
        if (done === to) resolve();
        else if (next < to) ask();
      };
      while (next < to && next - from < REGISTERING) ask();
    });
    this.#onRegistered = undefined;
  }

  /** Keeps `window` messages of each chat under way; says how many came back within the span, and how long that was. */
  async flood(
    chats: Chats,
    window: number,
    span: Span,
  ): Promise<{ readonly answers: number; readonly seconds: number }> {
    let answers = 0;
    let writing = true;
    const conversation = this.#converse(chats, (chat) => {
      answers += 1;
      if (writing) this.#say(conversation, chat);
    });
    for (let turn = 0; turn < window; turn++)
      for (let chat = 0; chat < chats.count; chat++) this.#say(conversation, chat);
    this.#flush();
    await this.#waits.unbroken(span.warmMs);
    // The first message of a chat costs more than the others.
    await this.#waits.until(() => conversation.answered.every((count) => count >= window), 'a chat has not begun');
    span.begin?.();
    const [before, began] = [answers, performance.now()];
    await this.#waits.unbroken(span.ms);
    const [after, ended] = [answers, performance.now()];
    span.end?.();
    writing = false;
    await this.#drained(conversation);
    return { answers: after - before, seconds: (ended - began) / 1_000 };
  }

  /** One message every `everyMs`, the chats in turn; says how long each took to come back, in milliseconds. */
  async paced(chats: Chats, everyMs: number, span: Span): Promise<readonly number[]> {
    const sent: number[][] = Array.from({ length: chats.count }, () => []);
    const took: number[] = [];
    let warm = false;
    this.#wire.prompt = true;
    const conversation = this.#converse(chats, (chat) => {
      const began = sent[chat]?.shift() ?? 0;
      if (warm) took.push(performance.now() - began);
    });
    const start = performance.now();
    const total = Math.round((span.warmMs + span.ms) / everyMs);
    for (let turn = 0; turn < total; turn++) {
      await this.#waits.unbroken(Math.max(0, start + turn * everyMs - performance.now()));
      if (!warm && turn * everyMs >= span.warmMs) {
        warm = true;
        span.begin?.();
      }
      const chat = turn % chats.count;
      sent[chat]?.push(performance.now());
      this.#say(conversation, chat);
      this.#flush();
    }
    await this.#drained(conversation);
    this.#wire.prompt = false;
    span.end?.();
    return took;
  }

  #jid(user: number): string {
    return `u${user}@${this.#domain}/bench`;
  }

  #converse(chats: Chats, onAnswer: (chat: number) => void): Conversation {
    const { count } = chats;
    const [written, answered] = [new Uint32Array(count), new Uint32Array(count)];
    this.#rest = '';
    return (this.#conversation = { chats, run: ++this.#runs, written, answered, onAnswer });
  }

  #say({ chats, run, written }: Conversation, chat: number): void {
    const turn = (written[chat] ?? 0) + 1;
    written[chat] = turn;
    const attributes = `type='chat' from='${this.#jid(chat)}' to='${chats.to}' id='${run}-${chat}-${turn}'`;
    this.#out += `<message ${attributes}><body>${run} ${chat} ${turn} ${WORDS}</body></message>`;
  }

  #flush(): void {
    if (this.#out === '') return;
    this.#wire.write(this.#out);
    this.#out = '';
  }

  #read(chunk: string): void {
    const text = this.#rest + chunk;
    const refused = /<message[^>]*type=['"]error.*/.exec(text);
    if (refused) this.#waits.fail(new Error(`a message was refused: ${refused[0].slice(0, 500)}`));
    if (this.#onRegistered) return this.#readAnswers(text);
    let at = 0;
    for (let body; (body = text.indexOf('<body>', at)) >= 0;) {
      const end = text.indexOf('</body>', body);
      if (end < 0) break;
      this.#answer(text.slice(body + 6, end));
      at = end + 7;
    }
    const open = text.lastIndexOf('<message', text.length);
    this.#rest = open < at ? '' : text.slice(open);
    this.#flush();
  }

  #readAnswers(text: string): void {
    let at = 0;
    for (const found of text.matchAll(/<iq [^>]*id=['"]register-(\d+)['"][^>]*>/g)) {
      at = found.index + found[0].length;
      this.#onRegistered?.(Number(found[1]), found[0]);
    }
    this.#rest = text.slice(Math.max(at, text.lastIndexOf('<')));
  }

  #answer(body: string): void {
    const conversation = this.#conversation;
    const [run, chat = 0, turn = 0] = body.split(' ', 3).map(Number);
    if (conversation === undefined || conversation.run !== run)
      return this.#waits.fail(new Error(`a stray answer: ${body}`));
    const expected = (conversation.answered[chat] ?? 0) + 1;
    if (turn !== expected)
      return this.#waits.fail(new Error(`chat ${chat} got answer ${turn} in the place of ${expected}`));
    conversation.answered[chat] = turn;
    conversation.onAnswer(chat);
  }

  /** Every message has been answered. */
  async #drained({ written, answered }: Conversation): Promise<void> {
    await this.#waits.until(
      () => written.every((count, chat) => count === answered[chat]),
      'messages were never answered',
    );
    this.#conversation = undefined;
  }

  #within(what: string, work: (resolve: () => void, reject: (error: Error) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} took too long`)), 10 * PATIENCE_MS);
      this.#waits.fail = reject;
      const end = (settle: () => void) => (): void => {
        clearTimeout(timer);
        settle();
      };
      work(end(resolve), (error) => end(() => reject(error))());
    });
  }
}

// The other side: an IRC client that is none of ours, irc-framework's own, without the adapter's transport.
import { Client } from 'irc-framework';
import type { Message } from 'irc-framework';
import { Watch } from '../../server/until.ts';

type Loose = {
  connect(options: object): void;
  on(event: string, listener: (event: never) => void): void;
  raw(...words: readonly string[]): void;
  quit(): void;
  requestCap(names: readonly string[]): void;
};

/** One connected user, and everything that the server has told him. */
export class Friend {
  readonly nick: string;
  readonly seen: Message[] = [];
  readonly #client: Loose;
  readonly #watch = new Watch();

  private constructor(nick: string) {
    this.nick = nick;
    const client = new Client();
    client.use((_, raw) => {
      raw.use((_command, message, _line, _client, next) => {
        next();
        this.seen.push(message);
        this.#watch.notify();
      });
    });
    this.#client = client as unknown as Loose;
  }

  /** Connects and registers. */
  static async connect(port: number, nick: string, more: object = {}): Promise<Friend> {
    const friend = new Friend(nick);
    const where = { host: '127.0.0.1', port, nick, username: nick, gecos: nick, account: {}, ...more };
    friend.#client.on('error', () => undefined);
    friend.#client.connect({ ...where, auto_reconnect: false, ping_interval: 0, ping_timeout: 0, version: 'friend 1' });
    await friend.hears('376|422');
    return friend;
  }

  /** Says a line of the protocol. */
  say(...words: readonly string[]): void {
    this.#client.raw(...words);
  }

  /** Says lines, and resolves when the server has dealt with them. */
  async does(...lines: readonly string[]): Promise<void> {
    for (const line of lines) this.#client.raw(line);
    const mark = `mark${this.seen.length}.${lines.length}.${Math.trunc(performance.now() * 1000)}`;
    this.#client.raw(`PING ${mark}`);
    await this.#watch.until('a PONG', () =>
      this.seen.find(({ command, params }) => command === 'PONG' && params[1] === mark),
    );
  }

  /** The first message whose command fits and whose parameters hold all of `words`. */
  hears(command: string, ...words: readonly string[]): Promise<Message> {
    return this.#watch.until(`${command} ${words.join(' ')}`, () => this.heard(command, ...words)[0]);
  }

  heard(command: string, ...words: readonly string[]): readonly Message[] {
    const pattern = new RegExp(`^(${command})$`);
    return this.seen.filter(
      (one) => pattern.test(one.command) && words.every((word) => one.params.some((param) => param.includes(word))),
    );
  }

  /** Waits for something else. */
  until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
    return this.#watch.until(what, probe);
  }

  /** Texts of messages to a target, or to himself. */
  texts(target: string = this.nick): readonly string[] {
    return this.seen.flatMap(({ command, params, nick }) =>
      command === 'PRIVMSG' && nick !== this.nick && params[0]?.toLowerCase() === target.toLowerCase()
        ? [params[1] ?? '']
        : [],
    );
  }

  async quit(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#client.on('close', () => resolve()));
    this.#client.quit();
    await gone;
  }
}

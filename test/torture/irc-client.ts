// Somebody on IRC who comes back as soon as the server does, by a plain socket and by none of the gateway's code.
import { connect, type Socket } from 'node:net';

const AGAIN_MS = 150;
/** A server that greets nobody for so long is tried again. */
const GREETING_MS = 4_000;

/** A line of the server. */
export interface Line {
  readonly nick: string;
  readonly command: string;
  readonly params: readonly string[];
}

export interface IrcClientOptions {
  readonly port: number;
  readonly nick: string;
  /** Where he always is. */
  readonly channels?: readonly string[];
  readonly heard?: (line: Line) => void;
  /** The connection is over. */
  readonly lost?: () => void;
}

export class IrcClient {
  readonly nick: string;
  /** Channels that he is in. */
  readonly inside = new Set<string>();
  readonly #options: IrcClientOptions;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #greeted = false;
  #stopped = false;
  #text = '';

  constructor(options: IrcClientOptions) {
    this.#options = options;
    this.nick = options.nick;
    this.#connect();
  }

  /** Says a line of the protocol, if he is connected. */
  say(line: string): boolean {
    return this.#greeted && this.#socket?.write(`${line}\r\n`) === true;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    this.#text = '';
    const socket = connect({ host: '127.0.0.1', port: this.#options.port });
    this.#socket = socket.setNoDelay(true).setEncoding('utf8');
    this.#timer = setTimeout(() => this.#greeted || socket.destroy(), GREETING_MS);
    socket.on('error', () => undefined);
    socket.on('connect', () => socket.write(`NICK ${this.nick}\r\nUSER ${this.nick} 0 * :${this.nick}\r\n`));
    socket.on('data', (text: string) => this.#read(text));
    socket.on('close', () => this.#close());
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#greeted = false;
    this.inside.clear();
    this.#options.lost?.();
    if (!this.#stopped) this.#timer = setTimeout(() => this.#connect(), AGAIN_MS);
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\r\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#take(readLine(line));
  }

  #take(line: Line): void {
    const { command, params, nick } = line;
    const [channel = ''] = params;
    if (command === 'PING') this.#socket?.write(`PONG :${params.at(-1) ?? ''}\r\n`);
    if (command === '001') {
      this.#greeted = true;
      for (const one of this.#options.channels ?? []) this.say(`JOIN ${one}`);
    }
    if (nick === this.nick && command === 'JOIN') this.inside.add(channel);
    if (nick === this.nick && command === 'PART') this.inside.delete(channel);
    this.#options.heard?.(line);
  }
}

function readLine(line: string): Line {
  const [, prefix = '', command = '', rest = ''] = /^(?:@\S+ )?(?::(\S+) )?(\S+) ?(.*)$/s.exec(line) ?? [];
  const [middle = '', ...trailing] = ` ${rest}`.split(' :');
  const params = middle.split(' ').filter((word) => word !== '');
  return {
    nick: prefix.split('!')[0] ?? '',
    command,
    params: trailing.length > 0 ? [...params, trailing.join(' :')] : params,
  };
}

// Somebody on IRC with nothing between him and the socket: he must cost less than what is measured.
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A line of JOIN stays below the protocol's 512 bytes. */
const JOINED_AT_ONCE = 40;

export class IrcWire {
  readonly #socket: Socket;
  #rest = '';
  #onNumeric: ((numeric: string) => void) | undefined;
  /** Called with each message to a channel that he is in. */
  onMessage: (channel: string, text: string) => void = () => undefined;
  /** Called when the connection has ended. */
  onEnd: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.onEnd());
  }

  /** Connects and registers. */
  static async open(port: number, nick: string): Promise<IrcWire> {
    const wire = new IrcWire(connect({ host: '127.0.0.1', port, noDelay: true }));
    const welcome = wire.#numerics('001', 1);
    wire.#write(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
    await welcome;
    return wire;
  }

  /** Joins all of them. */
  async join(channels: readonly string[]): Promise<void> {
    for (let from = 0; from < channels.length; from += JOINED_AT_ONCE) {
      const some = channels.slice(from, from + JOINED_AT_ONCE);
      const joined = this.#numerics('366', some.length);
      this.#write(`JOIN ${some.join(',')}\r\n`);
      await joined;
    }
  }

  say(channel: string, text: string): void {
    this.#write(`PRIVMSG ${channel} :${text}\r\n`);
  }

  close(): void {
    this.onEnd = () => undefined;
    this.#socket.end('QUIT\r\n');
    this.#socket.destroySoon();
  }

  #write(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  #numerics(wanted: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      this.#onNumeric = (numeric) => {
        if (numeric === wanted && --left === 0) resolve();
      };
    });
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, command = '', target = ''] = line.split(' ', 3);
      if (command === 'PRIVMSG') this.onMessage(target, line.slice(line.indexOf(' :') + 2));
      else if (line.startsWith('PING ')) this.#write(`PONG ${line.slice(5)}\r\n`);
      else this.#onNumeric?.(command);
    }
  }
}

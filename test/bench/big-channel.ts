// An IRC server whose channels have as many people as wanted: no real one gets five thousand connections in a bench.
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

const NAME = 'big.example.org';
const NAMES_IN_A_LINE = 30;
/** What somebody in the channel says again and again, beginning right behind the list. */
export const LIVE = 'good morning everybody';
const EVERY_MS = 10;
const TIMES = 200;

export interface BigChannel extends AsyncDisposable {
  readonly port: number;
}

/** Channels whose name has a number have so many people, `#big5000-1`; the last of the list speaks. */
export async function bigChannel(): Promise<BigChannel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function serve(socket: Socket): void {
  let [rest, nick, greeted] = ['', '*', false];
  const write = (line: string): void => void (socket.writable && socket.write(`${line}\r\n`));
  const answer = (line: string): void => {
    const [command = '', first = ''] = line.split(' ', 3);
    if (command === 'NICK') nick = first.replace(':', '');
    else if (command === 'USER' && !greeted) {
      greeted = true;
      write(`:${NAME} 001 ${nick} :Welcome`);
      write(`:${NAME} 005 ${nick} CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii NICKLEN=30 :are supported`);
      write(`:${NAME} 422 ${nick} :No message of the day`);
    } else if (command === 'PING') write(`:${NAME} PONG ${NAME} :${line.slice(5).replace(/^:/, '')}`);
    else if (command === 'JOIN') for (const channel of first.split(',')) join(write, nick, channel);
    else if (command === 'MODE') write(`:${NAME} 324 ${nick} ${first} +nt`);
    else if (command === 'WHO') write(`:${NAME} 315 ${nick} ${first} :End of WHO`);
    else if (command === 'CAP' && first === 'LS') write(`:${NAME} CAP * LS :`);
    else if (command === 'QUIT') socket.end();
  };
  socket.setEncoding('latin1').setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\r\n');
    rest = lines.pop() ?? '';
    lines.forEach(answer);
  });
}

function join(write: (line: string) => void, nick: string, channel: string): void {
  const count = Number(/\d+/.exec(channel)?.[0] ?? 0);
  write(`:${nick}!${nick}@guest.example JOIN ${channel}`);
  write(`:${NAME} 332 ${nick} ${channel} :A big room`);
  const names = [nick, ...Array.from({ length: count }, (_, index) => `person${index}`)];
  for (let from = 0; from < names.length; from += NAMES_IN_A_LINE)
    write(`:${NAME} 353 ${nick} = ${channel} :${names.slice(from, from + NAMES_IN_A_LINE).join(' ')}`);
  write(`:${NAME} 366 ${nick} ${channel} :End of NAMES`);
  if (count > 0) talk(() => write(`:person${count - 1}!p@friend.example PRIVMSG ${channel} :${LIVE}`));
}

function talk(say: () => void): void {
  let times = 1;
  say();
  const timer = setInterval(() => (times++ < TIMES ? say() : clearInterval(timer)), EVERY_MS);
  timer.unref();
}

// The server: connections, registration, channels; what is said is kept. README.md says what it has and what not.
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Guest, iso, label, NAME, tell } from './guest.ts';
import type { Kept } from './guest.ts';
import { chatHistory } from './history.ts';
import { parse } from './line.ts';
import type { Line } from './line.ts';

export type { Kept } from './guest.ts';

export const CAPABILITIES = [
  ...['message-tags', 'server-time', 'batch', 'echo-message', 'labeled-response', 'draft/chathistory'],
  ...['draft/message-redaction', 'standard-replies', 'sasl=PLAIN', 'away-notify', 'multi-prefix'],
];

export interface FakeIrcOptions {
  /** SASL accounts and their passwords. With any, nobody gets in without one. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** What was kept before, by another server of the same network. */
  readonly kept?: Kept[];
  /** Capabilities that it does not have. */
  readonly without?: readonly string[];
}

/** What the next message meets; 'alter': passed on in other words. */
export type Fault = 'refuse' | 'limit' | 'drop' | 'hang' | 'alter';

export class FakeIrc {
  readonly kept: Kept[];
  /** TAGMSGs: passed on, and not kept for anybody but the test. */
  readonly tagged: Kept[] = [];
  readonly channels = new Map<string, Set<Guest>>();
  readonly guests = new Set<Guest>();
  /** Commands that it hears and does not answer. */
  readonly deafTo = new Set<string>();
  /** All that clients have said, in order. */
  readonly heard: Line[] = [];
  /** The next PRIVMSG of somebody called so meets this, or the one after `others`. */
  fault:
    { readonly nick: string; readonly what: Fault; readonly seconds?: number; readonly others?: number } | undefined;
  accounts: Readonly<Record<string, string>>;
  readonly #capabilities: readonly string[];
  #server: Server | undefined;
  #port: number;
  #count = 0;
  #clock = 0;

  constructor({ accounts = {}, port = 0, kept = [], without = [] }: FakeIrcOptions = {}) {
    this.#capabilities = CAPABILITIES.filter((name) => !without.includes(name));
    this.accounts = accounts;
    this.#port = port;
    this.kept = kept;
    this.#count = kept.length;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<this> {
    const server = createServer((socket) => this.#take(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Every connection breaks. */
  cut(): void {
    for (const guest of [...this.guests]) guest.socket.destroy();
    this.guests.clear();
    this.channels.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) =>
      this.#server === undefined ? resolve() : this.#server.close(() => resolve()),
    );
    this.#server = undefined;
  }

  /** Somebody who needs no connection says something; everybody there hears it. */
  say(
    nick: string,
    target: string,
    text: string,
    tags: Readonly<Record<string, string>> = {},
    command = 'PRIVMSG',
  ): Kept {
    return this.#spread(`${nick}!${nick}@friend.example`, command, target, text, tags);
  }

  #take(socket: Socket): void {
    const guest = new Guest(socket);
    let rest = '';
    this.guests.add(guest);
    socket.setEncoding('utf8');
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#leave(guest));
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '' && this.guests.has(guest)) this.#line(guest, parse(line));
    });
  }

  #leave(guest: Guest): void {
    this.guests.delete(guest);
    for (const members of this.channels.values()) {
      if (!members.delete(guest)) continue;
      for (const other of members) other.write(`:${guest.prefix} QUIT :gone`);
    }
  }

  #line(guest: Guest, line: Line): void {
    const { command, params } = line;
    const [first = '', second = ''] = params;
    this.heard.push(line);
    if (this.deafTo.has(command)) return;
    switch (command) {
      case 'CAP':
        return this.#cap(guest, first, second);
      case 'AUTHENTICATE':
        return this.#authenticate(guest, first);
      case 'NICK':
        return guest.registered ? this.#rename(guest, first) : this.#called(guest, first);
      case 'USER':
        guest.user = first;
        return this.#register(guest);
      case 'PING':
        return guest.write(`:${NAME} PONG ${NAME} :${first}`, label(line));
      case 'QUIT':
        guest.socket.end(`ERROR :Closing link: ${second}\r\n`);
        return;
    }
    if (!guest.registered) return guest.write(`:${NAME} 451 * :You have not registered`);
    switch (command) {
      case 'JOIN':
        for (const name of first.split(',')) this.#join(guest, name);
        return;
      case 'PART':
        return this.#part(guest, first);
      case 'NAMES':
        return this.#names(guest, first);
      case 'PRIVMSG':
      case 'NOTICE':
      case 'TAGMSG':
        return this.#message(guest, line);
      case 'REDACT':
        return this.#redact(guest, line);
      case 'CHATHISTORY':
        return chatHistory(this.kept, guest, line);
      case 'MODE':
        return guest.write(`:${NAME} 324 ${guest.nick} ${first} +nt`);
      case 'USERHOST':
        return guest.write(`:${NAME} 302 ${guest.nick} :`);
      default:
        return guest.write(`:${NAME} 421 ${guest.nick} ${command} :Unknown command`, label(line));
    }
  }

  #cap(guest: Guest, what: string, list: string): void {
    if (what === 'LS') {
      guest.negotiating = true;
      guest.write(`:${NAME} CAP * LS :${this.#capabilities.join(' ')}`);
    }
    if (what === 'REQ') {
      for (const name of list.trim().split(' ')) guest.caps.add(name);
      guest.write(`:${NAME} CAP * ACK :${list.trim()}`);
    }
    if (what !== 'END') return;
    guest.negotiating = false;
    this.#register(guest);
  }

  #authenticate(guest: Guest, said: string): void {
    if (said === 'PLAIN') return guest.write('AUTHENTICATE +');
    const [, account = '', password = ''] = Buffer.from(said, 'base64').toString().split('\0');
    const right = Object.hasOwn(this.accounts, account) && this.accounts[account] === password;
    if (!right) return guest.write(`:${NAME} 904 ${guest.nick} :SASL authentication failed`);
    guest.account = account;
    guest.write(`:${NAME} 900 ${guest.nick} ${guest.prefix} ${account} :You are now logged in as ${account}`);
    guest.write(`:${NAME} 903 ${guest.nick} :SASL authentication successful`);
  }

  #register(guest: Guest): void {
    if (guest.registered || guest.negotiating || guest.nick === '' || guest.user === '') return;
    if (Object.keys(this.accounts).length > 0 && guest.account === undefined) {
      guest.write(`:${NAME} 464 ${guest.nick} :Log in first`);
      return void guest.socket.end(`ERROR :Closing link: you must log in\r\n`);
    }
    if (this.#isTaken(guest.nick, guest))
      return guest.write(`:${NAME} 433 * ${guest.nick} :Nickname is already in use`);
    guest.registered = true;
    guest.write(`:${NAME} 001 ${guest.nick} :Welcome ${guest.prefix}`);
    const supports =
      'CASEMAPPING=rfc1459 CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst CHATHISTORY=20 MSGREFTYPES=msgid,timestamp';
    guest.write(`:${NAME} 005 ${guest.nick} ${supports} :are supported by this server`);
    guest.write(`:${NAME} 422 ${guest.nick} :There is no message of the day`);
  }

  #join(guest: Guest, name: string): void {
    const members = this.channels.get(name) ?? new Set();
    this.channels.set(name, members.add(guest));
    for (const one of members) one.write(`:${guest.prefix} JOIN ${name}`, { time: iso(this.#now()) });
    this.#names(guest, name);
  }

  #part(guest: Guest, name: string): void {
    const members = this.channels.get(name);
    if (!members?.has(guest)) return guest.write(`:${NAME} 442 ${guest.nick} ${name} :You are not there`);
    for (const one of members) one.write(`:${guest.prefix} PART ${name}`, { time: iso(this.#now()) });
    members.delete(guest);
  }

  #names(guest: Guest, name: string): void {
    const members = [...(this.channels.get(name) ?? [])];
    guest.write(`:${NAME} 353 ${guest.nick} = ${name} :${members.map(({ nick }) => nick).join(' ')}`);
    guest.write(`:${NAME} 366 ${guest.nick} ${name} :End of names`);
  }

  #isTaken(nick: string, by: Guest): boolean {
    return [...this.guests].some((one) => one !== by && one.registered && one.nick === nick);
  }

  #called(guest: Guest, nick: string): void {
    guest.nick = nick;
    this.#register(guest);
  }

  /** He and all who share a channel with him are told. */
  #rename(guest: Guest, nick: string): void {
    if (this.#isTaken(nick, guest))
      return guest.write(`:${NAME} 433 ${guest.nick} ${nick} :Nickname is already in use`);
    const met = [...this.channels.values()].filter((members) => members.has(guest)).flatMap((members) => [...members]);
    for (const one of new Set([guest, ...met])) one.write(`:${guest.prefix} NICK ${nick}`);
    guest.nick = nick;
  }

  #message(guest: Guest, line: Line): void {
    const [target = '', text = ''] = line.params;
    const { fault } = this;
    const others = fault?.others ?? 0;
    if (line.command === 'PRIVMSG' && fault?.nick === guest.nick && others > 0)
      this.fault = { ...fault, others: others - 1 };
    else if (line.command === 'PRIVMSG' && fault?.nick === guest.nick) {
      this.fault = undefined;
      if (fault.what === 'hang') return;
      if (fault.what === 'alter') {
        this.#spread(guest.prefix, line.command, target, `[censored] ${text.length}`, clientTags(line), guest);
        return;
      }
      if (fault.what === 'refuse')
        return guest.write(`:${NAME} 404 ${guest.nick} ${target} :Cannot send to channel`, label(line));
      if (fault.what === 'limit')
        return guest.write(`:${NAME} 439 ${guest.nick} ${target} :Wait ${fault.seconds ?? 1} seconds`, label(line));
      this.#spread(guest.prefix, line.command, target, text, clientTags(line));
      this.#leave(guest);
      return void guest.socket.destroy();
    }
    const there = target.startsWith('#') ? this.channels.get(target)?.has(guest) : true;
    if (!there) return guest.write(`:${NAME} 404 ${guest.nick} ${target} :Cannot send to channel`, label(line));
    this.#spread(guest.prefix, line.command, target, text, clientTags(line), guest, label(line));
  }

  #redact(guest: Guest, line: Line): void {
    const [target = '', id = ''] = line.params;
    const at = this.kept.findIndex((one) => one.id === id && one.target === target && one.prefix === guest.prefix);
    if (at === -1)
      return guest.write(
        `:${NAME} FAIL REDACT UNKNOWN_MSGID ${target} ${id} :This message does not exist`,
        label(line),
      );
    this.kept.splice(at, 1);
    for (const one of this.channels.get(target) ?? []) one.write(`:${guest.prefix} REDACT ${target} ${id}`);
  }

  /** To all who are there, and to who said it where he wants to hear it; kept, where it has words. */
  #spread(
    prefix: string,
    command: string,
    target: string,
    text: string,
    tags: Readonly<Record<string, string>>,
    from?: Guest,
    more = {},
  ): Kept {
    this.#count += 1;
    const kept = { id: `m${this.#count}`, at: this.#now(), prefix, command, target, text, tags };
    (command === 'TAGMSG' ? this.tagged : this.kept).push(kept);
    const audience = target.startsWith('#')
      ? [...(this.channels.get(target) ?? [])]
      : [...this.guests].filter(({ nick }) => nick === target);
    for (const guest of audience) if (guest !== from) tell(guest, kept);
    if (from?.caps.has('echo-message')) tell(from, kept, more);
    return kept;
  }

  /** Milliseconds that never repeat, so that times order what was said. */
  #now(): number {
    this.#clock = Math.max(this.#clock + 1, Date.now(), (this.kept.at(-1)?.at ?? 0) + 1);
    return this.#clock;
  }
}

const clientTags = ({ tags }: Line): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => name.startsWith('+')));

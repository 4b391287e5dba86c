// What happens in the channels as one sees it who is always there: what was said and by whom, in the server's order, and who was in
// the channel when it was.
import { IrcClient, type Line } from './irc-client.ts';

/** Something that was said in a channel. */
export interface Saying {
  readonly channel: string;
  readonly nick: string;
  readonly text: string;
  readonly at: number;
  /** The nicks that were there, and when each of them next went away: for those that are still there it is infinite. */
  readonly there: ReadonlyMap<string, Stay>;
}

/** From a join to the next farewell; `until` is in milliseconds since 1970. */
export interface Stay {
  until: number;
}

/** Somebody came into a channel; `at` is in milliseconds since 1970. */
export interface Entry {
  readonly nick: string;
  readonly channel: string;
  readonly at: number;
}

export class Watcher {
  readonly sayings: Saying[] = [];
  readonly entries: Entry[] = [];
  readonly #client: IrcClient;
  readonly #channels: readonly string[];
  readonly #there = new Map<string, Map<string, Stay>>();
  readonly #lists = new Map<string, { names: string[]; done: (names: readonly string[]) => void }>();

  constructor(port: number, channels: readonly string[]) {
    this.#channels = channels;
    const options = { port, channels, nick: 'watcher' };
    this.#client = new IrcClient({ ...options, heard: (line) => this.#hear(line), lost: () => this.#lost() });
  }

  /** Sees everything. */
  get ready(): boolean {
    return this.#channels.every((channel) => this.#client.inside.has(channel));
  }

  stop(): void {
    this.#client.stop();
  }

  /** Who is in a channel now, by the server; rejects when it does not say. */
  async names(channel: string): Promise<readonly string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    this.#lists.set(channel, { names: [], done: resolve });
    if (!this.#client.say(`NAMES ${channel}`)) reject(new Error('the watcher is not connected'));
    return promise;
  }

  #in(channel: string): Map<string, Stay> {
    const known = this.#there.get(channel);
    if (known) return known;
    const made = new Map<string, Stay>();
    this.#there.set(channel, made);
    return made;
  }

  #goes(nick: string, from: Iterable<string> = this.#there.keys()): void {
    for (const channel of from) {
      const stay = this.#in(channel).get(nick);
      if (stay) stay.until = Date.now();
      this.#in(channel).delete(nick);
    }
  }

  #hear({ nick, command, params }: Line): void {
    const [channel = '', second = '', third = '', names = ''] = params;
    switch (command) {
      case 'PRIVMSG':
        this.sayings.push({ channel, nick, text: second, at: Date.now(), there: new Map(this.#in(channel)) });
        return;
      case 'JOIN':
        this.entries.push({ nick, channel, at: Date.now() });
        return void this.#in(channel).set(nick, { until: Infinity });
      case 'PART':
        return this.#goes(nick, [channel]);
      case 'KICK':
        return this.#goes(second, [channel]);
      case 'QUIT':
        return this.#goes(nick);
      case 'NICK':
        return this.#renamed(nick, channel);
      case '353':
        return this.#listed(third, names.split(' '));
      case '366':
        return this.#complete(second);
    }
  }

  #renamed(from: string, to: string): void {
    for (const there of this.#there.values()) {
      const stay = there.get(from);
      there.delete(from);
      if (stay) there.set(to, stay);
    }
  }

  #listed(channel: string, names: readonly string[]): void {
    for (const name of names) {
      const nick = name.replace(/^[~&@%+]+/, '');
      if (nick === '') continue;
      this.#lists.get(channel)?.names.push(nick);
      if (!this.#in(channel).has(nick)) this.#in(channel).set(nick, { until: Infinity });
    }
  }

  #complete(channel: string): void {
    const list = this.#lists.get(channel);
    this.#lists.delete(channel);
    list?.done(list.names);
  }

  #lost(): void {
    for (const there of this.#there.values()) {
      for (const stay of there.values()) stay.until = Date.now();
      there.clear();
    }
  }
}

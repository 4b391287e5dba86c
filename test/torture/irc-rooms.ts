// Channels of a real IRC server: people who talk and others who come and go, by plain sockets, and XMPP users in the rooms that these
// channels are. The far end is one who is always there and sees in the server's order what is said, and who is there to hear it: IRC
// keeps nothing for those who are away. Where the server does keep it (chathistory), nothing may be missing.
import { Proxy } from '../server/proxy.ts';
import type { Blow, Evidence, List, Shown } from './evidence.ts';
import { IrcClient } from './irc-client.ts';
import { Watcher, type Saying } from './irc-watcher.ts';
import { UNREAD_MS } from './judge.ts';
import { again, repeatedly, type Log, type Network } from './network.ts';
import type { Random } from './random.ts';
import { RoomUser } from './room-user.ts';

const DOMAIN = 'irc.example.org';
export const NAMES = ['juliet', 'nurse', 'romeo', 'tybalt'] as const;
const TALKERS = ['ada', 'ben', 'cleo'] as const;
/** They come and go. */
const GUESTS = ['gil', 'hal', 'ina'] as const;
const CHANNELS = ['#garden', '#hall', '#tomb'] as const;
/** Each talker and each user in each channel, and each guest, about so often. */
const EVERY_MS = 500;
const GUEST_MS = 2_000;
const WATCHER_MS = 10_000;
/** What is hit here ends a connection with what lies in it. */
const DEADLY = /^(?:gateway|network|network-link)$/;
/** So long after a blow the server may still think that somebody is there. */
const LINGERS_MS = 2_000;

const roomOf = (channel: string): string => `${channel}@${DOMAIN}`;
/** Whose nick it is: one that the server still holds gets something appended. */
const ownerOf = (nick: string): string | undefined => NAMES.find((name) => nick.replace(/[_\d]+$/, '') === name);

/** Everything on IRC's side of a run. */
interface Scene {
  readonly users: RoomUser[];
  readonly talkers: readonly IrcClient[];
  readonly guests: readonly IrcClient[];
  readonly watcher: Watcher;
  /** What was said in the channels, as the far end has it. */
  readonly sayings: () => readonly Saying[];
}

/** An IRC server, before the gateway's link to it. */
export interface IrcEnd {
  readonly port: number;
  /** SIGKILL, or what comes to the same. */
  kill(): Promise<void>;
  /** Starts again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Where it keeps what was said, and lets everybody read it who was away: all of it, in order. */
  kept?(): readonly Saying[];
}

export async function ircRooms(kind: { start(): Promise<IrcEnd> }): Promise<Network> {
  const server = await kind.start();
  const proxy = await Proxy.to(server.port);
  const { port } = server;
  const watcher = new Watcher(port, CHANNELS);
  const scene: Scene = {
    users: [],
    watcher,
    sayings: () => server.kept?.() ?? watcher.sayings,
    talkers: TALKERS.map((nick) => new IrcClient({ port, nick, channels: CHANNELS })),
    guests: GUESTS.map((nick) => new IrcClient({ port, nick })),
  };
  await watching(watcher);
  let isDown = false;
  return {
    domain: DOMAIN,
    transport: { adapter: 'irc', options: { server: '127.0.0.1', port: proxy.port, tls: false, flood: false } },
    names: NAMES,
    chatter: () => false,
    targets: ['gateway', 'server', 'network', 'xmpp-link', 'network-link'],
    lanes: CHANNELS.length * NAMES.length * 2,
    lane: (user, contact) => `${user} > ${contact}`,
    user(xmpp, name, notes) {
      const user = new RoomUser(xmpp, name, notes);
      scene.users.push(user);
      return user;
    },
    async register() {
      await Promise.all(
        scene.users.flatMap((user) => CHANNELS.map((channel) => user.enter(roomOf(channel), user.name))),
      );
    },
    load: (_users, random) => load(scene, random),
    async kill() {
      isDown = true;
      await server.kill();
      proxy.refuse();
    },
    // The gateway is not let in before somebody sees what it does.
    async restart() {
      await again(() => server.restart());
      await watching(watcher);
      isDown = false;
      proxy.resume();
    },
    cut: () => proxy.cut(),
    stall: () => proxy.stall(),
    resume: () => (isDown ? undefined : proxy.resume()),
    seen: (notes) => Promise.resolve(seen(scene, notes)),
    lists: () => lists(scene),
    rejoined: (since) => rejoined(scene, since),
    away: (notes) => away(scene, notes),
    async stop() {
      for (const client of [watcher, ...scene.talkers, ...scene.guests]) client.stop();
      await proxy[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

async function watching(watcher: Watcher): Promise<void> {
  for (const until = Date.now() + WATCHER_MS; !watcher.ready;) {
    if (Date.now() > until) throw new Error('the watcher does not get in');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function load({ users, talkers, guests, watcher }: Scene, random: Random): () => Promise<void> {
  const ends = CHANNELS.flatMap((channel) => {
    const talks = talkers.map((talker) => {
      let said = 0;
      const say = (): void => {
        const isSeen = watcher.ready && talker.inside.has(channel);
        if (isSeen) talker.say(`PRIVMSG ${channel} :${talker.nick} in ${channel} ${++said}`);
      };
      return repeatedly(say, EVERY_MS, random);
    });
    const writes = users.map((user) => {
      let written = 0;
      const write = (): void => {
        if (!user.isIn(roomOf(channel))) return;
        const text = `${user.name} in ${channel} ${++written}`;
        user.write(roomOf(channel), `${channel}-${user.name}-${written}`, text);
      };
      return repeatedly(write, EVERY_MS, random);
    });
    const visits = guests.map((guest) =>
      repeatedly(() => void guest.say(`${guest.inside.has(channel) ? 'PART' : 'JOIN'} ${channel}`), GUEST_MS, random),
    );
    return [...talks, ...writes, ...visits];
  });
  return async () => void (await Promise.all(ends.map((end) => end())));
}

/** Why somebody could not be shown what was said: he was not in the channel, or what reached his connection died with it. */
type Miss = 'away' | 'unread' | undefined;

function missed({ there, at }: Saying, user: string, blows: readonly Blow[]): Miss {
  const stays = [...there].flatMap(([nick, stay]) => (ownerOf(nick) === user ? [stay] : []));
  if (stays.length === 0) return 'away';
  const gone = Math.max(...stays.map(({ until }) => until));
  const isFatal = ({ target, from, to }: Blow): boolean =>
    DEADLY.test(target) && from <= gone && gone <= to + LINGERS_MS && at >= from - UNREAD_MS && at <= to + LINGERS_MS;
  return blows.some(isFatal) ? 'unread' : undefined;
}

/** What was said to a user in a channel: a copy of what was said before has a name of its own. */
interface Said extends Shown {
  /** Why it could not be shown to him. */
  readonly miss: Miss;
}

/** All that was said to others than its author, by lane and words, in order. */
function sayings(scene: Scene, blows: readonly Blow[]): ReadonlyMap<string, readonly Said[]> {
  const all = new Map<string, Said[]>();
  for (const [index, saying] of scene.sayings().entries()) {
    const { channel, nick, text, at } = saying;
    for (const name of NAMES) {
      if (name === ownerOf(nick)) continue;
      const lane = `${name} < ${roomOf(channel)}`;
      const said = { id: `${index}`, lane, text, at, miss: missed(saying, name, blows) };
      all.set(`${lane} ${text}`, [...(all.get(`${lane} ${text}`) ?? []), said]);
    }
  }
  return all;
}

/** Each message that a client was shown in a room, by lane and words, in order. */
function showings(shown: readonly Shown[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { lane, text, id } of shown) {
    const ids = all.get(`${lane} ${text}`) ?? [];
    if (!ids.includes(id)) all.set(`${lane} ${text}`, [...ids, id]);
  }
  return all;
}

/**
 * How many of the copies of one message were shown, or should have been: a network without ids may have been told it several times.
 * Which of them it was that he heard nobody knows; each may have any place that the others leave.
 */
function due(copies: readonly Said[], shown: number): readonly (Said & Pick<Evidence['said'][number], 'places'>)[] {
  const sure = copies.filter(({ miss }) => miss === undefined).length;
  const count = Math.min(copies.length, Math.max(sure, shown));
  const later = copies.length - count;
  return copies.slice(0, count).map((one, index) => ({
    ...one,
    places: copies.slice(index, index + later + 1).map(({ id }) => Number(id)),
  }));
}

const copyName = (text: string, copy: number): string => (copy === 0 ? text : `${text} #${copy + 1}`);

type Seen = Required<Pick<Evidence, 'arrived' | 'said' | 'shown' | 'elsewhere'>>;

function seen(scene: Scene, { shown, blows }: Log): Seen {
  const ids = showings(shown);
  const said = [...sayings(scene, blows)].flatMap(([key, copies]) =>
    due(copies, ids.get(key)?.length ?? 0).map((one, copy) => ({ ...one, text: copyName(one.text, copy) })),
  );
  const arrived = scene.sayings().flatMap(({ channel, nick, text, at }, index) => {
    const author = ownerOf(nick);
    return author === undefined ? [] : [{ id: `${index}`, lane: `${author} > ${roomOf(channel)}`, text, at }];
  });
  return {
    arrived,
    said: said.sort((one, other) => Number(one.id) - Number(other.id)),
    // What the server tells the user is none of it.
    shown: shown
      .filter(({ lane }) => lane.includes(' < '))
      .map((one) => ({ ...one, text: copyName(one.text, ids.get(`${one.lane} ${one.text}`)?.indexOf(one.id) ?? 0) })),
    elsewhere: scene.users.flatMap(({ strays }) => strays),
  };
}

/** How much was said and not shown, by why it could not be. */
function away(scene: Scene, { shown, blows }: Log): string {
  const ids = showings(shown);
  const counts = { away: 0, unread: 0 };
  for (const [key, copies] of sayings(scene, blows)) {
    const missed = copies.flatMap(({ miss }) => miss ?? []);
    const gone = copies.length - due(copies, ids.get(key)?.length ?? 0).length;
    for (const miss of missed.slice(0, gone)) counts[miss] += 1;
  }
  return `${counts.away} (${counts.unread})`;
}

/** When the last of the users came into the last of the channels. */
function rejoined({ watcher }: Scene, since: number): number | undefined {
  const entries = watcher.entries.filter(({ at }) => at >= since);
  const times = NAMES.flatMap((name) =>
    CHANNELS.map((channel) => entries.find((one) => one.channel === channel && ownerOf(one.nick) === name)?.at),
  );
  return times.includes(undefined) ? undefined : Math.max(...times.map((at) => at ?? 0));
}

/** Who is in each channel by the server, and by each client. */
async function lists({ users, watcher }: Scene): Promise<readonly List[]> {
  const all: List[] = [];
  for (const channel of CHANNELS) {
    const network = await watcher.names(channel);
    for (const user of users) {
      const client = user.occupants(roomOf(channel)).map((one) => one.split(' ')[0] ?? '');
      all.push({ name: `${user.name} in ${channel}`, network, client });
    }
  }
  return all;
}

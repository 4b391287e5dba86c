// One connection that is up, with all that works on it: made by connecting, registering and going back to the channels.
import { AdapterError } from 'moongate/adapter';
import type { Hint } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import { isNamed } from './config.ts';
import type { IrcConfig } from './config.ts';
import type { IrcCursor, IrcHost } from './cursor.ts';
import type { Environment } from './environment.ts';
import { Feed } from './feed.ts';
import { fillGaps } from './gaps.ts';
import { History } from './history.ts';
import { Journal } from './journal.ts';
import { Link } from './link.ts';
import { line } from './line.ts';
import { Listing } from './listing.ts';
import { Names } from './names.ts';
import { onceKey } from './numerics.ts';
import { Outgoing } from './outgoing.ts';
import { Requests } from './requests.ts';
import { refused } from './refusals.ts';
import type { Settings } from './settings.ts';
import { Wanted } from './wanted.ts';

/** NickServ answers within this, or the channels are joined without it. */
const NICKSERV_MS = 5_000;
/** An echo comes within this. */
const ECHO_MS = 30_000;

export interface Connected {
  readonly link: Link;
  readonly names: Names;
  readonly feed: Feed;
  readonly journal: Journal;
  readonly wanted: Wanted;
  readonly outgoing: Outgoing;
  readonly requests: Requests;
  readonly listing: Listing;
  readonly history: History;
  readonly env: Environment;
  /** Resolves when the channel, if it is being joined again, is joined or is not to be had. */
  ready(channel: string): Promise<void>;
}

/** What a connection is made with. */
export interface Seat {
  readonly host: IrcHost;
  readonly config: IrcConfig;
  /** The server, and the part of ids that names it: empty where the transport is one network. */
  readonly server: string;
  readonly realm: string;
  readonly settings: Settings;
  readonly cursor: IrcCursor | undefined;
  readonly env: Environment;
  readonly hint: (hint: Hint) => void;
  readonly failed: (error: unknown) => void;
}

/** Connects, registers, and begins to join the channels. Rejects with an AdapterError, and leaves nothing open then. */
export async function connectTo(seat: Seat): Promise<Connected> {
  const { host, config, env, server, realm } = seat;
  const names = new Names(realm, server);
  let pressed: (full: boolean) => void = () => undefined;
  const journal = new Journal({
    land: (batch) => host.commit(batch),
    failed: (error) => seat.failed(error),
    pressed: (full) => pressed(full),
  });
  const wanted = new Wanted(journal, seat.cursor, host.state, names, seat.settings.nick);
  const settings = { ...seat.settings, nick: wanted.nick };
  const made: { feed?: Feed } = {};
  const ear = (link: Link): Feed =>
    (made.feed = new Feed({
      link,
      names,
      journal,
      wanted,
      env,
      hint: seat.hint,
      over: (reason, quit) => {
        if (quit) return;
        // Where nothing more can be kept, the reason is told as it is.
        refused(reason, { server, state: host.state, journal, now: env.now() })
          .catch(() => reason)
          .then(seat.failed, seat.failed);
      },
    }));
  const reach = { host: server, ...settings.place, publicOnly: !isNamed(config, server), ...settings };
  try {
    const link = await Link.open({ reach, settings, names, flood: config.flood, env, ear }, host.signal);
    const { feed } = made;
    if (feed === undefined) throw new Error('a link without an ear');
    pressed = (full) => (full ? link.pause() : link.resume());
    return begin(seat, { link, names, feed, journal, wanted, env });
  } catch (error) {
    const reason = await refused(error, { server, state: host.state, journal, now: env.now() });
    await journal.end();
    throw reason;
  }
}

type Parts = Pick<Connected, 'link' | 'names' | 'feed' | 'journal' | 'wanted' | 'env'>;

function begin(seat: Seat, parts: Parts): Connected {
  const { link, names, feed, env } = parts;
  const { settings, server } = seat;
  const { nick } = parts.wanted;
  const requests = new Requests({ ...parts, answerMs: env.answerMs });
  const history = new History(link, names, feed.reading, env.answerMs);
  if (!link.isMe(nick))
    feed.tell(
      onceKey('nick', `${nick} ${server} ${link.nick}`),
      `The nick ${nick} is taken on ${server}: you are ${link.nick}.`,
    );
  const identified = identify(link, settings);
  for (const command of settings.commands) sayCommand(link, command);
  const joining = identified.then(() => rejoin(parts, requests, history));
  // A link that ends has told so itself.
  joining.catch(() => undefined);
  return {
    ...parts,
    outgoing: new Outgoing({ link, names, feed, now: () => env.now(), echoMs: env.echoMs }),
    requests,
    listing: new Listing(link, names, () => env.monotonic()),
    history,
    ready: async (channel) => (await joining).get(names.fold(channel)),
  };
}

/** A line that the user wants said after connecting; what is no line is left out. */
function sayCommand(link: Link, command: string): void {
  const [name = '', ...rest] = command.replace(/[\r\n\0]/g, ' ').split(' ');
  const colon = rest.findIndex((word) => word.startsWith(':'));
  const params = colon === -1 ? rest : [...rest.slice(0, colon), rest.slice(colon).join(' ').slice(1)];
  try {
    link.write(name.toUpperCase(), params);
  } catch (error) {
    if (!AdapterError.is(error)) throw error;
    return;
  }
  if (/^(PRIVMSG|NOTICE)$/i.test(name)) hush(link, params[0] ?? '', params[1] ?? '');
}

/** What is said for the user, a password perhaps, is not shown to him as if he had said it: our echo of it is for nobody. */
function hush(link: Link, target: string, text: string): void {
  if (!link.has('echo-message')) return;
  const isEcho = ({ command, nick, params }: Message): boolean =>
    (command === 'PRIVMSG' || command === 'NOTICE') &&
    link.isMe(nick) &&
    params[0]?.toLowerCase() === target.toLowerCase() &&
    params[1] === text;
  link
    .talk<void>({ lines: [], withinMs: ECHO_MS, claim: (message) => (isEcho(message) ? { is: undefined } : undefined) })
    .catch(() => undefined);
}

/** Logs in with NickServ where there is no SASL; resolves when it has answered, or does not. */
async function identify(link: Link, settings: Settings): Promise<void> {
  if (settings.nickserv === undefined) return;
  const order = `IDENTIFY ${settings.nickserv.replace(/[\r\n\0]/g, '')}`;
  hush(link, 'NickServ', order);
  await link
    .talk<void>({
      lines: [line('PRIVMSG', ['NickServ', order])],
      withinMs: NICKSERV_MS,
      claim: ({ command, nick, params }) => {
        if (command === '900') return { is: undefined };
        if (command === '401' && params[1]?.toLowerCase() === 'nickserv') return { is: undefined };
        // What it says is read by the user as well: a refusal is for him.
        return command === 'NOTICE' && nick.toLowerCase() === 'nickserv' ? { is: undefined } : undefined;
      },
    })
    .catch(() => undefined);
}

function rejoin(
  { link, names, feed, journal, wanted, env }: Parts,
  requests: Requests,
  history: History,
): Map<string, Promise<void>> {
  const joining = requests.rejoin((name, error) => {
    // A connection that ended is no refusal: the channel is joined by the next one.
    if (!AdapterError.is(error) || error.fault.code !== 'rejected') return;
    wanted.delete(name);
    journal.add({ type: 'chat', chat: names.group(name), joined: false });
    feed.tell(
      onceKey('rejoin', `${link.epoch} ${name} ${error.message}`),
      `You are not in ${name} any more: ${error.message}`,
    );
  });
  if (!history.offered) return joining;
  fillGaps({ names, feed, wanted, history, now: () => env.now(), isUp: () => link.isUp }, joining);
  return joining;
}

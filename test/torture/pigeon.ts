// Pigeon's side of a run: people who write to the users of the gateway and are written to, correct, react and take back, on the
// example network in a process of its own. Its log, which survives its death, and what it holds in the end are the far end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { x } from '../../src/xmpp/stanza.ts';
import { spawnPigeon, type ChatName, type LogEntry, type PigeonControl } from '../fake/network/index.ts';
import { Proxy } from '../server/proxy.ts';
import { actName } from './acts.ts';
import { Chooser, type Known } from './chooser.ts';
import type { Evidence, Held, Shown } from './evidence.ts';
import { again, repeatedly, type Log, type Network } from './network.ts';
import { deedName, PigeonLog, type Noted } from './pigeon-log.ts';
import type { Random } from './random.ts';
import type { User } from './user.ts';

const DOMAIN = 'pigeon.example.org';
const NAMES = ['juliet', 'nurse', 'romeo', 'tybalt', 'viola'] as const;
/** Each user has a chat with each of them. */
const PEOPLE = 6;
/** Each person in each chat, and each user, about so often. */
const EVERY_MS = 1_000;
/** What is counted; anything else (notices) is not. */
const COUNTED = /^(?:in|out) \d+ \d+(?: v\d+)?$/;
/** What was sent as a message because the one that it changed had not arrived is that one to its writer. */
const VERSION = / v\d+$/;
/** How the gateway marks what its user wrote elsewhere, as its words say. */
const ELSEWHERE = /^\(you, on another device\) /;

interface Pair {
  readonly user: string;
  readonly person: string;
  readonly lane: string;
}

/** The chats of a run, by lane. */
const PAIRS: readonly Pair[] = NAMES.flatMap((user) =>
  Array.from({ length: PEOPLE }, (_, index) => ({ user, person: `person${index}`, lane: `${user}/person${index}` })),
);
const chatWith = (id: string): ChatName => ({ kind: 'direct', id });

/** `tokens`: Pigeon recognises what it is sent twice. */
export async function pigeonNetwork(tokens: boolean): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-torture-'));
  const state = join(folder, 'pigeon.journal');
  let fake = await spawnPigeon({ state, keys: tokens });
  const port = Number(new URL(fake.api).port);
  const proxy = await Proxy.to(port);
  for (const id of NAMES) await fake.control.createUser({ id, password: id });
  for (let index = 0; index < PEOPLE; index++) await fake.control.createUser({ id: `person${index}` });
  const log = new PigeonLog(() => fake.control, laneOf);
  return {
    domain: DOMAIN,
    transport: { adapter: 'example', options: { server: `http://127.0.0.1:${proxy.port}` } },
    names: NAMES,
    chatter: () => false,
    targets: ['gateway', 'server', 'network', 'xmpp-link', 'network-link'],
    lanes: 2 * PAIRS.length,
    lane: (user, contact) => `${user}/${contact.split('@')[0] ?? ''}`,
    async register(users) {
      for (const user of users) {
        const credentials = [x('username', {}, user.name), x('password', {}, user.name)];
        await user.set(DOMAIN, x('query', { xmlns: 'jabber:iq:register' }, ...credentials));
        await fake.control.waitForPoll({ user: user.name, timeout_ms: 30_000 });
      }
    },
    load: (users, random, notes) => load({ users, random, notes, log, control: () => fake.control }),
    kill: () => fake.kill(),
    restart: async () => void (fake = await again(() => spawnPigeon({ state, port, keys: tokens }))),
    cut: () => proxy.cut(),
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    async seen(notes) {
      await log.refresh();
      return seen(log, notes);
    },
    async held(notes) {
      await log.refresh();
      return (await Promise.all(PAIRS.map((pair) => held(pair, log, notes, fake.control)))).flat();
    },
    async stop() {
      await fake.kill();
      await proxy[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const isUser = (id: string): boolean => NAMES.some((name) => name === id);
const laneOf = ({ by, chat }: LogEntry): string => (isUser(by) ? `${by}/${chat.id}` : `${chat.id}/${by}`);

interface Load {
  readonly users: readonly User[];
  readonly random: Random;
  readonly notes: Log;
  readonly log: PigeonLog;
  readonly control: () => PigeonControl;
}

function load({ users, random, notes, log, control }: Load): () => Promise<void> {
  const memory = new Memory(notes);
  const ends = PAIRS.flatMap((pair, index) => {
    const user = users.find(({ name }) => name === pair.user);
    const [own, theirs] = [new Chooser(`out ${index}`, random), new Chooser(`in ${index}`, random)];
    let written = 0;
    const write = (): void => {
      if (user?.online !== true) return;
      const deed = own.next(memory.of(pair.lane));
      const name = deed.act ? actName(deed.act, deed.of, deed.words) : deed.words;
      user.write(`${pair.person}@${DOMAIN}`, `out-${index}-${++written}`, name, deed.act);
    };
    const say = async (): Promise<void> => {
      await log.refresh();
      await act(control(), pair, theirs, log.messages.get(pair.lane) ?? []);
    };
    return [repeatedly(say, EVERY_MS, random), repeatedly(write, EVERY_MS, random)];
  });
  return async () => void (await Promise.all(ends.map((end) => end())));
}

/** What the person of a chat does on a device that is not ours. */
async function act(control: PigeonControl, pair: Pair, chooser: Chooser, all: readonly Noted[]): Promise<void> {
  const place = { by: pair.person, chat: chatWith(pair.user) };
  const known = all.map(({ id, first, by, deleted }) => ({
    ...{ id, words: first, own: by === pair.person, gone: deleted },
  }));
  const { act: change, words } = chooser.next(known);
  if (change === undefined) await control.say({ ...place, text: words });
  else if (change.type === 'edit') await control.edit({ ...place, id: change.target, text: words });
  else if (change.type === 'retract') await control.remove({ ...place, id: change.target });
  else await control.react({ ...place, id: change.target, emojis: [...(change.emojis ?? [])] });
}

/** What the clients know of their chats, kept up as it comes. */
class Memory {
  readonly #notes: Log;
  readonly #chats = new Map<string, (Known & { gone: boolean })[]>();
  readonly #known = new Map<string, Known & { gone: boolean }>();
  #written = 0;
  #shown = 0;

  constructor(notes: Log) {
    this.#notes = notes;
  }

  of(lane: string): readonly Known[] {
    for (; this.#written < this.#notes.written.length; this.#written++) this.#take(this.#notes.written, true);
    for (; this.#shown < this.#notes.shown.length; this.#shown++) this.#take(this.#notes.shown, false);
    return this.#chats.get(lane) ?? [];
  }

  #take(from: Log['written'] | Log['shown'], own: boolean): void {
    const one = from[own ? this.#written : this.#shown];
    if (one === undefined) return;
    const { lane, id, text, act: change } = one;
    const target = change && this.#known.get(`${lane} ${change.target}`);
    if (target && change.type === 'retract') target.gone = true;
    if (change || !COUNTED.test(text) || this.#known.has(`${lane} ${id}`)) return;
    const message = { id, words: text, own, gone: false };
    this.#known.set(`${lane} ${id}`, message);
    const all = this.#chats.get(lane);
    if (all) all.push(message);
    else this.#chats.set(lane, [message]);
  }
}

/** Lines that a client was shown as its user's own, each once, by the words and in order. */
function elsewhere({ shown }: Log): ReadonlyMap<string, readonly Shown[]> {
  const lines = new Map<string, Map<string, Shown>>();
  for (const one of shown) {
    if (one.act || !ELSEWHERE.test(one.text)) continue;
    const key = `${one.lane} ${one.text.replace(ELSEWHERE, '')}`;
    const all = lines.get(key) ?? new Map<string, Shown>();
    lines.set(key, all);
    all.set(one.id, { ...one, text: one.text.replace(ELSEWHERE, '') });
  }
  return new Map([...lines].map(([key, all]) => [key, [...all.values()]]));
}

/** A copy that the gateway has shown as written elsewhere is a message of its own, the first of its words first. */
const copyName = (words: string, copy: number): string => `${words} #${copy + 1}`;

/** By lane and id: what the messages of the network are called. */
function namesOf(log: PigeonLog, notes: Log): (lane: string, message: Noted) => string {
  const lines = elsewhere(notes);
  const names = new Map<string, string>();
  for (const [lane, all] of log.messages) {
    const copies = new Map<string, number>();
    for (const { id, first } of all) {
      const copy = copies.get(first) ?? 0;
      copies.set(first, copy + 1);
      const isElsewhere = copy < (lines.get(`${lane} ${first}`)?.length ?? 0);
      names.set(`${lane} ${id}`, isElsewhere ? copyName(first, copy) : first);
    }
  }
  return (lane, { id, first }) => names.get(`${lane} ${id}`) ?? first;
}

type Seen = Required<Pick<Evidence, 'arrived' | 'said' | 'shown' | 'elsewhere'>>;

function seen(log: PigeonLog, notes: Log): Seen {
  const name = namesOf(log, notes);
  const lines = [...elsewhere(notes).values()].flatMap((all) =>
    all.map((one, copy) => ({ line: one, named: { ...one, text: copyName(one.text, copy) } })),
  );
  const words = new Map<string, string>();
  for (const one of [...notes.written, ...notes.shown, ...lines.map(({ named }) => named)])
    if (one.act === undefined) words.set(`${one.lane} ${one.id}`, one.text);
  const shown = notes.shown.flatMap((one) => {
    if (one.act === undefined) return COUNTED.test(one.text) ? [one] : [];
    const of = words.get(`${one.lane} ${one.act.target}`) ?? 'a message that he does not know';
    return [{ ...one, text: actName(one.act, of, one.text) }];
  });
  const isShown = new Set(shown.map(({ lane, text }) => `${lane} ${text}`));
  const arrived: Shown[] = [];
  const said: Shown[] = [];
  for (const { entry, lane, message } of log.deeds) {
    const text = deedName(entry, name(lane, message).replace(VERSION, ''));
    const deed = { lane, id: entry.type === 'message' ? entry.id : `act ${entry.seq}`, text, at: entry.time };
    if (entry.via === 'session') arrived.push(deed);
    else if (!isMoot(entry, message) || isShown.has(`${lane} ${text}`)) said.push(deed);
  }
  return { arrived: merged(arrived), said, shown, elsewhere: lines.map(({ named }) => named) };
}

/** A reaction to what the user has taken back meanwhile says nothing to anybody. */
const isMoot = ({ type }: LogEntry, { by, deleted }: Noted): boolean => type === 'react' && deleted && isUser(by);

/** The same change made again before anything else is one change. */
function merged(arrived: readonly Shown[]): readonly Shown[] {
  const last = new Map<string, Shown>();
  return arrived.map((one) => {
    const before = last.get(one.lane);
    const same = before !== undefined && before.text === one.text && one.id.startsWith('act ');
    const named = same ? { ...one, id: before.id } : one;
    last.set(one.lane, named);
    return named;
  });
}

/** The messages of a chat as the network holds them now. */
async function held(pair: Pair, log: PigeonLog, notes: Log, control: PigeonControl): Promise<readonly Held[]> {
  const { user, person, lane } = pair;
  const name = namesOf(log, notes);
  const made = new Map((log.messages.get(lane) ?? []).map((message) => [message.id, message]));
  return (await control.messages({ by: person, chat: chatWith(user) })).map(
    ({ id, from, text, deleted, reactions }) => {
      const message = made.get(id);
      return {
        ...{ lane, text, deleted, mine: from === user },
        first: message ? name(lane, message) : '',
        reactions: { mine: reactions[user] ?? [], theirs: reactions[person] ?? [] },
      };
    },
  );
}

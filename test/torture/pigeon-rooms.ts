// Groups of Pigeon: members who speak, correct, react and take back, others who come, say a word and go, and XMPP users in the rooms
// that these groups are. The network's log and its lists of members are the far end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { x } from '../../src/xmpp/stanza.ts';
import { spawnPigeon, type ChatName, type PigeonControl } from '../fake/network/index.ts';
import { Proxy } from '../server/proxy.ts';
import { Chooser } from './chooser.ts';
import type { Evidence, List, Shown } from './evidence.ts';
import { again, repeatedly, type Log, type Network } from './network.ts';
import { PigeonLog, type Deed } from './pigeon-log.ts';
import type { Random } from './random.ts';
import { inWords, nameOf, VERSION } from './room-view.ts';
import { RoomUser } from './room-user.ts';
import type { User } from './user.ts';

const DOMAIN = 'pigeon.example.org';
const NAMES = ['juliet', 'nurse', 'romeo', 'tybalt'] as const;
const MEMBERS = ['ada', 'ben', 'cleo', 'dora'] as const;
/** They come and go. */
const GUESTS = ['gil', 'hal', 'ina', 'jon', 'kim', 'lou'] as const;
const GROUPS = ['garden', 'hall', 'tomb'] as const;
/** Each member and each user in each group, and all guests of a group together, about so often. */
const EVERY_MS = 1_500;
const USER_MS = 500;
const GUEST_MS = 400;

const roomOf = (group: string): string => `#${group}@${DOMAIN}`;
const chatOf = (id: string): ChatName => ({ kind: 'group', id });
const rooms = (users: readonly User[]): readonly RoomUser[] => users.filter((user) => user instanceof RoomUser);

export async function pigeonRooms(): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-torture-'));
  const state = join(folder, 'pigeon.journal');
  let fake = await spawnPigeon({ state });
  const port = Number(new URL(fake.api).port);
  const proxy = await Proxy.to(port);
  for (const id of NAMES) await fake.control.createUser({ id, password: id });
  for (const id of [...MEMBERS, ...GUESTS]) await fake.control.createUser({ id });
  const log = new PigeonLog(
    () => fake.control,
    ({ chat }) => chat.id,
  );
  const users: RoomUser[] = [];
  return {
    domain: DOMAIN,
    transport: { adapter: 'example', options: { server: `http://127.0.0.1:${proxy.port}` } },
    names: NAMES,
    chatter: () => false,
    targets: ['gateway', 'server', 'network', 'xmpp-link', 'network-link'],
    lanes: GROUPS.length * (NAMES.length * 2),
    lane: (user, contact) => `${user} > ${contact}`,
    user(server, name, notes) {
      const user = new RoomUser(server, name, notes);
      users.push(user);
      return user;
    },
    async register() {
      for (const user of users) {
        const credentials = [x('username', {}, user.name), x('password', {}, user.name)];
        await user.set(DOMAIN, x('query', { xmlns: 'jabber:iq:register' }, ...credentials));
        await fake.control.waitForPoll({ user: user.name, timeout_ms: 30_000 });
      }
      const members = [...MEMBERS, ...NAMES];
      for (const id of GROUPS) await fake.control.createGroup({ id, name: id, members, open: true });
      const entrances = users.flatMap((user) => GROUPS.map((group) => user.enter(roomOf(group), user.name)));
      await Promise.all(entrances);
    },
    load: (all, random) => load({ users: rooms(all), random, log, control: () => fake.control }),
    kill: () => fake.kill(),
    restart: async () => void (fake = await again(() => spawnPigeon({ state, port }))),
    cut: () => proxy.cut(),
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    async seen(notes) {
      await log.refresh();
      return seen(log, notes, users);
    },
    async lists() {
      return (await Promise.all(GROUPS.map((group) => lists(group, fake.api, users)))).flat();
    },
    async rooms() {
      await log.refresh();
      return (await Promise.all(GROUPS.map((group) => states(group, log, { control: fake.control, users })))).flat();
    },
    async stop() {
      await fake.kill();
      await proxy[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Load {
  readonly users: readonly RoomUser[];
  readonly random: Random;
  readonly log: PigeonLog;
  readonly control: () => PigeonControl;
}

function load({ users, random, log, control }: Load): () => Promise<void> {
  const ends = GROUPS.flatMap((group) => {
    const members = MEMBERS.map((by) => {
      const chooser = new Chooser(`${by} in ${group}`, random);
      return repeatedly(() => act({ by, group, chooser, log, control: control() }), EVERY_MS, random);
    });
    const writers = users.map((user) => {
      const chooser = new Chooser(`${user.name} in ${group}`, random);
      let written = 0;
      const write = (): void => {
        const room = roomOf(group);
        if (user.isIn(room)) user.does(room, `${group}-${user.name}-${++written}`, chooser.next(user.knows(room)));
      };
      return repeatedly(write, USER_MS, random);
    });
    return [...members, ...writers, repeatedly(visits(group, random, control), GUEST_MS, random)];
  });
  return async () => void (await Promise.all(ends.map((end) => end())));
}

interface Turn {
  readonly by: string;
  readonly group: string;
  readonly chooser: Chooser;
  readonly log: PigeonLog;
  readonly control: PigeonControl;
}

/** What a member does on a device that is not ours. */
async function act({ by, group, chooser, log, control }: Turn): Promise<void> {
  await log.refresh();
  const known = (log.messages.get(group) ?? []).map(({ id, first, by: author, deleted }) => ({
    ...{ id, words: first, own: author === by, gone: deleted },
  }));
  const place = { by, chat: chatOf(group) };
  const { act: change, words } = chooser.next(known);
  if (change === undefined) await control.say({ ...place, text: words });
  else if (change.type === 'edit') await control.edit({ ...place, id: change.target, text: words });
  else if (change.type === 'retract') await control.remove({ ...place, id: change.target });
  else await control.react({ ...place, id: change.target, emojis: [...(change.emojis ?? [])] });
}

/** A guest comes, speaks or goes; now and then somebody is muted or may speak again. */
function visits(group: string, random: Random, control: () => PigeonControl): () => Promise<void> {
  const inside = new Set<string>();
  let said = 0;
  return async () => {
    const guest = GUESTS[Math.floor(random() * GUESTS.length)] ?? GUESTS[0];
    const choice = random();
    const set = (by: string, role: 'member' | 'none' | 'muted' | 'admin'): Promise<true> =>
      control().setRole({ by, group, user: guest, role });
    if (!inside.has(guest)) {
      await set(guest, 'member');
      inside.add(guest);
    } else if (choice < 0.4) {
      await control().say({ by: guest, chat: chatOf(group), text: `${guest} visits ${group} ${++said}` });
    } else if (choice < 0.7) {
      await set(guest, 'none');
      inside.delete(guest);
    } else await set(MEMBERS[0], choice < 0.8 ? 'muted' : choice < 0.9 ? 'admin' : 'member');
  };
}

const isUser = (id: string): boolean => NAMES.some((name) => name === id);

function seen(
  log: PigeonLog,
  { shown }: Log,
  users: readonly RoomUser[],
): Required<Pick<Evidence, 'arrived' | 'said' | 'shown' | 'elsewhere'>> {
  const arrived: Shown[] = [];
  const said: Shown[] = [];
  // What the network tells the user is none of it.
  const inRooms = shown.filter(({ lane }) => lane.includes(' < '));
  const isShown = new Set(inRooms.map(({ lane, text }) => `${lane} ${text}`));
  for (const deed of log.deeds) {
    const { entry, lane: group } = deed;
    const one = { id: `${group} ${entry.seq}`, text: nameIn(deed), at: entry.time };
    if (isUser(entry.by)) arrived.push({ ...one, lane: `${entry.by} > ${roomOf(group)}` });
    for (const name of NAMES) {
      const lane = `${name} < ${roomOf(group)}`;
      if (name !== entry.by && (!isMoot(deed, name) || isShown.has(`${lane} ${one.text}`))) said.push({ ...one, lane });
    }
  }
  return { arrived, said, shown: inRooms, elsewhere: users.flatMap(({ strays }) => strays) };
}

/** A reaction to what the user has taken back meanwhile says nothing to him. */
const isMoot = ({ entry, message }: Deed, user: string): boolean =>
  entry.type === 'react' && message.deleted && message.by === user;

function nameIn({ entry, message }: Deed): string {
  const { type, emojis = [], text = '', by } = entry;
  if (type === 'message' || type === 'edit') return text;
  return nameOf({ type: type === 'delete' ? 'retract' : 'react', emojis }, message.first.replace(VERSION, ''), '', by);
}

/** How the messages of a group stand, and what each client shows of them. */
async function states(
  group: string,
  log: PigeonLog,
  { control, users }: { readonly control: PigeonControl; readonly users: readonly RoomUser[] },
): Promise<readonly List[]> {
  const made = log.messages.get(group) ?? [];
  const network = inWords(
    (await control.messages({ by: MEMBERS[0], chat: chatOf(group) })).map((one, index) => ({
      ...{ first: made[index]?.first.replace(VERSION, '') ?? '', by: one.from },
      ...{ text: one.text, deleted: one.deleted, reactions: one.reactions },
    })),
  );
  return users.map((user) => ({
    name: `the messages of ${group} as ${user.name} sees them`,
    network,
    client: inWords(user.sees(roomOf(group))),
  }));
}

/** What roles are in a room that does not say that everybody may enter. */
const STANDING: Readonly<Record<string, string>> = {
  owner: 'owner/moderator',
  admin: 'admin/moderator',
  member: 'member/participant',
  muted: 'member/visitor',
};

/** Who is in a group, and what each client makes of it. */
async function lists(group: string, api: string, users: readonly RoomUser[]): Promise<readonly List[]> {
  const login = { method: 'POST', body: JSON.stringify({ name: NAMES[0], password: NAMES[0] }) };
  const { session } = (await (await fetch(`${api}/login`, login)).json()) as { session: string };
  const answer = await fetch(`${api}/group/${group}`, { headers: { authorization: `Bearer ${session}` } });
  const { members } = (await answer.json()) as { members: { id: string; role: string }[] };
  const network = members.map(({ id, role }) => `${id} ${STANDING[role] ?? role}`).sort();
  return users.map((user) => ({
    name: `${user.name} in ${group}`,
    network,
    client: user.occupants(roomOf(group)),
  }));
}

// Telegram's side of a run: fifty people who write to the bots of two users and are written to, on our own Bot API server in
// a process of its own. Its log, which survives its death, is the far end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { x } from '../../src/xmpp/stanza.ts';
import { spawnTelegram, type BotView, type LogEntry } from '../fake/telegram/index.ts';
import { Proxy } from '../server/proxy.ts';
import type { Shown } from './evidence.ts';
import { again, repeatedly, type Log, type Network } from './network.ts';
import type { User } from './user.ts';

const DOMAIN = 'telegram.example.org';
const NAMES = ['juliet', 'nurse'] as const;
const PEOPLE = 50;
/** Each person, and each user to each person, about so often. Telegram lets through one message a second in a chat. */
const EVERY_MS = 2_500;
/** What is counted; anything else (`/start`, notices) is not. */
const COUNTED = /^(?:in|out) \d+ \d+$/;

interface Person {
  readonly id: number;
  readonly bot: number;
  readonly user: string;
}

export async function telegramNetwork(): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-torture-'));
  const state = join(folder, 'telegram.journal');
  let fake = await spawnTelegram({ state });
  const port = Number(new URL(fake.api).port);
  const proxy = await Proxy.to(port);
  const bots = new Map<string, BotView>();
  const people: Person[] = [];
  for (const [index, user] of NAMES.entries()) {
    const bot = await fake.control.createBot({ username: `torture${index}_bot` });
    bots.set(user, bot);
    for (let each = index; each < PEOPLE; each += NAMES.length) {
      const { id } = await fake.control.createUser({ first_name: `Person ${each}` });
      people.push({ id, bot: bot.id, user });
    }
  }
  const owners = new Map([...bots].map(([user, { id }]) => [id, user]));
  const shownAs = ({ bot, chat, message_id, text, time }: LogEntry): Shown => ({
    ...{ lane: laneOf(owners.get(bot) ?? '', String(chat)), id: String(message_id), text, at: time },
  });
  const logged = async (direction: LogEntry['direction']): Promise<readonly Shown[]> =>
    (await fake.control.log({ direction })).map(shownAs).filter(({ text }) => COUNTED.test(text));

  return {
    domain: DOMAIN,
    transport: { adapter: 'telegram', options: { api_root: `http://127.0.0.1:${proxy.port}` } },
    names: NAMES,
    chatter: () => false,
    targets: ['gateway', 'server', 'network', 'xmpp-link', 'network-link'],
    lanes: 2 * PEOPLE,
    lane: (user, contact) => laneOf(user, contact.split('@')[0] ?? ''),
    async register(users) {
      for (const user of users) await registerBot(user, bots.get(user.name)?.token ?? '');
      for (const { bot, id } of people) await fake.control.openBot({ bot, user: id });
      for (const { id } of bots.values()) await fake.control.waitForConfirmed({ bot: id, timeout_ms: 30_000 });
    },
    load(users, random) {
      const ends = people.flatMap(({ bot, id, user: name }, index) => {
        let spoken = 0;
        let written = 0;
        const user = users.find((one) => one.name === name);
        return [
          repeatedly(
            () => fake.control.sendText({ bot, user: id, text: `in ${index} ${++spoken}` }).then(() => undefined),
            EVERY_MS,
            random,
          ),
          repeatedly(
            () => user?.write(`${id}@${DOMAIN}`, `out-${index}-${++written}`, `out ${index} ${written}`),
            EVERY_MS,
            random,
          ),
        ];
      });
      return async () => void (await Promise.all(ends.map((end) => end())));
    },
    kill: () => fake.kill(),
    restart: async () => void (fake = await again(() => spawnTelegram({ state, port }))),
    cut: () => proxy.cut(),
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    seen: async (log: Log) => ({
      arrived: await logged('from-bot'),
      said: await logged('to-bot'),
      shown: log.shown.filter(({ text }) => COUNTED.test(text)),
    }),
    async stop() {
      await fake.kill();
      await proxy[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const laneOf = (user: string, chat: string): string => `${user}/${chat}`;

async function registerBot(user: User, token: string): Promise<void> {
  await user.set(DOMAIN, x('query', { xmlns: 'jabber:iq:register' }, x('password', {}, token)));
}

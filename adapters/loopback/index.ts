// A network without a network: three contacts and some rooms that live in the gateway itself, to see that a server is set up, to try what
// failures look like, and to measure. Whatever a contact says is committed before the message that caused it counts as
// sent, under a key made from that message's token: a gateway killed in between tries again and nothing is said twice.
import { randomUUID } from 'node:crypto';
import { AdapterError, ask } from 'moongate/adapter';
import type { Adapter, Chat, Delivery, Found, Host, LogEvent, Session, UserId } from 'moongate/adapter';
import { Clock } from './clock.ts';
import type { Schedule } from './clock.ts';
import { follow } from './echo.ts';
import { flaky } from './flaky.ts';
import { Rooms } from './rooms.ts';

/** What the loopback takes from the machine; `setTimer` calls once after `ms` and returns how to cancel that. */
export interface Machine {
  now(this: void): number;
  setTimer(this: void, run: () => void, ms: number): () => void;
  randomId(this: void): string;
}
/** An account is a name that nobody else has. */
export interface Credentials {
  readonly id: string;
}
type Config = Readonly<Record<never, never>>;
type LoopbackHost = Host<Config, Credentials, Schedule | null>;
/** Takes a message and resolves once its answer is on disk. */
type Contact = (text: string, delivery: Delivery) => Promise<void>;

const contacts: readonly { readonly id: UserId; readonly name: string; readonly about: string }[] = [
  { id: 'echo', name: 'Echo', about: 'answers every message with the same text, and follows what becomes of it' },
  { id: 'clock', name: 'Clock', about: 'writes every few seconds when asked: "every 5", "stop"' },
  { id: 'flaky', name: 'Flaky', about: 'fails as told: "temporary", "rate 5s", "reject", "uncertain", "slow 3s", ...' },
];

const machine: Machine = {
  now: () => Date.now(),
  setTimer(run, ms) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  randomId: randomUUID,
};

/** The loopback on another clock, for tests. */
export function createLoopback(on: Partial<Machine> = {}): Adapter<Config, Credentials, Schedule | null> {
  const { now, setTimer, randomId } = { ...machine, ...on };
  return {
    api: 1,
    id: 'loopback',
    name: 'Loopback',
    prompt: 'echo, clock or flaky',
    parseConfig,
    logins: [
      {
        id: 'open',
        title: 'Open the loopback',
        async *run({ previous }) {
          yield* ask({ title: 'Open the loopback', note: 'There is nothing to fill in.', fields: [] });
          const id = previous?.id ?? randomId();
          return { account: id, credentials: { id } };
        },
      },
    ],
    connect: (host) => connect(host, { now, setTimer, randomId }),
  };
}

function parseConfig(input: unknown): Config {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new Error('expected a table');
  const [unknown] = Object.keys(input);
  if (unknown !== undefined) throw new Error(`${unknown}: unknown key; the loopback has nothing to configure`);
  return {};
}

async function connect(host: LoopbackHost, { now, setTimer }: Machine): Promise<Session> {
  const say = (id: UserId, key: string, text: string): LogEvent => {
    const name = contacts.find((contact) => contact.id === id)?.name ?? id;
    return {
      type: 'message',
      key,
      id: key,
      chat: { kind: 'direct', id },
      from: id,
      name,
      at: now(),
      content: { text },
    };
  };
  const clock = new Clock(host, { now, setTimer }, say);
  const wait = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, [signal, host.signal], setTimer);
  const answer = (id: UserId, token: string, text: string): Promise<void> =>
    host.commit({ events: [say(id, `answer/${token}`, text)] });
  const handlers: Readonly<Record<string, Contact>> = {
    echo: (text, { token }) => answer('echo', token, text),
    clock: (text, { token }) => clock.order(text, token),
    flaky: (text, delivery) => flaky(text, delivery, wait, (words) => answer('flaky', delivery.token, words)),
  };

  const events = contacts.map(({ id, name }) => ({ type: 'contact' as const, user: id, name, listed: true }));
  await host.commit({ events });
  const rooms = new Rooms(host, now);
  await rooms.load();
  const following = follow(host, now);
  clock.start();
  return {
    self: host.credentials.id,
    limits: { text: 10_000 },
    resend: 'safe',
    async send(chat, content, delivery) {
      if (chat.kind === 'group') return orAborted(rooms.send(chat, content.text ?? '', delivery), delivery.signal);
      const contact = Object.hasOwn(handlers, chat.id) && chat.kind === 'direct' ? handlers[chat.id] : undefined;
      if (!contact) throw unknownContact(chat);
      await orAborted(contact(content.text ?? '', delivery), delivery.signal);
      return { id: `sent/${delivery.token}`, at: delivery.at };
    },
    ...following,
    ...rooms.requests,
    edit: (chat, target, content, delivery) =>
      chat.kind === 'group'
        ? rooms.edit(chat, target, content.text ?? '', delivery)
        : following.edit(chat, target, content, delivery),
    retract: (chat, target, delivery) =>
      chat.kind === 'group' ? rooms.retract(chat, target, delivery) : following.retract(chat, target, delivery),
    react: (chat, target, emojis, delivery) =>
      chat.kind === 'group'
        ? rooms.react(chat, target, emojis, delivery)
        : following.react(chat, target, emojis, delivery),
    read: (chat, upTo, delivery) => (chat.kind === 'group' ? Promise.resolve() : following.read(chat, upTo, delivery)),
    resolve: (query) => Promise.resolve(search(query).find(({ chat }) => chat.id === query.trim().toLowerCase())),
    search: (query) => Promise.resolve(search(query)),
    profile(user) {
      const contact = contacts.find(({ id }) => id === user);
      return Promise.resolve(contact && { name: contact.name, about: `${contact.name} ${contact.about}.` });
    },
    close: () => clock.close(),
  };
}

function search(query: string): readonly Found[] {
  const wanted = query.trim().toLowerCase();
  const matching = contacts.filter(({ id, about }) => id.includes(wanted) || about.includes(wanted));
  return matching.map(({ id, name, about }) => ({ chat: { kind: 'direct', id }, name, note: about }));
}

function unknownContact(chat: Chat): AdapterError {
  const known = contacts.map(({ id }) => id).join(', ');
  return new AdapterError({ code: 'rejected', reason: 'not-found' }, `There is no ${chat.id} here, only ${known}.`);
}

const abandoned = (): AdapterError => new AdapterError({ code: 'uncertain' }, 'The gateway stopped waiting.');

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abandoned());
    const end = <V>(settle: (value: V) => void) => {
      return (value: V): void => {
        signal.removeEventListener('abort', stop);
        settle(value);
      };
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(end(resolve), end(reject));
  });
}

function pause(ms: number, signals: readonly AbortSignal[], setTimer: Machine['setTimer']): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', stop);
      settle();
    };
    const stop = (): void => end(() => reject(abandoned()));
    const cancel = setTimer(() => end(resolve), ms);
    for (const signal of signals) signal.addEventListener('abort', stop);
    if (signals.some(({ aborted }) => aborted)) stop();
  });
}

export default createLoopback();

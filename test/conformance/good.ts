// A right adapter for the toy network, made of parts. A wrong adapter is this one with one part exchanged.
import { ask } from 'moongate/adapter';
import type { Adapter, Delivery, Host, Limits, LogEvent, Sent, Session } from 'moongate/adapter';
import type { Harness, TestNetwork } from 'moongate/adapter/testing';
import { ToyNetwork, meaning } from './toy.ts';
import type { Change, ToyFault, ToyOptions, Update } from './toy.ts';

type Config = Readonly<Record<never, never>>;
interface Credentials {
  readonly secret: string;
}
export type ToyHost = Host<Config, Credentials, number>;

export interface Parts {
  /** Where reading begins. */
  from(this: void, network: ToyNetwork, host: ToyHost): number;
  key(this: void, update: Update): string;
  /** What it makes of its own message. */
  echo(this: void, update: Update, token: string): LogEvent;
  readonly limits: Limits;
  sent(this: void, id: string): Sent;
  /** Reads for ever; rejects when it cannot go on. */
  read(this: void, network: ToyNetwork, host: ToyHost, parts: Parts): Promise<void>;
  send(this: void, network: ToyNetwork, host: ToyHost, text: string, chat: string, to: Delivery): Promise<string>;
  change(this: void, network: ToyNetwork, host: ToyHost, change: Change): void;
  /** What a failure of the network is called. */
  meaning(this: void, error: unknown): unknown;
  close(this: void, reading: Promise<void>, network: ToyNetwork, host: ToyHost): Promise<void>;
  readonly network: ToyOptions;
}

export function toEvent(update: Update, parts: Parts): LogEvent {
  const { type, id, text, emojis, at, own } = update;
  if (own !== undefined) return parts.echo(update, own);
  const chat = { kind: 'direct', id: 'friend' } as const;
  const said = { key: parts.key(update), chat, from: 'friend', at };
  if (type === 'edit') return { ...said, type, target: id, content: { text } };
  if (type === 'retract') return { ...said, type, target: id };
  if (type === 'react') return { ...said, type, target: id, emojis };
  if (type === 'read') return { ...said, type, upTo: id, level: 'read' };
  return { ...said, type: 'message', id, content: { text } };
}

/** What is to be kept of some updates; typing is not, and goes as a hint. */
export function toEvents(updates: readonly Update[], host: ToyHost, parts: Parts): readonly LogEvent[] {
  for (const { type, on } of updates) {
    if (type === 'typing') host.hint({ type, on, from: 'friend', chat: { kind: 'direct', id: 'friend' } });
  }
  return updates.filter(({ type }) => type !== 'typing').map((update) => toEvent(update, parts));
}

export const good: Parts = {
  from: (_network, host) => host.cursor ?? 0,
  key: ({ seq }) => `update/${seq}`,
  echo: ({ seq, id, text, at }, token) => {
    const chat = { kind: 'direct', id: 'friend' } as const;
    return { type: 'message', key: `update/${seq}`, chat, from: null, at, id, token, content: { text } };
  },
  limits: { text: 4000, editMs: 900_000, accountRate: { count: 30, perMs: 1_000 } },
  sent: (id) => ({ id, at: Date.now() }),
  async read(network, host, parts) {
    for (let cursor = parts.from(network, host); ;) {
      const updates = await network.poll(host.credentials.secret, cursor, host.signal);
      cursor = updates.at(-1)?.seq ?? cursor;
      await host.commit({ events: toEvents(updates, host, parts), cursor });
    }
  },
  send: (network, host, text, chat, { token, signal }) =>
    network.send(host.credentials.secret, chat, text, token, signal),
  change: (network, host, change) => network.change(host.credentials.secret, change),
  meaning,
  close: (reading) => reading,
  network: { echoes: true },
};

export function adapterOf(network: ToyNetwork, parts: Parts): Adapter<Config, Credentials, number> {
  const told = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw parts.meaning(error);
    }
  };
  return {
    api: 1,
    id: 'toy',
    name: 'Toy',
    parseConfig(input) {
      if (typeof input !== 'object' || input === null || Object.keys(input).length > 0) throw new Error('expected {}');
      return {};
    },
    logins: [
      {
        id: 'password',
        title: 'Password',
        async *run() {
          const fields = [{ name: 'password', label: 'Password', secret: true }] as const;
          const { password } = yield* ask({ title: 'Log in to the toy', fields });
          return { account: 'me', credentials: { secret: await told(() => network.logIn(password)) } };
        },
      },
    ],
    async connect(host): Promise<Session> {
      await told(() => network.newest(host.credentials.secret));
      const reading = told(() => parts.read(network, host, parts)).catch((error: unknown) => {
        if (!host.signal.aborted) host.down(error);
      });
      const change = (wanted: Change): Promise<void> => told(() => parts.change(network, host, wanted));
      return {
        self: 'me',
        limits: parts.limits,
        resend: 'safe',
        async send(chat, content, delivery) {
          return parts.sent(await told(() => parts.send(network, host, content.text ?? '', chat.id, delivery)));
        },
        edit: (_chat, id, { text = '' }) => change({ type: 'edit', id, text }),
        retract: (_chat, id) => change({ type: 'retract', id }),
        react: (_chat, id, emojis) => change({ type: 'react', id, emojis }),
        read: (_chat, id) => change({ type: 'read', id }),
        typing: (_chat, on) => void change({ type: 'typing', on }).catch(() => undefined),
        close: () => parts.close(reading, network, host),
      };
    },
  };
}

/** The suite's view of an adapter made of these parts. */
export function harnessOf(changed: Partial<Parts> = {}): Harness {
  const parts = { ...good, ...changed };
  const start = (): Promise<TestNetwork> => {
    const network = new ToyNetwork(parts.network);
    const now = (act: () => void) => (): Promise<void> => Promise.resolve(act());
    const next = (fault: ToyFault) => now(() => network.next(fault));
    return Promise.resolve({
      adapter: adapterOf(network, parts),
      config: {},
      login: { answer: () => ({ password: 'right' }), wrong: () => ({ password: 'wrong' }) },
      chat: { kind: 'direct', id: 'friend' },
      say: (text) => Promise.resolve(network.say(text)),
      shown: () => Promise.resolve([...network.shown]),
      friend: {
        edit: (said, text) => now(() => network.edit(said, text))(),
        retract: (said) => now(() => network.retract(said))(),
        react: (said, emojis) => now(() => network.react(said, emojis))(),
        read: (said) => now(() => network.read(said))(),
        type: (on) => now(() => network.type(on))(),
        sees: {
          reactions: (said) => Promise.resolve(network.left(said).emojis),
          read: (said) => Promise.resolve(network.left(said).read),
          typing: () => Promise.resolve(network.typing),
        },
      },
      faults: {
        ...{ refuse: next('refuse'), dropReply: next('drop'), hang: next('hang') },
        limit: (limitMs) => next({ limitMs })(),
        revoke: now(() => network.revoke()),
        cut: now(() => network.cut()),
        throttle: (ms) => Promise.resolve(network.throttle(ms)),
        busy: now(() => network.stop()),
        recover: now(() => network.start()),
        stop: now(() => network.stop()),
        start: now(() => network.start()),
      },
      close: () => Promise.resolve(),
    });
  };
  return { start, patienceMs: 1500, quietMs: 50 };
}

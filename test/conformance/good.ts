// A right adapter for the toy network, made of parts. A wrong adapter is this one with one part exchanged.
import { ask } from 'moongate/adapter';
import type { Adapter, Delivery, Host, NetworkEvent, Session } from 'moongate/adapter';
import type { Harness, TestNetwork } from 'moongate/adapter/testing';
import { ToyNetwork, meaning } from './toy.ts';
import type { ToyFault, ToyOptions, Update } from './toy.ts';

type Config = Readonly<Record<never, never>>;
interface Credentials {
  readonly secret: string;
}
export type ToyHost = Host<Config, Credentials, number>;

export interface Parts {
  /** Where reading begins. */
  from(this: void, network: ToyNetwork, host: ToyHost): number;
  key(this: void, update: Update): string;
  /** Reads for ever; rejects when it cannot go on. */
  read(this: void, network: ToyNetwork, host: ToyHost, parts: Parts): Promise<void>;
  send(this: void, network: ToyNetwork, host: ToyHost, text: string, chat: string, to: Delivery): Promise<string>;
  /** What a failure of the network is called. */
  meaning(this: void, error: unknown): unknown;
  close(this: void, reading: Promise<void>, network: ToyNetwork, host: ToyHost): Promise<void>;
  readonly network: ToyOptions;
}

export const toEvent = (update: Update, parts: Parts): NetworkEvent => ({
  type: 'message',
  key: parts.key(update),
  id: `u${update.seq}`,
  chat: { kind: 'direct', id: 'friend' },
  from: 'friend',
  at: update.at,
  content: { text: update.text },
});

export const good: Parts = {
  from: (_network, host) => host.cursor ?? 0,
  key: ({ seq }) => `message/${seq}`,
  async read(network, host, parts) {
    for (let cursor = parts.from(network, host); ;) {
      const updates = await network.poll(host.credentials.secret, cursor, host.signal);
      cursor = updates.at(-1)?.seq ?? cursor;
      await host.commit({ events: updates.map((update) => toEvent(update, parts)), cursor });
    }
  },
  send: (network, host, text, chat, { token, signal }) =>
    network.send(host.credentials.secret, chat, text, token, signal),
  meaning,
  close: (reading) => reading,
  network: {},
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
      return {
        self: 'me',
        limits: { text: 4000 },
        resend: 'safe',
        async send(chat, content, delivery) {
          return { id: await told(() => parts.send(network, host, content.text ?? '', chat.id, delivery)) };
        },
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
      faults: {
        ...{ refuse: next('refuse'), dropReply: next('drop'), hang: next('hang') },
        limit: (limitMs) => next({ limitMs })(),
        revoke: now(() => network.revoke()),
        cut: now(() => network.cut()),
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

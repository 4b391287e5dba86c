// Pigeon in a process of its own with Anna, who has a gateway, and Bela, who has none: what the tests here share.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyAdapter } from 'moongate/adapter';
import type { NetworkFaults, TestNetwork } from 'moongate/adapter/testing';
import { type PigeonControl, type Refusal, type SpawnedPigeon, spawnPigeon } from '../../fake/network/index.ts';

const me = { by: 'anna', chat: { kind: 'direct', id: 'bela' } } as const;
const friend = { by: 'bela', chat: { kind: 'direct', id: 'anna' } } as const;

/** The suite's view of Pigeon and an adapter for it. */
export async function startGarden(adapter: AnyAdapter, keys = true): Promise<TestNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'moongate-pigeon-'));
  const state = join(folder, 'state');
  const server = { running: await spawnPigeon({ state, keys }) };
  const { api } = server.running;
  const control = (): PigeonControl => server.running.control;
  await control().createUser({ id: 'anna', name: 'Anna', password: 'right' });
  await control().createUser({ id: 'bela', name: 'Béla' });
  return {
    adapter,
    config: { server: api },
    login: {
      answer: () => ({ name: 'anna', password: 'right' }),
      wrong: () => ({ name: 'anna', password: 'wrong' }),
    },
    chat: me.chat,
    known: { query: 'bela', chat: me.chat, nobody: 'nobody' },
    say: async (text) => void (await control().say({ ...friend, text })),
    shown: async () =>
      (await control().messages(me)).filter(({ from, deleted }) => from === 'anna' && !deleted).map(({ text }) => text),
    friend: friendOf(control),
    faults: faultsOf(server, state, Number(new URL(api).port)),
    close: async () => {
      await server.running.close();
      await rm(folder, { recursive: true });
    },
  };
}

function friendOf(control: () => PigeonControl): NonNullable<TestNetwork['friend']> {
  const saying = async (text: string): Promise<string> => {
    const found = (await control().messages(me)).findLast((message) => message.text === text && !message.deleted);
    if (!found) throw new Error(`nobody has said "${text}"`);
    return found.id;
  };
  return {
    edit: async (said, text) => void (await control().edit({ ...friend, id: await saying(said), text })),
    retract: async (said) => void (await control().remove({ ...friend, id: await saying(said) })),
    react: async (said, emojis) =>
      void (await control().react({ ...friend, id: await saying(said), emojis: [...emojis] })),
    read: async (said) => void (await control().read({ ...friend, id: await saying(said) })),
    type: async (on) => void (await control().typing({ ...friend, on })),
    sees: {
      reactions: async (said) => {
        const id = await saying(said);
        return (await control().messages(me)).find((message) => message.id === id)?.reactions['anna'] ?? [];
      },
      read: async (said) => {
        const id = await saying(said);
        return (await control().log({ type: 'read', by: 'anna' })).some((entry) => entry.id === id);
      },
      typing: async () => (await control().lastTyping(friend))?.on === true,
    },
  };
}

function faultsOf(server: { running: SpawnedPigeon }, state: string, port: number): NetworkFaults {
  const writing = { user: 'anna', path: '/messages' };
  const refuse = (refusal: Refusal) => async () => {
    await server.running.control.addFault({ ...writing, effect: { kind: 'error', ...refusal } });
  };
  const stop = () => server.running.kill();
  const start = async () => {
    server.running = await spawnPigeon({ state, port });
  };
  return {
    refuse: refuse({ status: 403, error: 'blocked' }),
    busy: refuse({ status: 503, error: 'busy' }),
    limit: (ms) => refuse({ status: 429, error: 'too-fast', retryAfter: Math.ceil(ms / 1000), scope: 'chat' })(),
    throttle: async (ms) => {
      const polls = { user: 'anna', path: '^/events' };
      const effect = { kind: 'error', status: 429, error: 'too-fast', retryAfter: Math.ceil(ms / 1000) } as const;
      const fault = await server.running.control.addFault({ ...polls, times: null, effect });
      await server.running.control.typing({ ...friend, on: true }); // ends the poll that waits
      const limited = async () => (await server.running.control.calls({ user: 'anna', status: 429 })).length;
      return { asked: limited, end: async () => void (await server.running.control.clearFaults({ fault })) };
    },
    dropReply: async () => void (await server.running.control.addFault({ ...writing, effect: { kind: 'drop-after' } })),
    hang: async () =>
      void (await server.running.control.addFault({ ...writing, effect: { kind: 'hold', work: 'after' } })),
    revoke: async () => void (await server.running.control.revoke({ user: 'anna' })),
    stop,
    start,
    cut: async () => {
      await stop();
      await start();
    },
  };
}

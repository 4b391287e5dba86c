// The contract's own suite on the Telegram adapter, with the fake Bot API server in a process of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTelegram } from '../../../adapters/telegram/index.ts';
import { conformance } from '../../../src/adapter/testing/index.ts';
import type { Friend, Harness, NetworkFaults, TestNetwork } from '../../../src/adapter/testing/index.ts';
import { spawnTelegram } from '../../fake/telegram/index.ts';
import type { FaultEffect, MessageView, SpawnedTelegram } from '../../fake/telegram/index.ts';
import { QUICK } from './world.ts';

const harness: Harness = {
  start,
  junk: [{ api_root: 'telegram' }, { api_root: 7 }],
  without: {
    'send: a message that was not taken for now is temporary':
      'Telegram has no such answer; a refused connection is in outcomes.test.ts',
  },
};

async function start(): Promise<TestNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'moongate-telegram-'));
  const state = join(folder, 'state');
  const server = { running: await spawnTelegram({ state }) };
  const { api, control } = server.running;
  const bot = await control.createBot({});
  const user = (await control.createUser({ first_name: 'Anna' })).id;
  await control.openBot({ bot: bot.id, user });
  await fetch(`${api}/bot${bot.token}/getUpdates?offset=-1`);
  const [start] = await control.pendingUpdates({ bot: bot.id });
  await fetch(`${api}/bot${bot.token}/getUpdates?offset=${(start?.update_id ?? 0) + 1}`);
  return {
    adapter: createTelegram({ ...QUICK, pollSeconds: 1 }),
    config: { api_root: api },
    login: {
      answer: () => ({ token: bot.token }),
      wrong: () => ({ token: `${bot.id}:${'x'.repeat(35)}` }),
    },
    chat: { kind: 'direct', id: String(user) },
    say: async (text) => void (await control.sendText({ bot: bot.id, user, text })),
    shown: async () => {
      const all = await server.running.control.messages({ bot: bot.id, chat: user });
      return all.flatMap(({ message: { from, text = '' } }) => (from?.id === bot.id ? [text] : []));
    },
    friend: friendOf(server, bot.id, user),
    faults: faultsOf(server, bot.id, state, Number(new URL(api).port)),
    close: async () => {
      await server.running.close();
      await rm(folder, { recursive: true });
    },
  };
}

function friendOf(server: { running: SpawnedTelegram }, bot: number, user: number): Friend {
  const named = async (said: string): Promise<MessageView> => {
    const all = await server.running.control.messages({ bot, chat: user });
    const found = all.find(({ message }) => message.text === said);
    if (found === undefined) throw new Error(`no message "${said}"`);
    return found;
  };
  const placed = async (said: string) => ({ bot, user, message_id: (await named(said)).message.message_id });
  return {
    edit: async (said, text) => void (await server.running.control.editMessage({ ...(await placed(said)), text })),
    react: async (said, emojis) =>
      void (await server.running.control.react({ ...(await placed(said)), reaction: [...emojis] })),
    sees: {
      reactions: async (said) =>
        ((await named(said)).reactions[bot] ?? []).map((one) => (one.type === 'emoji' ? one.emoji : one.type)),
      // Telegram shows it for five seconds.
      typing: async () => {
        const calls = await server.running.control.calls({ bot, method: 'sendChatAction', status: 200 });
        return calls.some(({ time }) => time > Date.now() - 5_000);
      },
    },
  };
}

function faultsOf(server: { running: SpawnedTelegram }, bot: number, state: string, port: number): NetworkFaults {
  const once = (effect: FaultEffect) => async () => {
    await server.running.control.addFault({ bot, method: 'sendMessage', effect });
    return undefined;
  };
  const stop = () => server.running.kill();
  const again = async () => {
    server.running = await spawnTelegram({ state, port });
  };
  return {
    refuse: once({ kind: 'error', code: 403, description: 'Forbidden: bot was blocked by the user' }),
    limit: (ms) =>
      once({ kind: 'error', code: 429, description: 'Too Many Requests', retry_after: Math.ceil(ms / 1000) })(),
    throttle: async (ms) => {
      const polls = { bot, method: 'getUpdates' };
      const count = async () => (await server.running.control.calls({ ...polls, status: 429 })).length;
      const retry_after = Math.ceil(ms / 1000);
      const effect = { kind: 'error', code: 429, description: 'Too Many Requests', retry_after } as const;
      const fault = await server.running.control.addFault({ ...polls, times: null, effect });
      return { asked: count, end: async () => void (await server.running.control.clearFaults({ fault })) };
    },
    dropReply: once({ kind: 'drop-after' }),
    hang: once({ kind: 'hold', work: 'after' }),
    revoke: async () => {
      await server.running.control.revokeToken({ bot });
      return undefined;
    },
    stop,
    start: again,
    cut: async () => {
      await stop();
      await again();
    },
  };
}

conformance('telegram', harness);

// The conformance suite on the Telegram adapter, against our own strict Bot API server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { conformance } from 'moongate/adapter/testing';
import type { TestNetwork } from 'moongate/adapter/testing';
import { createTelegram } from '@moongate/telegram';
import { startTelegram } from '../fake/telegram/index.ts';
import type { FakeTelegram, FaultEffect } from '../fake/telegram/index.ts';
import { rawBot } from '../fake/telegram/raw-bot.ts';

/** A Bot API server that can go away and come back with its memory; the other calls are what a test may do to it. */
class Stage {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'moongate-telegram-'));
  #fake: FakeTelegram | undefined;
  #port = 0;

  get fake(): FakeTelegram {
    if (!this.#fake) throw new Error('the network is away');
    return this.#fake;
  }

  async start(): Promise<void> {
    this.#fake = await startTelegram({ state: path.join(this.#folder, 'journal'), port: this.#port });
    this.#port = Number(new URL(this.#fake.api).port);
  }

  async stop(): Promise<void> {
    await this.#fake?.close();
    this.#fake = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

async function start(): Promise<TestNetwork> {
  const stage = new Stage();
  await stage.start();
  const { api, control } = stage.fake;
  const { id: bot, token } = await control.createBot({});
  const { id: user } = await control.createUser({ first_name: 'Friend' });
  const { update_id: first } = await control.openBot({ bot, user });
  await rawBot(api, token).updates({ offset: Number(first) + 1 }); // the other side of "/start" is nothing to test here
  const next = (effect: FaultEffect) => async (): Promise<void> => {
    await stage.fake.control.addFault({ method: 'sendMessage', effect });
  };
  const refusal = { kind: 'error', code: 400, description: 'Bad Request: message is not to be sent' } as const;
  const flood = { kind: 'error', code: 429, description: 'Too Many Requests' } as const;
  return {
    adapter: createTelegram({ retryMs: 20, retryMaxMs: 100, pollSeconds: 1 }),
    config: { api_root: api },
    login: { answer: () => ({ token }), wrong: () => ({ token: `${bot}:${'x'.repeat(35)}` }) },
    chat: { kind: 'direct', id: String(user) },
    async say(text) {
      await stage.fake.control.sendText({ bot, user, text });
    },
    async shown() {
      return (await stage.fake.control.log({ bot, direction: 'from-bot' })).map(({ text }) => text);
    },
    faults: {
      refuse: next(refusal),
      busy: () => stage.stop(),
      recover: () => stage.start(),
      limit: (ms) => next({ ...flood, retry_after: ms / 1000 })(),
      dropReply: next({ kind: 'drop-after' }),
      hang: next({ kind: 'hold', work: 'before' }),
      async revoke() {
        await stage.fake.control.revokeToken({ bot });
      },
      async cut() {
        await stage.stop();
        await stage.start();
      },
      stop: () => stage.stop(),
      start: () => stage.start(),
    },
    close: () => stage.close(),
  };
}

conformance('@moongate/telegram', { start, junk: [{ api_root: 'nowhere' }, { api_root: 7 }] });

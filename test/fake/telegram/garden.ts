// The usual setting of the fake's own tests: a fake in the test's process, one bot, and Ada, who has opened it.
import type { TestContext } from 'node:test';
import { type BotView, type FakeTelegram, type Limits, startTelegram } from './index.ts';
import { rawBot, type RawBot } from './raw-bot.ts';

/** What a test finds there. The update about Ada's /start is already confirmed; her /start is message 1. */
export interface Garden extends FakeTelegram {
  bot: BotView;
  raw: RawBot;
  ada: number;
}

/** Plants it for one test. Polls are not slowed and conflicts not delayed, unless `limits` says so. */
export async function plantGarden(t: TestContext, limits: Partial<Limits> = {}): Promise<Garden> {
  const fake = await startTelegram({ limits: { hastyPolls: false, conflictPause: 0, ...limits } });
  t.after(() => fake.close());
  const bot = await fake.control.createBot({ username: 'gate_bot' });
  const { id: ada } = await fake.control.createUser({ first_name: 'Ada', last_name: 'Lovelace', username: 'ada_l' });
  const raw = rawBot(fake.api, bot.token);
  const { update_id } = await fake.control.openBot({ bot: bot.id, user: ada });
  await raw.updates({ offset: (update_id ?? 0) + 1 });
  return { ...fake, bot, raw, ada };
}

// Telegram for Moongate, by a bot of the user's own. README.md says what works, and what each failure means.
import type { Adapter } from 'moongate/adapter';
import type { TelegramCredentials, TelegramCursor } from './batch.ts';
import { parseConfig } from './config.ts';
import type { TelegramConfig } from './config.ts';
import { REAL } from './environment.ts';
import type { Environment } from './environment.ts';
import { tokenLogin } from './login.ts';
import { reach } from './reach.ts';
import { connect } from './session.ts';

export type { Environment, TelegramConfig, TelegramCredentials, TelegramCursor };

/** The adapter; a test replaces time and patience. */
export function createTelegram(
  environment: Partial<Environment> = {},
): Adapter<TelegramConfig, TelegramCredentials, TelegramCursor> {
  const env = { ...REAL, ...environment };
  return {
    api: 1,
    id: 'telegram',
    name: 'Telegram',
    prompt: 'Name, @username or number of someone who has written to your bot',
    parseConfig,
    logins: [tokenLogin(env)],
    check: (config, signal) => reach(config, signal, env),
    connect: (host) => connect(host, env),
  };
}

export default createTelegram();

// IRC for Moongate: each user has a connection of his own. README.md says what works, and what each failure means.
import type { Adapter } from 'moongate/adapter';
import { parseConfig, refuses } from './config.ts';
import type { IrcConfig } from './config.ts';
import type { IrcCredentials, IrcCursor } from './cursor.ts';
import { REAL } from './environment.ts';
import type { Environment } from './environment.ts';
import { connect } from './session.ts';
import { SETTINGS } from './settings.ts';

export type { Environment, IrcConfig, IrcCredentials, IrcCursor };

/** The adapter; a test replaces time and patience. */
export function createIrc(environment: Partial<Environment> = {}): Adapter<IrcConfig, IrcCredentials, IrcCursor> {
  const env = { ...REAL, ...environment };
  return {
    api: 1,
    id: 'irc',
    name: 'IRC',
    prompt: 'Nick, or #channel',
    parseConfig,
    logins: [],
    settings: SETTINGS,
    realm: ({ server }) => (server === undefined ? '%' : undefined),
    refuses,
    connect: (host) => connect(host, env),
  };
}

export default createIrc();

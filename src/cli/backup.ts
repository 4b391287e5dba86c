// `moongate backup FILE`: by the gateway that runs, or from the database itself while none does.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { StoreError, type Store } from '../store/api.ts';
import { openStore } from '../store/sqlite/index.ts';
import { askGateway } from './ask.ts';

/** Writes the backup and says who did it. Rejects with words for the operator. Never overwrites, and leaves no half file. */
export async function backup(config: Config, file: string): Promise<'gateway' | 'here'> {
  const to = path.resolve(file);
  if (!existsSync(path.dirname(to))) throw new Error(`there is no folder ${path.dirname(to)}`);
  if (!existsSync(config.store.path)) throw new Error(`there is no database ${config.store.path}`);
  const store = await openUnlessLocked(config.store.path);
  if (store === undefined) return byGateway(config, to);
  try {
    await store.backup(to);
    return 'here';
  } finally {
    await store.close();
  }
}

/** The store, or undefined while another process has it. */
async function openUnlessLocked(database: string): Promise<Store | undefined> {
  try {
    return await openStore({ path: database });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'locked') return undefined;
    throw error;
  }
}

async function byGateway(config: Config, to: string): Promise<'gateway'> {
  const answer = await askGateway(config, 'backup', { path: to });
  if (answer?.kind === 'told') return 'gateway';
  if (answer?.kind === 'failed') throw new Error(answer.why);
  const why =
    answer === undefined
      ? 'web.listen is not set, so it cannot be asked'
      : answer.kind === 'silent'
        ? `nothing answers at web.listen (${answer.why})`
        : answer.why;
  throw new Error(
    `a gateway runs (${config.store.path} is in use), and ${why}: set web.listen, or stop the gateway first`,
  );
}

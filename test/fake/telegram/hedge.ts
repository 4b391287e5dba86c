// A group on the fake with Ada, its owner, Eve and the bot: what the fake's own tests of groups share.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Garden, plantGarden } from './garden.ts';
import type { ApiUpdate } from './index.ts';

const ALL = ['message', 'edited_message', 'channel_post', 'edited_channel_post', 'message_reaction', 'chat_member'];

/** What a test finds there. */
export interface Hedge extends Garden {
  chat: number;
  eve: number;
  /** Where Ada, the owner, acts for the bot to see. */
  place: { bot: number; user: number; chat: number };
}

/** Plants it for one test; what was told of that is confirmed. */
export async function hedge(t: TestContext, type: 'group' | 'supergroup' | 'channel' = 'supergroup'): Promise<Hedge> {
  const garden = await plantGarden(t);
  const { control, bot, ada, raw } = garden;
  const eve = (await control.createUser({ first_name: 'Eve', language_code: 'de' })).id;
  const { id: chat } = await control.createGroup({ title: 'Hedge', type, members: [ada, eve], description: 'trim it' });
  await raw.updates({ allowed_updates: [...ALL, 'my_chat_member'] });
  const place = { bot: bot.id, user: ada, chat };
  if (type === 'channel')
    await control.setMember({ bot: bot.id, by: ada, chat, user: bot.id, status: 'administrator' });
  else await control.addToGroup(place);
  await confirm(garden);
  return { ...garden, chat, eve, place };
}

/** Everything that the bot has not confirmed yet; then it has. */
export async function confirm({ raw }: Garden): Promise<ApiUpdate[]> {
  const updates = await raw.updates();
  await raw.updates({ offset: (updates.at(-1)?.update_id ?? 0) + 1 });
  return updates;
}

/** Ada makes the bot an administrator. */
export const appoint = ({ control, bot, ada, chat }: Hedge, rights?: Record<string, boolean>) =>
  control.setMember({ bot: bot.id, chat, by: ada, user: bot.id, status: 'administrator', ...(rights && { rights }) });

/** Of which kind each update is. */
export const kinds = (updates: readonly ApiUpdate[]) =>
  updates.map((one) => Object.keys(one).find((key) => key !== 'update_id'));

/** The reason of a call that is refused. */
export async function refused(garden: Hedge, method: string, parameters: Record<string, unknown>): Promise<string> {
  const { status, body } = await garden.raw.call(method, { chat_id: garden.chat, ...parameters });
  assert.notEqual(status, 200, `${method} was let through`);
  return body.description ?? '';
}

/** The result of a call that is done. */
export async function done<T>(garden: Hedge, method: string, parameters: Record<string, unknown> = {}): Promise<T> {
  const { status, body } = await garden.raw.call<T>(method, { chat_id: garden.chat, ...parameters });
  assert.equal(status, 200, `${method}: ${body.description}`);
  return body.result as T;
}

// Commands of a network's own, which its adapter defines: of the gateway, of a contact, of a room.
import type { Chat } from '../adapter/api.ts';
import { LinkError, type Back, type NetworkCommand } from '../link.ts';
import type { AccountId } from '../store/api.ts';
import type { Command, CommandContext } from './command.ts';
import type { Registered } from './directory.ts';
import { failed, said, type Flow } from './flow.ts';
import { which } from './own-settings.ts';

/** Begins their nodes (and words), so that no adapter takes the place of a command of ours. */
export const NETWORK_NODE = 'network/';

type Context = Pick<CommandContext, 'back' | 'directory' | 'network'>;

/**
 * Those of the gateway for a user, by all accounts of his that can be asked. Rejects with a LinkError where he has accounts
 * and none can.
 */
export async function commandsOfNetwork(context: Context, jid: string): Promise<readonly Command[]> {
  const accounts = context.directory.allOf(jid).filter(({ state }) => state !== 'closing');
  const answers = await Promise.allSettled(accounts.map(({ id }) => context.back.commands(id)));
  const lists = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const [first] = answers;
  if (lists.length === 0 && first?.status === 'rejected') throw first.reason;
  const all = new Map(lists.flat().flatMap((one) => (one.on === 'account' ? [[one.id, one] as const] : [])));
  return [...all.values()].map((command) =>
    written(command, async function* (user) {
      const account = yield* which(context, user);
      return account === undefined ? failed('not-registered') : yield* run(context.back, account.id, command);
    }),
  );
}

/** Those of a contact or a room. Rejects with a LinkError. */
export async function commandsOfChat(
  back: Pick<Back, 'commands' | 'run'>,
  { id }: Pick<Registered, 'id'>,
  chat: Chat,
): Promise<readonly Command[]> {
  const place = chat.kind === 'group' ? 'room' : 'contact';
  const all = await back.commands(id);
  return all.filter(({ on }) => on === place).map((command) => written(command, () => run(back, id, command, chat)));
}

/** For lists: nothing is offered by a session that cannot be asked. */
export function noneOffered(error: unknown): readonly Command[] {
  if (error instanceof LinkError) return [];
  throw error;
}

const written = ({ id, title }: NetworkCommand, run: Command['run']): Command => ({
  ...{ id, node: `${NETWORK_NODE}${id}`, title: { words: title }, fits: () => true, run },
});

async function* run(
  back: Pick<Back, 'run'>,
  account: AccountId,
  { id, title, fields }: NetworkCommand,
  chat?: Chat,
): Flow {
  const values = fields.length === 0 ? {} : yield { type: 'form', title, fields };
  return said(await back.run(account, id, values, chat));
}

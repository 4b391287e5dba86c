// What a user sets for his accounts on a network, and accounts that need nothing else: commands of the gateway.
import type { Field, Reply } from '../adapter/api.ts';
import { text } from '../text/index.ts';
import type { CommandContext } from './command.ts';
import type { Registered } from './directory.ts';
import { said, type Flow, type FlowStep, type FlowUser } from './flow.ts';

const REALM = 'realm';

/** Which of his accounts he means; nobody is asked who has one. */
export async function* which(
  { directory, network }: Pick<CommandContext, 'directory' | 'network'>,
  { jid, lang }: FlowUser,
): AsyncGenerator<FlowStep, Registered | undefined, Reply> {
  if (network.realm === undefined) return directory.of(jid);
  const accounts = [...directory.all()].filter((account) => account.jid === jid && account.state !== 'closing');
  const [first, ...others] = accounts;
  if (others.length === 0) return first;
  const options = accounts.map(({ realm = '' }) => realm);
  const label = text(lang, 'settings.realm');
  const reply: Reply = yield { type: 'form', title: label, fields: [{ name: REALM, label, options }] };
  return accounts.find(({ realm = '' }) => realm === reply[REALM]) ?? first;
}

/** Opens an account where no login is needed; its settings are asked for at once. */
export async function* openAccount(context: CommandContext, { jid, lang }: FlowUser): Flow {
  const { back, domain, network } = context;
  const label = text(lang, 'settings.realm');
  const realms: readonly Field[] = network.realm === undefined ? [] : [{ name: REALM, label }];
  const fields = [...realms, ...network.settings];
  const title = text(lang, 'command.login');
  const reply: Reply = fields.length === 0 ? {} : yield { type: 'form', title, fields };
  const account = await back.open(domain, jid, realms.length === 0 ? undefined : reply[REALM]?.trim().toLowerCase());
  if (network.settings.length > 0) await back.configure(account, reply);
  await context.opened(account);
  return said(text(lang, 'register.done'));
}

/** Changes what he has set. */
export async function* settings({ back }: CommandContext, { id }: Registered, { lang }: FlowUser): Flow {
  const fields = await back.settings(id);
  if (fields.length === 0) return said(text(lang, 'settings.none'));
  const title = text(lang, 'command.settings');
  const reply: Reply = yield { type: 'form', title, note: text(lang, 'settings.note'), fields };
  await back.configure(id, reply);
  return said(text(lang, 'settings.done'));
}

// Rooms by command and in the chat with the gateway: which there are, into one, out of one, a new one.
import type { Field, Reply } from '../adapter/api.ts';
import { text } from '../text/index.ts';
import { LinkError, type Capability } from '../link.ts';
import type { Command, CommandContext } from './command.ts';
import type { Registered } from './directory.ts';
import { ask1, failed, list, said, type Flow, type FlowUser } from './flow.ts';

/** Rooms of the network that one answer shows. */
const MOST = 50;

type WithAccount = (run: (account: Registered, user: FlowUser) => Flow) => (user: FlowUser) => Flow;

/** The commands about rooms; each is there where the user's session can do it. */
export function roomCommands(context: CommandContext, withAccount: WithAccount): readonly Command[] {
  const can =
    (...any: readonly Capability[]) =>
    (account: Registered | undefined): boolean =>
      account !== undefined && account.state !== 'closing' && any.some((one) => account.status?.can.includes(one));
  return [
    {
      ...{ id: 'rooms', title: 'command.rooms', fits: can('rooms', 'join', 'leave', 'create') },
      run: withAccount((...args) => rooms(context, ...args)),
    },
    { id: 'join', title: 'command.join', fits: can('join'), run: withAccount((...args) => join(context, ...args)) },
    { id: 'leave', title: 'command.leave', fits: can('leave'), run: withAccount((...args) => leave(context, ...args)) },
    {
      ...{ id: 'leaving', title: 'command.leaving', fits: can('leave') },
      run: withAccount((...args) => leaving(context, ...args)),
    },
    {
      ...{ id: 'create', title: 'command.create', fits: can('create') },
      run: withAccount((...args) => create(context, ...args)),
    },
  ];
}

/** Those he is in, and those that the network knows by what he looks for. */
async function* rooms(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const { back, jidOf } = context;
  const own = (await context.rooms(account)).map(({ name, jid }) => text(lang, 'contacts.line', { name, jid }));
  const mine = own.length === 0 ? text(lang, 'rooms.none') : list(own);
  if (account.status?.can.includes('rooms') !== true) return said(mine);
  const query: Field = { name: 'query', label: text(lang, 'rooms.query'), optional: true };
  const { query: wanted = '' }: Reply = yield {
    ...{ type: 'form', title: text(lang, 'command.rooms'), note: mine },
    fields: [query],
  };
  const found = await back.rooms(account.id, wanted.trim(), { limit: MOST });
  const lines = found.rooms.map(({ name, note, chat }) => {
    const line = text(lang, 'contacts.line', { name, jid: jidOf(chat) });
    return note === undefined ? line : `${line} (${note})`;
  });
  if (lines.length === 0) return said(text(lang, 'rooms.unknown', { query: wanted.trim() }));
  return said([...lines, ...(found.next === undefined ? [] : ['…'])].join('\n'));
}

/** Into a room of the network; his client is invited into it. A password is asked for where there is one. */
async function* join(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const { back, jidOf, roomOf } = context;
  const title = text(lang, 'command.join');
  const query = yield* ask1(title, text(lang, 'rooms.which'));
  const room = await roomOf(account, query);
  if (room === undefined) return said(text(lang, 'rooms.unknown', { query }));
  try {
    await back.join(account.id, room);
  } catch (error) {
    if (!(error instanceof LinkError && error.failure.code === 'invalid')) throw error;
    await back.join(account.id, room, yield* ask1(title, text(lang, 'rooms.password')));
  }
  return said(text(lang, 'rooms.joined', { jid: jidOf({ kind: 'group', id: room }) }));
}

async function* leave(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const own = await context.rooms(account);
  if (own.length === 0) return said(text(lang, 'rooms.none'));
  const query = yield* ask1(text(lang, 'command.leave'), text(lang, 'rooms.which'));
  const named = own.find(({ jid, name }) => jid === query || name === query);
  const room = named?.chat ?? (await context.roomOf(account, query));
  if (room === undefined) return said(text(lang, 'rooms.unknown', { query }));
  await context.back.leave(account.id, room);
  return said(text(lang, 'rooms.left', { jid: context.jidOf({ kind: 'group', id: room }) }));
}

/** What it means for the group that a client leaves its room; a room's own form may say something else. */
async function* leaving(context: CommandContext, { id }: Registered, { lang }: FlowUser): Flow {
  const [stay, leaves] = [text(lang, 'leaving.stay'), text(lang, 'leaving.leave')];
  const field: Field = {
    ...{ name: 'leaving', label: text(lang, 'leaving.question'), options: [stay, leaves] },
    value: (await context.leaving.of(id)) ? leaves : stay,
  };
  const reply: Reply = yield { type: 'form', title: text(lang, 'command.leaving'), fields: [field] };
  await context.leaving.set(id, reply['leaving'] === leaves);
  return said(text(lang, 'leaving.done'));
}

async function* create(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const name = yield* ask1(text(lang, 'command.create'), text(lang, 'rooms.name'));
  if (name === '') return failed('invalid');
  const room = await context.back.create(account.id, name, []);
  return said(text(lang, 'rooms.joined', { jid: context.jidOf({ kind: 'group', id: room }) }));
}

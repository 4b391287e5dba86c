// What the operators of a gateway (`admins` in the config) can ask of it besides, with the nodes of XEP-0133 where one fits.
import { text } from '../text/index.ts';
import type { Command, CommandContext } from './command.ts';
import type { Registered } from './directory.ts';
import { allFailures } from './failures.ts';
import { ask1, failed, list, said, type Flow, type FlowUser } from './flow.ts';

/** FORM_TYPE and prefix of the nodes of XEP-0133. */
const NS_ADMIN = 'http://jabber.org/protocol/admin';
/** Accounts whose lanes are looked at for one list. */
const MOST_LOOKED_AT = 200;

/** The commands of operators. Whoever is none is refused, and does not see them. */
export function operatorCommands(context: CommandContext): readonly Command[] {
  const command = (about: Pick<Command, 'id' | 'title' | 'node'>, run: (user: FlowUser) => Flow): Command => ({
    ...about,
    fits: (_account, jid) => context.isAdmin(jid),
    async *run(user) {
      if (!context.isAdmin(user.jid)) return failed('forbidden');
      return yield* run(user);
    },
  });
  return [
    command({ id: 'users', node: `${NS_ADMIN}#get-registered-users-list`, title: 'command.users' }, (user) =>
      users(context, user),
    ),
    command({ id: 'count', node: `${NS_ADMIN}#get-registered-users-num`, title: 'command.count' }, (user) =>
      count(context, user),
    ),
    command({ id: 'lanes', title: 'command.lanes' }, (user) => ofUser(context, user, 'command.lanes', lanes)),
    command({ id: 'failed-of', title: 'command.failed-of' }, (user) =>
      ofUser(context, user, 'command.failed-of', allFailures),
    ),
    command({ id: 'announce', node: `${NS_ADMIN}#announce`, title: 'command.announce' }, (user) =>
      announce(context, user),
    ),
  ];
}

/** All accounts but those that are being removed. */
const accounts = ({ directory }: CommandContext): readonly Registered[] =>
  [...directory.all()].filter(({ state }) => state !== 'closing');

async function* count(context: CommandContext, { lang }: FlowUser): Flow {
  const { length } = accounts(context);
  const label = text(lang, 'command.count');
  const result = { formType: NS_ADMIN, field: 'registeredusersnum', label, kind: 'text-single' } as const;
  return { text: text(lang, 'users.count', { count: length }), result: { ...result, values: [`${length}`] } };
}

async function* users(context: CommandContext, { lang }: FlowUser): Flow {
  const { back, deliveries } = context;
  const all = accounts(context).toSorted((a, b) => (a.jid < b.jid ? -1 : 1));
  const lines = await Promise.all(
    all.slice(0, MOST_LOOKED_AT).map(async ({ id, jid, remote, status, state }) => {
      const [{ waiting, failed: kept }, undelivered] = await Promise.all([back.waiting(id), deliveries.list(id)]);
      const session = status?.state ?? (state === 'parked' ? 'parked' : 'offline');
      return text(lang, 'users.line', {
        ...{ jid, remote, state: session, waiting, failed: kept, undelivered: undelivered.length },
      });
    }),
  );
  const more = all.slice(MOST_LOOKED_AT).map(({ jid }) => jid);
  const head = text(lang, 'users.count', { count: all.length });
  const values = all.map(({ jid }) => jid);
  const label = text(lang, 'command.users');
  const result = { formType: NS_ADMIN, field: 'registereduserjids', label, kind: 'jid-multi', values } as const;
  return { text: list([head, ...lines, ...more]), result };
}

/** Asks whose account it is about. */
async function* ofUser(
  context: CommandContext,
  user: FlowUser,
  title: 'command.lanes' | 'command.failed-of',
  run: (context: CommandContext, account: Registered, user: FlowUser) => Flow,
): Flow {
  const jid = yield* ask1(text(user.lang, title), text(user.lang, 'operator.whose'));
  const account = context.directory.of(jid.toLowerCase());
  return account === undefined ? failed('not-found') : yield* run(context, account, user);
}

async function* lanes({ back, domain, jidOf }: CommandContext, { id }: Registered, { lang }: FlowUser): Flow {
  const all = await back.lanes(id);
  if (all.length === 0) return said(text(lang, 'lanes.none'));
  const lines = all.map(({ direction, chat, count, bytes }) =>
    text(lang, `lanes.${direction}`, { chat: chat ? jidOf(chat) : domain, count, bytes }),
  );
  return said(list(lines));
}

async function* announce({ back, domain }: CommandContext, { lang }: FlowUser): Flow {
  const label = text(lang, 'announce.text');
  const { announcement = '' } = yield {
    ...{ type: 'form', title: text(lang, 'command.announce'), fields: [{ name: 'announcement', label }] },
    shape: { formType: NS_ADMIN, lines: ['announcement'] },
  };
  return said(text(lang, 'announce.done', { count: await back.announce(domain, announcement) }));
}

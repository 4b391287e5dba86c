// What a user can ask of the gateway itself. One definition, driven as ad-hoc command and in the chat with the gateway.
import { ask, type Reply } from '../adapter/api.ts';
import { LinkError, type LoginProgress, type Network } from '../link.ts';
import { text, type Key } from '../text/index.ts';
import type { Registered } from './directory.ts';
import { commandTitle, nodeOf, plain, type Command, type CommandContext } from './command.ts';
import { failures } from './failures.ts';
import { ask1, failed, list, said, type Flow, type FlowEnd, type FlowStep, type FlowUser } from './flow.ts';
import { commandsOfNetwork, noneOffered } from './network-commands.ts';
import { openAccount, settings, which } from './own-settings.ts';
import { operatorCommands } from './operator.ts';
import { roomCommands } from './room-commands.ts';

const active = (account: Registered | undefined): boolean => account !== undefined && account.state !== 'closing';
const anyone = (): boolean => true;

/** All commands, in the order in which they are listed. */
export function makeCommands(context: CommandContext): readonly Command[] {
  const withAccount = (run: (account: Registered, user: FlowUser) => Flow): ((user: FlowUser) => Flow) =>
    async function* (user) {
      const account = yield* which(context, user);
      if (account === undefined) return failed('not-registered');
      if (account.state === 'closing') return failed('closing');
      return yield* run(account, user);
    };
  return [
    { id: 'login', title: 'command.login', fits: anyone, run: (user) => login(context, user) },
    { id: 'logout', title: 'command.logout', fits: active, run: withAccount((...args) => logout(context, ...args)) },
    {
      id: 'settings',
      title: 'command.settings',
      fits: (account) => active(account) && context.network.settings.length > 0,
      run: withAccount((...args) => settings(context, ...args)),
    },
    { id: 'status', title: 'command.status', fits: active, run: withAccount((...args) => status(context, ...args)) },
    {
      id: 'contacts',
      title: 'command.contacts',
      fits: active,
      run: withAccount((...args) => contacts(context, ...args)),
    },
    { id: 'add', title: 'command.add', fits: active, run: withAccount((...args) => add(context, ...args)) },
    { id: 'search', title: 'command.search', fits: active, run: withAccount((...args) => search(context, ...args)) },
    ...roomCommands(context, withAccount),
    { id: 'failed', title: 'command.failed', fits: active, run: withAccount((...args) => failures(context, ...args)) },
    {
      id: 'retry',
      title: 'command.retry',
      fits: active,
      run: withAccount(async function* ({ id }, { lang }) {
        return said(text(lang, 'retry.done', { count: await context.back.retry(id) }));
      }),
    },
    {
      id: 'cancel',
      title: 'command.cancel',
      fits: active,
      run: withAccount(async function* ({ id }, { lang }) {
        return said(text(lang, 'cancel.done', { count: await context.back.cancel(id) }));
      }),
    },
    ...operatorCommands(context),
    { id: 'help', title: 'command.help', fits: anyone, run: (user) => help(context, user) },
  ];
}

async function* login(context: CommandContext, user: FlowUser): Flow {
  const { back, domain, network } = context;
  if (!context.allowed(user.jid)) return failed('forbidden');
  if (context.directory.of(user.jid)?.state === 'closing') return failed('closing');
  if (network.logins.length === 0) return yield* openAccount(context, user);
  const chosen = yield* choose(network, user);
  if (chosen === undefined) return failed('unsupported');
  let progress = await back.login(domain, user.jid, chosen);
  let over = false;
  try {
    for (;;) {
      if (progress.type === 'done' || progress.type === 'refused') {
        over = true;
        return await finish(context, user, progress);
      }
      const flow = progress.flow;
      const reply: Reply = yield shown(progress);
      const next = back.proceed(flow, progress.type === 'form' ? reply : {});
      const answer = await orGivenUp(next, user.signal);
      if (answer === undefined) return said(text(user.lang, 'bot.abandoned'));
      progress = answer;
    }
  } finally {
    // Given up in the middle: by the user, or because nobody answered any more.
    if (!over && 'flow' in progress) await back.abandon(progress.flow).catch(ignoreLost);
  }
}

async function finish(
  context: CommandContext,
  { lang }: FlowUser,
  progress: Extract<LoginProgress, { type: 'done' | 'refused' }>,
): Promise<FlowEnd> {
  if (progress.type === 'refused') {
    const { failure } = progress;
    // Credentials that are refused were just given, whatever the network calls it: nobody was logged out.
    return { failure: failure.code === 'auth-lost' ? { ...failure, code: 'invalid' } : failure };
  }
  await context.opened(progress.account);
  return said(text(lang, 'register.done'));
}

function shown(progress: Extract<LoginProgress, { type: 'form' | 'show' }>) {
  if (progress.type === 'form') return { type: 'form', ...progress.form } as const;
  const { as, value, note } = progress;
  return { type: 'show', as, value, ...(note === undefined ? {} : { note }) } as const;
}

/** What a promise brings, or undefined once the user has given up. */
async function orGivenUp<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const { promise: givenUp, resolve } = Promise.withResolvers<undefined>();
  const give = (): void => resolve(undefined);
  signal.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([promise, givenUp]);
  } finally {
    signal.removeEventListener('abort', give);
    promise.catch(() => undefined); // lost the race: nobody is left to be told
  }
}

/** A flow that the back has lost is as good as abandoned. */
function ignoreLost(error: unknown): void {
  if (!(error instanceof LinkError)) throw error;
}

async function* choose(network: Network, { lang }: FlowUser) {
  const [first, ...others] = network.logins;
  if (first === undefined || others.length === 0) return first?.id;
  const titles = network.logins.map(({ title }) => title);
  const title = text(lang, 'register.choose');
  const { login: chosen } = yield* ask({ title, fields: [{ name: 'login', label: title, options: titles }] });
  return network.logins.find(({ title: one, id }) => one === chosen || id === chosen)?.id ?? first.id;
}

async function* logout(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  if (!(yield* sure(lang, 'command.logout'))) return said(text(lang, 'bot.abandoned'));
  await context.remove(account);
  return said(text(lang, 'register.removed'));
}

async function* sure(lang: string | undefined, title: Key): AsyncGenerator<FlowStep, boolean, Reply> {
  const [yes, no] = [text(lang, 'command.yes'), text(lang, 'command.no')];
  const label = text(lang, 'command.sure');
  const { sure: answer } = yield* ask({
    title: plain(lang, title),
    fields: [{ name: 'sure', label, value: no, options: [yes, no] }],
  });
  return answer === yes;
}

async function* status(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const [session, { waiting, failed: kept }, undelivered] = await Promise.all([
    context.back.status(account.id),
    context.back.waiting(account.id),
    context.deliveries.list(account.id),
  ]);
  const lines = [
    session.state === 'online'
      ? text(lang, 'status.online', { account: session.self ?? account.remote })
      : text(lang, `status.${session.state}`),
    session.state !== 'online' && session.failure && context.words(session.failure, lang),
    text(lang, 'status.waiting', { waiting, failed: kept }),
    undelivered.length > 0 && text(lang, 'status.undelivered', { count: undelivered.length }),
  ];
  return said(lines.filter(Boolean).join('\n'));
}

async function* contacts(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const all = await context.contacts(account);
  if (all.length === 0) return said(text(lang, 'contacts.none'));
  return said(list(all.map(({ name, jid }) => text(lang, 'contacts.line', { name, jid }))));
}

async function* add(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const query = yield* ask1(text(lang, 'command.add'), context.network.prompt ?? text(lang, 'add.prompt'));
  const found = await context.resolve(account, query);
  if (found === undefined) return said(text(lang, 'add.none', { query }));
  const jid = await context.add(account, found);
  return said(text(lang, 'add.done', { name: found.name, jid }));
}

async function* search(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const query = yield* ask1(text(lang, 'command.search'), text(lang, 'search.query'));
  const found = await context.search(account, query);
  if (found.length === 0) return said(text(lang, 'add.none', { query }));
  return said(list(found.map(({ name, chat }) => text(lang, 'contacts.line', { name, jid: context.jidOf(chat) }))));
}

async function* help(context: CommandContext, { jid, lang }: FlowUser): Flow {
  const account = context.directory.of(jid);
  const all = makeCommands(context);
  const own = all.filter((command) => command.fits(account, jid));
  const taken = new Set(all.map(({ id }) => id));
  const offered = await commandsOfNetwork(context, jid).catch(noneOffered);
  const others = offered.map((command) => ({ ...command, id: taken.has(command.id) ? nodeOf(command) : command.id }));
  const lines = [...own, ...others].map((command) =>
    text(lang, 'bot.help-line', { word: command.id, title: commandTitle(command, lang) }),
  );
  return said([text(lang, 'bot.help', { network: context.network.name }), ...lines].join('\n'));
}

// All that belongs to one account in the back half: its session, its way in, its lanes out.
import { AdapterError, type AnyAdapter, type Chat, type Log, type Session } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import type { Gate } from '../lane/gate.ts';
import { lander, persist } from '../lane/land.ts';
import { OutLanes } from '../lane/out.ts';
import type { Front } from '../link.ts';
import type { Failure, InBody, Notice } from '../message/entry.ts';
import { archiveId, deliveryToken, stanzaId } from '../message/ids.ts';
import { splitContent } from '../message/split.ts';
import { readTyped } from '../message/typed.ts';
import type { Account, Fence, Json, NewEntry, Store } from '../store/api.ts';
import { openGap } from './gap.ts';
import { History } from './history.ts';
import { Inbox } from './inbox.ts';
import { ChatLimits } from './limits.ts';
import { Moves } from './moves.ts';
import { Runner, type Grant } from './runner.ts';
import type { Sealed } from './sealed.ts';
import { settingsFor } from './settings.ts';
import type { Turnstile } from './turnstile.ts';

/** One network, as the back half runs it. */
export interface BackTransport {
  readonly domain: string;
  readonly adapter: AnyAdapter;
  /** What the adapter's parseConfig returned. */
  readonly config: unknown;
  readonly onUncertain: 'resend' | 'tell';
  /** The half that owns its stream. */
  readonly front: Front;
}

/** What all accounts share. */
export interface Surroundings {
  readonly store: Store;
  readonly sealed: Sealed;
  /** Makes tokens and stanza ids; never changes. */
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly log: Log & { child(fields: object): Log };
}

/** What the accounts of one transport share. */
export interface Street {
  readonly gate: Gate;
  /** So many connect at a time. */
  readonly turnstile: Turnstile;
}

export interface House {
  readonly account: Account;
  readonly transport: BackTransport;
  readonly fence: Fence;
  readonly runner: Runner;
  readonly out: OutLanes;
  readonly moves: Moves;
  /** Fetches what was said in a group before its archive begins; says how much it was. */
  older(session: Session, chat: Chat, limit: number): Promise<number>;
}

interface Past {
  readonly history: History;
  /** Of the connection that is up or coming up. */
  inbox: Inbox | undefined;
}

/** Who drains an account's 'in' lanes: its transport's stream. */
export const streamOwner = (domain: string): string => `stream/${domain}`;

/** Builds the house of an account; nothing runs in it yet. */
export function build(
  around: Surroundings,
  transport: BackTransport,
  account: Account,
  fence: Fence,
  { gate: transportGate, turnstile }: Street,
): House {
  const { store, clock, key } = around;
  const { front } = transport;
  const log = around.log.child({ account: account.id, transport: transport.domain });
  const land = lander(store, (lane, entries) => front.wake(lane, entries));
  const moves = new Moves(account.id, store);
  const limits = new ChatLimits();
  const past: Past = {
    history: new History({
      account: account.id,
      store,
      archiveId: (chat, said) => archiveId(key, account.id, chat, said),
    }),
    inbox: undefined,
  };
  const out = new OutLanes({
    account: account.id,
    fence,
    front: streamOwner(transport.domain),
    store,
    land,
    clock,
    log,
    onUncertain: transport.onUncertain,
    token: (entry, part) => deliveryToken(key, account.id, entry.seq, part),
    split: (content, its) => splitContent(readTyped(content, its.markup), its),
    limitsOf: (chat) => limits.of(chat),
    transportGate,
    archiveId: (chat, said) => archiveId(key, account.id, chat, said),
    chatNow: (chat) => moves.of(chat),
    onAuthLost: (error) => {
      out.rest();
      runner.down(error);
    },
  });
  const runner: Runner = new Runner({
    adapter: transport.adapter,
    clock,
    log,
    turn: (signal) => turnstile.enter(signal),
    grant: (signal, end) => grant(around, transport, account, fence, log, signal, end, out, moves, past, limits),
    onHint: (hint) => front.hint(account.id, hint),
    onOnline: (session) => out.online(session),
    onRest: () => out.rest(),
    onClosing: () => out.abort(),
    onStatus: (status) => front.session(account.id, status),
    parked: account.state === 'parked',
    onParked: async (failure, stop) => {
      const append = [notice(account, transport, clock.now(), noticeOf(failure))];
      const parked = { id: account.id, state: 'parked' } as const;
      await persist(() => land({ fence, account: parked, append }), clock, log, stop);
    },
  });
  const older = async (session: Session, chat: Chat, limit: number): Promise<number> =>
    past.inbox === undefined ? 0 : past.history.older(session, chat, limit, past.inbox);
  return { account, transport, fence, runner, out, moves, older };
}

/** What a new connection starts from. */
async function grant(
  { store, sealed, key, clock }: Surroundings,
  transport: BackTransport,
  account: Account,
  fence: Fence,
  log: Log,
  signal: AbortSignal,
  onEnd: (reason: Error) => void,
  out: OutLanes,
  moves: Moves,
  past: Past,
  limits: ChatLimits,
): Promise<Grant> {
  const { front, config } = transport;
  const [credentials, cursor, answers] = await sealed.open(account.id, ['credentials', 'cursor', 'settings']);
  await Promise.all([moves.load(), limits.load(account.id, store)]);
  const gap = await openGap(account.id, store, clock, log, past.history, signal);
  const inbox = new Inbox({
    account: account.id,
    fence,
    front: streamOwner(transport.domain),
    store,
    land: lander(store, (lane, entries) => front.wake(lane, entries)),
    sealed,
    stanzaId: (chat, shown) => stanzaId(key, { account: account.id, chat, ...shown }),
    clock,
    log,
    signal,
    archiveId: (chat, said) => archiveId(key, account.id, chat, said),
    moves,
    limits,
    told: front,
    isOurs: (token) => out.isOurs(token),
    ...(gap && { gap }),
    echo: (chat, token, sent) => out.echo(chat, token, sent),
    onEnd,
  });
  past.inbox = inbox;
  // The process may have died between the opening of the account and its first credentials.
  if (credentials === undefined && transport.adapter.logins.length > 0)
    throw new AdapterError({ code: 'auth-lost' }, '');
  const state = sealed.state(account.id);
  const { jid, realm } = account;
  return {
    ...{ config, credentials, cursor, state, user: jid.slice(0, Math.max(0, jid.indexOf('@'))) },
    ...(realm === undefined ? {} : { realm }),
    settings: settingsFor(transport.adapter.settings ?? [], answers),
    commit: (batch) => inbox.commit(batch),
    begun: (session) => gap?.begin(session, inbox),
  };
}

function noticeOf(failure: Failure): Notice {
  const text = failure.detail ?? '';
  return failure.code === 'auth-lost'
    ? { about: 'auth-lost', values: { text } }
    : { about: 'adapter', values: { text } };
}

/** What the operator tells the account's user. */
export function announcement(
  account: Account,
  transport: BackTransport,
  at: number,
  key: string,
  text: string,
): NewEntry {
  const body: InBody = { type: 'event', event: { type: 'notice', key, at, text } };
  return {
    lane: { account: account.id, direction: 'in', chat: 0, slot: 'main' },
    owner: streamOwner(transport.domain),
    key: `event/${key}`,
    at,
    body: body as unknown as Json,
  };
}

/** What the gateway itself tells the account's user, from its own JID. */
function notice(account: Account, transport: BackTransport, at: number, told: Notice): NewEntry {
  const body: InBody = { type: 'notice', notice: told };
  return {
    lane: { account: account.id, direction: 'in', chat: 0, slot: 'main' },
    owner: streamOwner(transport.domain),
    key: `notice/${told.about}/${at}`,
    at,
    body: body as unknown as Json,
  };
}

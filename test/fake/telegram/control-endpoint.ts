// The control side of the HTTP server: one handler for each operation of `FakeTelegramControl`.
import { randomBytes, randomInt } from 'node:crypto';
import type { CallLog } from '../common/call-log.ts';
import type { Faults } from '../common/faults.ts';
import type { HandlersOf } from '../common/http.ts';
import { until } from '../common/until.ts';
import type {
  ApiUser,
  BotView,
  FakeTelegramControl,
  Limits,
  LogEntry,
  LogFilter,
  MessageView,
  FaultSpec,
  CallEntry,
  CallFilter,
} from './control-api.ts';
import type { FloodControl } from './limits.ts';
import { Groups } from './groups.ts';
import { People } from './people.ts';
import type { Polling } from './polling.ts';
import { type Bot, botOf, personOf } from './state.ts';
import { countsItself } from './group.ts';
import { randomUpdateId, type World } from './world.ts';

const DAY = 24 * 3600 * 1000;
const DEFAULT_REPLY_DELAY = 800;

/** What the control operations act upon. */
export interface ControlParts {
  world: World;
  polling: Polling;
  flood: FloodControl;
  faults: Faults<FaultSpec>;
  calls: CallLog<CallEntry>;
}

/** The handlers; `gone` ends waits whose caller has hung up. */
export type ControlHandlers = HandlersOf<FakeTelegramControl>;

/** Makes the handlers for one fake. */
export function controlHandlers(parts: ControlParts): ControlHandlers {
  const people = new People(parts.world);
  const groups = new Groups(parts.world);
  return {
    ...bots(parts),
    ...humans(parts),
    ...numbering(parts),
    ...observation(parts),
    ...trouble(parts),
    openBot: (params) => people.openBot(params),
    sendText: (params) => people.sendText(params),
    sendMedia: (params) => people.sendMedia(params),
    sendOther: (params) => people.sendOther(params),
    editMessage: (params) => people.editMessage(params),
    deleteMessage: (params) => people.deleteMessage(params),
    react: (params) => people.react(params),
    blockBot: (params) => people.blockBot(params),
    unblockBot: (params) => people.unblockBot(params),
    createGroup: (params) => groups.createGroup(params),
    addToGroup: (params) => groups.addToGroup(params),
    removeFromGroup: (params) => groups.removeFromGroup(params),
    joinGroup: (params) => groups.joinGroup(params),
    leaveGroup: (params) => groups.leaveGroup(params),
    setMember: (params) => groups.setMember(params),
    setChat: (params) => groups.setChat(params),
    pinMessage: (params) => groups.pinMessage(params),
    createTopic: (params) => groups.createTopic(params),
    closeTopic: (params) => groups.closeTopic(params),
    linkChannel: (params) => groups.linkChannel(params),
    migrateGroup: (params) => groups.migrateGroup(params),
  };
}

function bots({ world }: ControlParts): Pick<ControlHandlers, 'createBot' | 'revokeToken'> {
  const { state } = world;
  return {
    createBot(params) {
      const id = params.token === undefined ? freshId(world) : Number(params.token.split(':')[0]);
      const token = params.token ?? newToken(id);
      if (!/^[1-9]\d{0,15}:[\w-]{1,64}$/.test(token)) throw new Error('not the form of a token');
      if (state.bots.has(id) || state.people.has(id)) throw new Error(`id ${id} is taken`);
      const first_name = params.first_name ?? 'Moongate';
      const user: ApiUser = { id, is_bot: true, first_name, username: params.username ?? `moongate_${id}_bot` };
      const readsAll = params.can_read_all_group_messages ?? false;
      world.commit({ t: 'bot', user, token, readsAll, nextUpdateId: randomUpdateId() });
      return botView(botOf(state, id));
    },
    revokeToken({ bot }) {
      world.commit({ t: 'token', bot, token: newToken(botOf(state, bot).user.id) });
      return botView(botOf(state, bot));
    },
  };
}

type Humans = 'createUser' | 'updateUser' | 'deactivateUser' | 'autoReply';

function humans({ world }: ControlParts): Pick<ControlHandlers, Humans> {
  const { state } = world;
  return {
    createUser({ id = freshId(world), ...names }) {
      if (!(Number.isSafeInteger(id) && id > 0)) throw new Error('a user id is a positive number');
      if (state.bots.has(id) || state.people.has(id)) throw new Error(`id ${id} is taken`);
      if (!names.first_name) throw new Error('a user has a first_name');
      world.commit({ t: 'person', user: { id, is_bot: false, ...names }, deactivated: false });
      return personOf(state, id).user;
    },
    updateUser({ user, ...names }) {
      const { user: before, deactivated } = personOf(state, user);
      world.commit({ t: 'person', user: { ...before, ...names }, deactivated });
      return personOf(state, user).user;
    },
    deactivateUser({ user }) {
      world.commit({ t: 'person', user: personOf(state, user).user, deactivated: true });
      return true;
    },
    autoReply({ bot, user, mode, delay_ms = DEFAULT_REPLY_DELAY }) {
      botOf(state, bot);
      personOf(state, user);
      world.commit({ t: 'reply-mode', bot, user, mode, delayMs: delay_ms });
      return true;
    },
  };
}

type Numbering = 'restartMessageIds' | 'restartUpdateIds' | 'pushUpdate' | 'advanceClock';

function numbering({ world }: ControlParts): Pick<ControlHandlers, Numbering> {
  return {
    restartMessageIds({ bot, chat, next }) {
      botOf(world.state, bot);
      const group = chat === undefined ? undefined : world.state.groups.get(chat);
      const own = group !== undefined && countsItself(group);
      world.commit({ t: 'message-ids', bot, chat: own ? group.chat.id : null, next });
      return true;
    },
    restartUpdateIds({ bot, next = randomUpdateId() }) {
      if (world.pending(bot).some(({ update_id }) => update_id >= next)) {
        throw new Error('update ids restart lower only when nothing is pending');
      }
      world.commit({ t: 'update-ids', bot, next });
      return next;
    },
    pushUpdate({ bot, update, raw }) {
      const next = botOf(world.state, bot).nextUpdateId;
      const update_id = raw && typeof update['update_id'] === 'number' ? update['update_id'] : next;
      const content = raw ? { ...update } : { ...update, update_id };
      const queued = { update_id, ...content };
      world.commit({ t: 'update', bot, update: queued, expires: world.now() + DAY });
      return update_id;
    },
    advanceClock({ ms }) {
      world.advance(ms);
      return world.now();
    },
  };
}

type Observation =
  'log' | 'messages' | 'calls' | 'pendingUpdates' | 'waitForLog' | 'waitForCalls' | 'waitForPoll' | 'waitForConfirmed';

function observation({ world, calls, polling }: ControlParts): Pick<ControlHandlers, Observation> {
  const enough = <T>(found: T[], count = 1): T[] | undefined => (found.length >= count ? found : undefined);
  return {
    log: ({ limit, ...filter }) => findEntries(world, filter).slice(0, limit),
    messages: ({ bot, chat }) => messagesIn(world, bot, chat),
    calls: (filter) => findCalls(calls, filter),
    pendingUpdates: ({ bot }) => world.pending(bot),
    waitForLog: ({ count, timeout_ms, ...filter }, gone) =>
      until(world, { timeout_ms, gone, what: `log entries ${JSON.stringify(filter)}` }, () =>
        enough(findEntries(world, filter), count),
      ),
    waitForCalls: ({ count, timeout_ms, ...filter }, gone) =>
      until(world, { timeout_ms, gone, what: `calls ${JSON.stringify(filter)}` }, () =>
        enough(findCalls(calls, filter), count),
      ),
    waitForPoll: ({ bot, timeout_ms }, gone) =>
      until(world, { timeout_ms, gone, what: 'a waiting getUpdates' }, () => polling.isWaiting(bot) || undefined),
    waitForConfirmed: ({ bot, timeout_ms }, gone) =>
      until(world, { timeout_ms, gone, what: 'all updates to be confirmed' }, () =>
        world.pending(bot).length === 0 ? true : undefined,
      ),
  };
}

type Trouble = 'addFault' | 'clearFaults' | 'releaseFault' | 'setLimits';

function trouble({ faults, flood }: ControlParts): Pick<ControlHandlers, Trouble> {
  return {
    addFault: (spec) => faults.add(spec),
    clearFaults({ fault }) {
      faults.clear(fault);
      return true;
    },
    releaseFault: ({ fault }) => faults.release(fault),
    setLimits(changes: Partial<Limits>) {
      flood.limits = { ...flood.limits, ...changes };
      return flood.limits;
    },
  };
}

function messagesIn({ state }: World, bot: number, chat: number): MessageView[] {
  botOf(state, bot);
  // A message keeps its place when it is edited.
  return [...state.messages]
    .filter(([, entry]) => entry.bot === bot && entry.chat === chat)
    .map(([key, { message }]) => ({ message, reactions: Object.fromEntries(state.reactions.get(key) ?? []) }));
}

function findCalls(calls: CallLog<CallEntry>, filter: CallFilter): CallEntry[] {
  const method = filter.method?.toLowerCase();
  return calls.find(
    filter,
    (call) =>
      (filter.bot === undefined || call.bot === filter.bot) &&
      (method === undefined || call.method.toLowerCase() === method),
  );
}

function findEntries(world: World, filter: LogFilter): LogEntry[] {
  // seq counts from 1 without gaps, so it is also the place in the log.
  return world.state.log
    .slice(filter.after ?? 0)
    .filter(
      (entry) =>
        (filter.bot === undefined || entry.bot === filter.bot) &&
        (filter.chat === undefined || entry.chat === filter.chat) &&
        (filter.direction === undefined || entry.direction === filter.direction) &&
        (filter.text === undefined || entry.text === filter.text) &&
        (filter.includes === undefined || entry.text.includes(filter.includes)),
    );
}

function botView({ user, token }: Bot): BotView {
  return { id: user.id, token, username: user.username ?? '', first_name: user.first_name };
}

function newToken(id: number): string {
  return `${id}:AA${randomBytes(24).toString('base64url')}`.slice(0, String(id).length + 36);
}

function freshId(world: World): number {
  for (;;) {
    const id = randomInt(100_000_000, 7_999_999_999);
    if (!world.state.bots.has(id) && !world.state.people.has(id)) return id;
  }
}

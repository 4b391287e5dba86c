// The control side of the network: one handler for each operation of `PigeonControl`.
import { randomBytes } from 'node:crypto';
import type { HandlersOf } from '../common/http.ts';
import { until } from '../common/until.ts';
import type { CallEntry, CallFilter, Deed, LogEntry, LogFilter, PigeonControl, Place } from './control-api.ts';
import type { EndpointParts } from './endpoint.ts';
import { Groups } from './groups.ts';
import { chatKey, membersOf, messagesOf, personOf } from './state.ts';
import type { Wish } from './world.ts';

export type ControlHandlers = HandlersOf<PigeonControl>;

/** Makes the handlers for one fake. */
export function controlHandlers(parts: EndpointParts): ControlHandlers {
  return { ...people(parts), ...deeds(parts), ...observation(parts), ...trouble(parts) };
}

type People = 'createUser' | 'createGroup' | 'setRole' | 'describe' | 'revoke' | 'block';

function people({ world, polling }: EndpointParts): Pick<ControlHandlers, People> {
  const { state } = world;
  const groups = new Groups(world);
  const free = (id: string): string => {
    if (!/^[^\s/]{1,64}$/.test(id)) throw new Error('an id has 1 to 64 characters, no space and no slash');
    if (state.people.has(id) || state.groups.has(id)) throw new Error(`id ${id} is taken`);
    return id;
  };
  return {
    createUser({ id = randomId(), name = id, password = randomId() }) {
      world.commit({ t: 'person', id: free(id), name, password });
      return { id, name, password };
    },
    createGroup({ id = randomId(), name, members, topic = '', open = false }) {
      const [owner = ''] = members.map((member) => personOf(state, member).id);
      if (new Set(members).size < members.length) throw new Error('somebody is in it twice');
      groups.create(owner, { id: free(id), name, members, topic, open });
      return { id, name };
    },
    setRole({ by, group, user, role }) {
      groups.setRole(by, group, user, role);
      return true;
    },
    describe({ by, group, ...change }) {
      groups.describe(by, group, change);
      return true;
    },
    revoke({ user }) {
      const { size } = personOf(state, user).sessions;
      world.commit({ t: 'revoke', user });
      polling.revoke(user);
      return size;
    },
    block({ by, user, on }) {
      personOf(state, user);
      world.commit({ t: 'block', by: personOf(state, by).id, user, on });
      return true;
    },
  };
}

type Deeds = 'say' | 'edit' | 'remove' | 'react' | 'read' | 'typing';

function deeds({ world, polling }: EndpointParts): Pick<ControlHandlers, Deeds> {
  const done = (type: Deed, wish: Omit<Wish, 'type' | 'via'>): LogEntry => world.act({ ...wish, type, via: 'control' });
  return {
    say: (wish) => done('message', wish),
    edit: (wish) => done('edit', wish),
    remove: (wish) => done('delete', wish),
    react: (wish) => done('react', wish),
    read: (wish) => done('read', wish),
    typing({ by, chat, on }) {
      polling.typing(by, chat, on);
      return true;
    },
  };
}

type Observation =
  | 'messages'
  | 'lastTyping'
  | 'log'
  | 'calls'
  | 'pending'
  | 'waitForLog'
  | 'waitForCalls'
  | 'waitForPoll'
  | 'waitForConfirmed';

function observation({ world, calls, polling }: EndpointParts): Pick<ControlHandlers, Observation> {
  const { state } = world;
  const enough = <T>(found: T[], count = 1): T[] | undefined => (found.length >= count ? found : undefined);
  const log = (filter: LogFilter): LogEntry[] => state.log.slice(filter.after ?? 0).filter(wanted(filter));
  const called = (filter: CallFilter): CallEntry[] => calls.find(filter, wantedCall(filter));
  const entered = ({ by, chat }: Place): void => {
    if (!membersOf(state, by, chat)) throw new Error(`${by} has no chat ${chat.kind}/${chat.id}`);
  };
  return {
    messages(place) {
      entered(place);
      return messagesOf(state, place.by, place.chat);
    },
    lastTyping(place) {
      entered(place);
      const last = world.typists.get(chatKey(place.by, place.chat));
      return last && last.from !== place.by ? last : null;
    },
    log: ({ limit, ...filter }) => log(filter).slice(0, limit),
    calls: called,
    pending: ({ user }) => personOf(state, user).queue,
    waitForLog: ({ count, timeout_ms, ...filter }, gone) =>
      until(world, { timeout_ms, gone, what: `log ${JSON.stringify(filter)}` }, () => enough(log(filter), count)),
    waitForCalls: ({ count, timeout_ms, ...filter }, gone) =>
      until(world, { timeout_ms, gone, what: `calls ${JSON.stringify(filter)}` }, () => enough(called(filter), count)),
    waitForPoll: ({ user, timeout_ms }, gone) =>
      until(world, { timeout_ms, gone, what: 'a waiting poll' }, () => polling.isWaiting(user) || undefined),
    waitForConfirmed: ({ user, timeout_ms }, gone) =>
      until(world, { timeout_ms, gone, what: 'all events to be confirmed' }, () =>
        personOf(state, user).queue.length === 0 ? true : undefined,
      ),
  };
}

type Trouble = 'setKeys' | 'addFault' | 'clearFaults' | 'releaseFault' | 'advanceClock' | 'setLimits';

function trouble({ world, faults }: EndpointParts): Pick<ControlHandlers, Trouble> {
  return {
    setKeys({ honoured }) {
      world.commit({ t: 'honour', keys: honoured });
      return true;
    },
    addFault: (spec) => faults.add(spec),
    clearFaults({ fault }) {
      faults.clear(fault);
      return true;
    },
    releaseFault: ({ fault }) => faults.release(fault),
    advanceClock({ ms }) {
      world.advance(ms);
      return world.now();
    },
    setLimits(changes) {
      world.limits = { ...world.limits, ...changes };
      return world.limits;
    },
  };
}

const fits = <T>(filter: T | undefined, value: T): boolean => filter === undefined || filter === value;

/** seq counts from 1 without gaps, so `after` has been seen to already. */
function wanted({ type, by, via, text }: LogFilter): (entry: LogEntry) => boolean {
  return (entry) => fits(type, entry.type) && fits(by, entry.by) && fits(via, entry.via) && fits(text, entry.text);
}

function wantedCall({ user, method, path }: CallFilter): (call: CallEntry) => boolean {
  return (call) => fits<string | null>(user, call.user) && fits(method, call.method) && fits(path, call.path);
}

const randomId = (): string => randomBytes(6).toString('hex');

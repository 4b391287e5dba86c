// A network that does what its user tells the contact "director": for what neither loopback nor Telegram ever does, such as
// a contact that disappears, presence, typing, a login of two steps, and groups as a test wants them.
import {
  AdapterError,
  ask,
  type Adapter,
  type Hint,
  type LogEvent,
  type Member,
  type NetworkEvent,
  type Rejection,
  type Role,
} from 'moongate/adapter';

interface Credentials {
  readonly phone: string;
}

const CODE = '1234';

/** What a line to the director makes happen; `key` names it. */
function play(line: string, key: string, at: number): { readonly events?: NetworkEvent[]; readonly hint?: Hint } {
  const [verb, user = '', ...rest] = line.split(' ');
  const text = rest.join(' ');
  const chat = { kind: 'direct', id: user } as const;
  const said = { key, chat, from: user, at };
  const log = (event: LogEvent) => ({ events: [event] });
  switch (verb) {
    case 'list':
      return { events: [{ type: 'contact', user, listed: true, ...(text === '' ? {} : { name: text }) }] };
    case 'unlist':
      return { events: [{ type: 'contact', user, listed: false }] };
    case 'say':
      return log({ type: 'message', ...said, id: key, content: { text } });
    case 'own':
      return log({ type: 'message', ...said, from: null, id: key, content: { text } });
    case 'remember':
      return log({ type: 'message', ...said, id: key, old: true, content: { text } });
    case 'event':
      return log({ ...said, ...(JSON.parse(text) as LogEvent) });
    case 'commit':
      return { events: JSON.parse(text) as NetworkEvent[] };
    case 'typing':
      return { hint: { type: 'typing', chat, from: user, on: text !== 'off' } };
    case 'typing-in':
      return { hint: { type: 'typing', chat: { kind: 'group', id: text }, from: user, on: true } };
    case 'show':
      return { hint: { type: 'presence', user, show: text as 'away' } };
    default:
      throw new AdapterError({ code: 'rejected', reason: 'invalid' }, `The director does not know "${verb}".`);
  }
}

/** A group of thousands. */
const crowd = (id: string, size: number): NetworkEvent => ({
  ...{ type: 'members', chat: group(id), complete: true },
  members: [
    { user: 'romeo', name: 'Romeo', role: 'owner' },
    { user: null, name: 'Juliet', role: 'member' },
    ...Array.from({ length: size }, (_, index) => ({
      user: `guest${index}`,
      name: `Guest ${index}`,
      role: 'member' as const,
    })),
  ],
});

type Commit = (events: readonly NetworkEvent[]) => Promise<void>;
const group = (id: string) => ({ kind: 'group', id }) as const;

/** Groups come into being when somebody enters them, with Romeo and Mercutio in them; some are not for everybody. */
const closed: Readonly<Record<string, Rejection>> = {
  nowhere: 'not-found',
  banned: 'forbidden',
  closed: 'blocked',
  full: 'too-large',
};

function rooms(commit: Commit, note: (text: string) => Promise<void>) {
  const banned = new Map<string, Member>();
  const people = (id: string): NetworkEvent => ({
    ...{ type: 'members', chat: group(id), complete: true },
    members: [
      { user: 'romeo', name: 'Romeo', role: 'owner' },
      { user: 'mercutio', name: 'Mercutio', role: 'member' },
      { user: null, name: 'Juliet', role: 'admin' },
    ],
  });
  return {
    async join(id: string, password?: string): Promise<void> {
      const reason = id === 'vault' && password !== 'rose' ? 'invalid' : closed[id];
      if (reason !== undefined) throw new AdapterError({ code: 'rejected', reason }, `The door of ${id} is shut.`);
      const events: NetworkEvent[] = [
        { type: 'chat', chat: group(id), name: `The ${id}`, topic: 'Roses', joined: true },
      ];
      await commit(id === 'square' ? [...events, crowd(id, 5_000)] : [...events, people(id)]);
    },
    async leave(id: string): Promise<void> {
      await commit([{ type: 'chat', chat: group(id), joined: false }]);
      await note(`left ${id}`);
    },
    async describe(id: string, change: { readonly name?: string; readonly topic?: string }): Promise<void> {
      if (change.topic === 'Thorns')
        throw new AdapterError({ code: 'rejected', reason: 'forbidden' }, 'There are no thorns here.');
      const by = change.topic === undefined ? {} : { topicBy: null, topicAt: Date.now() };
      await commit([{ type: 'chat', chat: group(id), ...change, ...by }]);
    },
    async invite(id: string, user: string): Promise<void> {
      await note(`invited ${user} into ${id}`);
    },
    async setRole(id: string, user: string, role: Role, reason?: string): Promise<void> {
      const member = { user, role, by: null, ...(reason === undefined ? {} : { reason }) };
      if (role === 'banned') banned.set(`${id} ${user}`, member);
      else banned.delete(`${id} ${user}`);
      await commit([{ type: 'members', chat: group(id), members: [member] }]);
    },
    banned: async (id: string) => [...banned].filter(([key]) => key.startsWith(`${id} `)).map(([, member]) => member),
    async create(name: string): Promise<string> {
      const id = name.toLowerCase();
      await commit([{ type: 'chat', chat: group(id), name, joined: true }, people(id)]);
      return id;
    },
  };
}

const adapter: Adapter<object, Credentials> = {
  api: 1,
  id: 'puppet',
  name: 'Puppets',
  prompt: 'a name',
  parseConfig: () => ({}),
  logins: [
    {
      id: 'code',
      title: 'Code by text message',
      async *run() {
        const { phone } = yield* ask({ title: 'Phone', fields: [{ name: 'phone', label: 'Phone' }] });
        yield { type: 'show', as: 'text', value: `A code goes to ${phone}.` };
        const { code } = yield* ask({ title: 'Code', fields: [{ name: 'code', label: 'Code' }] });
        if (code !== CODE) throw new AdapterError({ code: 'rejected', reason: 'invalid' }, 'That is not the code.');
        return { account: phone, credentials: { phone } };
      },
    },
  ],
  async connect(host) {
    await host.commit({ events: [{ type: 'contact', user: 'director', name: 'Director', listed: true }] });
    const note = async (text: string): Promise<void> => {
      const [chat, key, at] = [{ kind: 'direct', id: 'director' } as const, `note/${text}/${Date.now()}`, Date.now()];
      await host.commit({ events: [{ type: 'message', key, chat, from: 'director', at, content: { text } }] });
    };
    return {
      ...rooms(async (events) => host.commit({ events }), note),
      self: host.credentials.phone,
      limits: { text: 1_000 },
      resend: 'safe',
      async send(chat, content, { token, at }) {
        if (chat.id !== 'director') return { id: token };
        const { events, hint } = play(content.text ?? '', token, at);
        if (events) await host.commit({ events });
        if (hint) host.hint(hint);
        return { id: token };
      },
      retract: async () => undefined,
      async read(chat, upTo) {
        if (chat.kind === 'group') await note(`read ${chat.id} up to ${upTo}`);
      },
      async setContact(user, listed) {
        const chat = { kind: 'direct', id: 'director' } as const;
        const text = `${user} is ${listed ? 'in' : 'out of'} the list`;
        const key = `list/${user}/${listed}/${Date.now()}`;
        await host.commit({
          events: [
            { type: 'contact', user, listed },
            { type: 'message', key, chat, from: 'director', at: Date.now(), content: { text } },
          ],
        });
      },
      async resolve(query) {
        return /^\w+$/.test(query) ? { chat: { kind: 'direct', id: query.toLowerCase() }, name: query } : undefined;
      },
      close: async () => undefined,
    };
  },
};

export default adapter;

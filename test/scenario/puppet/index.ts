// A network that does what its user tells the contact "director": for what neither loopback nor Telegram ever does, such as
// a contact that disappears, presence, typing, and a login of two steps.
import { AdapterError, ask, type Adapter, type Hint, type LogEvent, type NetworkEvent } from 'moongate/adapter';

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
    case 'typing':
      return { hint: { type: 'typing', chat, from: user, on: text !== 'off' } };
    case 'show':
      return { hint: { type: 'presence', user, show: text as 'away' } };
    default:
      throw new AdapterError({ code: 'rejected', reason: 'invalid' }, `The director does not know "${verb}".`);
  }
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
    return {
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

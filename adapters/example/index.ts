// Pigeon for Moongate: the adapter that docs/adapter.md builds step by step.
import { AdapterError, ask } from 'moongate/adapter';
import type { Adapter, Chat, Delivery, Fault, Host, Member, NetworkEvent, Rejection } from 'moongate/adapter';

type Config = { readonly server: string };
type Credentials = { readonly user: string; readonly session: string };
type Via = { readonly config: Config; readonly credentials?: Credentials; readonly signal: AbortSignal };
type Refusal = { readonly error: string; readonly message: string; readonly scope?: 'chat' | 'account' };

/** One request. It rejects with an AdapterError that says whether it may have been done. */
async function call<Answer>(via: Via, method: string, path: string, body?: object, to?: Delivery): Promise<Answer> {
  const headers = {
    ...(via.credentials && { authorization: `Bearer ${via.credentials.session}` }),
    ...(to && { 'idempotency-key': to.token }),
  };
  const signal = AbortSignal.any([via.signal, AbortSignal.timeout(60_000), ...(to ? [to.signal] : [])]);
  const request = { method, headers, signal, body: body ? JSON.stringify(body) : null };
  const [response, answer] = await fetch(via.config.server + path, request)
    .then(async (got) => [got, (await got.json()) as Answer & Refusal] as const)
    .catch((cause: Error) => {
      const never = /ECONNREFUSED|ENOTFOUND/.test(String((cause.cause as { code?: string } | undefined)?.code));
      throw new AdapterError({ code: never ? 'temporary' : 'uncertain' }, 'Pigeon cannot be reached.', { cause });
    });
  if (response.ok) return answer;
  throw new AdapterError(faultOf(response, answer), answer.message);
}

function faultOf({ status, headers }: Response, { error, scope = 'account' }: Refusal): Fault {
  const reasons: Record<number, Rejection> = { 403: 'forbidden', 404: 'not-found', 410: 'expired', 413: 'too-large' };
  if (status === 401) return { code: 'auth-lost' };
  if (status === 429) return { code: 'rate-limited', retryAfterMs: Number(headers.get('retry-after')) * 1000, scope };
  if (status === 503 || status === 409) return { code: 'temporary' };
  if (status >= 500) return { code: 'uncertain' };
  return { code: 'rejected', reason: error === 'blocked' ? 'blocked' : (reasons[status] ?? 'invalid') };
}

type Told = { seq: number; type: string; chat: Chat; from: string; name: string; id: string; at: string } & Words;
type Words = { text?: string; replyTo?: string; emojis?: string[]; key?: string } & Group;
type Group = { topic?: string; joined?: boolean; members?: Member[] };
type News = { events: Told[]; typing: { chat: Chat; from: string; on: boolean }[]; cursor: number };

function eventOf(self: string, { type, seq, chat, from, name, id, at, ...told }: Told): NetworkEvent {
  const said = { key: `event/${seq}`, chat, from: from === self ? null : from, name, at: Date.parse(at) };
  const content = { text: told.text ?? '', ...(told.replyTo && { replyTo: { id: told.replyTo } }) };
  if (type === 'group') return { type: 'chat', chat, name, topic: told.topic ?? '', joined: told.joined ?? true };
  if (type === 'members') return { type, chat, members: told.members ?? [], complete: true };
  if (type === 'edit') return { ...said, type, target: id, content };
  if (type === 'delete') return { ...said, type: 'retract', target: id };
  if (type === 'react') return { ...said, type, target: id, emojis: told.emojis ?? [] };
  if (type === 'read') return { ...said, type, upTo: id, level: 'read' };
  return { ...said, type: 'message', id, content, ...(told.key && { token: told.key }) };
}

async function listen(host: Host<Config, Credentials, number>): Promise<never> {
  for (let after = host.cursor ?? 0; ;) {
    const { events, typing, cursor } = await call<News>(host, 'GET', `/events?after=${after}&wait=25`);
    for (const hint of typing) host.hint({ type: 'typing', ...hint });
    if (events.length > 0) await host.commit({ events: events.map((e) => eventOf(host.credentials.user, e)), cursor });
    after = cursor;
  }
}

const path = ({ kind, id }: Chat, ...more: string[]) => `/${[kind, id, ...more].map(encodeURIComponent).join('/')}`;
const group = (id: string, ...more: string[]) => path({ kind: 'group', id }, ...more);

export default {
  api: 1,
  id: 'pigeon',
  name: 'Pigeon',
  prompt: 'name on Pigeon',
  parseConfig(input) {
    const { server, ...rest } = Object(input) as Record<string, unknown>;
    if (typeof server === 'string' && URL.canParse(server) && Object.keys(rest).length === 0) return { server };
    throw new Error('a Pigeon transport wants server = "URL", and nothing else');
  },
  logins: [
    {
      id: 'password',
      title: 'Name and password',
      async *run({ config, signal }) {
        const secret = { name: 'password', label: 'Password', secret: true } as const;
        const answers = yield* ask({ title: 'Log in to Pigeon', fields: [{ name: 'name', label: 'Name' }, secret] });
        const credentials = await call<Credentials>({ config, signal }, 'POST', '/login', answers);
        return { account: credentials.user, credentials };
      },
    },
  ],
  async connect(host) {
    const me = await call<{ text: number; emojis: number; editMs: number; honoursKeys: boolean }>(host, 'GET', '/me');
    const listening = listen(host).catch((error: unknown) => {
      if (!host.signal.aborted) host.down(error);
    });
    return {
      self: host.credentials.user,
      limits: { text: me.text, editMs: me.editMs, reactions: { max: me.emojis } },
      resend: me.honoursKeys ? 'safe' : 'unsafe',
      async send(chat, { text, replyTo: { id: replyTo } = {} }, to) {
        const sent = await call<Pick<Told, 'id' | 'at'>>(host, 'POST', path(chat, 'messages'), { text, replyTo }, to);
        return { id: sent.id, at: Date.parse(sent.at) };
      },
      edit: (chat, id, { text }, to) => call(host, 'PATCH', path(chat, 'messages', id), { text }, to),
      retract: (chat, id, to) => call(host, 'DELETE', path(chat, 'messages', id), undefined, to),
      react: (chat, id, emojis, to) => call(host, 'PUT', path(chat, 'messages', id, 'reactions'), { emojis }, to),
      read: (chat, id, to) => call(host, 'PUT', path(chat, 'messages', id, 'read'), undefined, to),
      typing: (chat, on) => void call(host, 'PUT', path(chat, 'typing'), { on }).catch(() => undefined),
      async join(id) {
        const { events } = await call<News>(host, 'POST', group(id, 'members'));
        await host.commit({ events: events.map((event) => eventOf(host.credentials.user, event)) });
      },
      leave: (id) => call(host, 'DELETE', group(id, 'members')),
      describe: (id, change) => call(host, 'PATCH', group(id), change),
      setRole: (id, user, role) => call(host, 'PUT', group(id, 'members', user), { role }),
      async resolve(query) {
        const { id, name } = await call<Pick<Told, 'id' | 'name'>>(host, 'GET', `/users/${encodeURIComponent(query)}`);
        return { chat: { kind: 'direct', id }, name };
      },
      close: () => listening,
    };
  },
} satisfies Adapter<Config, Credentials, number>;

// The members' side of the HTTP server: session, parameters, fault, limits, work, answer. Strict: what is not in the README
// is refused.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Buckets } from '../common/buckets.ts';
import type { CallLog } from '../common/call-log.ts';
import { type Answer, Exchange } from '../common/exchange.ts';
import type { Faults } from '../common/faults.ts';
import { readBody } from '../common/http.ts';
import type { CallEntry, ChatName, Deed, FaultSpec } from './control-api.ts';
import { no, refuse, wordsOf } from './answers.ts';
import { Groups } from './groups.ts';
import type { Polling } from './polling.ts';
import { type Person, membersOf } from './state.ts';
import { LONGEST, MOST_EMOJIS, Refused, type Wish, type World, answerTo } from './world.ts';

/** What a call needs. */
export interface EndpointParts {
  world: World;
  polling: Polling;
  faults: Faults<FaultSpec>;
  calls: CallLog<CallEntry>;
}

interface Asked {
  readonly method: string;
  readonly path: readonly string[];
  readonly url: URL;
  readonly text: string;
  readonly key: string | undefined;
  readonly person: Person | undefined;
  readonly gone: AbortSignal;
}
/** The most messages that one answer holds. */
const MOST_HISTORY = 100;

type Field = 'text' | 'texts' | 'truth';
type Body = Readonly<Record<string, unknown>>;

/** Answers the requests of members. */
export class Endpoint {
  readonly #parts: EndpointParts;
  readonly #buckets = new Buckets();

  constructor(parts: EndpointParts) {
    this.#parts = parts;
  }

  /** Answers one request. */
  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { world, faults, calls } = this.#parts;
    const text = await readBody(request);
    const method = request.method ?? '';
    const session = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const person = session === undefined ? undefined : world.owner(session);
    const entry = calls.open({ time: world.now(), user: person?.id ?? null, method, path: url.pathname });
    const exchange = new Exchange({ calls, faults, refuse, wordsOf }, response, entry);
    const fault = faults.take(
      (spec) =>
        (spec.user === undefined || spec.user === person?.id) &&
        (spec.method === undefined || spec.method === method) &&
        (spec.path === undefined || new RegExp(spec.path).test(url.pathname)),
    );
    const path = url.pathname.slice(1).split('/').map(decode);
    const key = request.headers['idempotency-key'];
    const asked = { method, path, url, text, key: key?.toString(), person, gone: exchange.gone };
    await exchange.play(fault, async () => {
      try {
        return await this.#work(asked);
      } catch (error) {
        if (error instanceof Refused) return refuse(error.refusal);
        throw error;
      }
    });
  }

  #work(asked: Asked): Answer | Promise<Answer> {
    const { method, path, person, gone, url } = asked;
    const route = `${method} ${path[0] ?? ''}`;
    if (route === 'POST login' && path.length === 1)
      return this.#logIn(fields(asked, { name: 'text', password: 'text' }));
    if (!person) throw no(401, 'no-such-session');
    if (route === 'GET me' && path.length === 1) return this.#me(person);
    if (route === 'GET events' && path.length === 1) return this.#parts.polling.poll(person, url.searchParams, gone);
    if (route === 'GET users' && path.length === 2) return this.#user(path[1]);
    const [kind, id] = path;
    if ((kind !== 'direct' && kind !== 'group') || !id) throw no(404, 'no-such-path');
    return this.#inChat(asked, person, { kind, id });
  }

  #logIn({ name, password }: Body): Answer {
    const opened = this.#parts.world.logIn(String(name), String(password));
    if (!opened) throw no(401, 'wrong-password');
    return { status: 200, body: opened };
  }

  #me({ id, name }: Person): Answer {
    const { world } = this.#parts;
    const { editMs } = world.limits;
    return {
      status: 200,
      body: { id, name, honoursKeys: world.state.honoursKeys, text: LONGEST, emojis: MOST_EMOJIS, editMs },
    };
  }

  #user(id: string | undefined): Answer {
    const found = this.#parts.world.state.people.get(id ?? '');
    if (!found) throw no(404, 'no-such-user');
    return { status: 200, body: { id: found.id, name: found.name } };
  }

  #inChat(asked: Asked, { id: by }: Person, chat: ChatName): Answer {
    const [, , ...rest] = asked.path;
    const route = [asked.method, rest[0], ...(rest[1] === undefined ? [] : ['ID']), ...rest.slice(2)].join(' ');
    switch (route) {
      case 'GET ':
        return this.#chat(by, chat);
      case 'POST messages':
        return this.#do(asked, 'message', { by, chat }, { text: 'text', 'replyTo?': 'text' });
      case 'PATCH messages ID':
        return this.#do(asked, 'edit', { by, chat, id: rest[1] }, { text: 'text' });
      case 'DELETE messages ID':
        return this.#do(asked, 'delete', { by, chat, id: rest[1] }, {});
      case 'PUT messages ID reactions':
        return this.#do(asked, 'react', { by, chat, id: rest[1] }, { emojis: 'texts' });
      case 'PUT messages ID read':
        return this.#do(asked, 'read', { by, chat, id: rest[1] }, {});
      case 'GET messages':
        return this.#history(by, chat, asked.url.searchParams);
      case 'PUT typing':
        this.#parts.polling.typing(by, chat, fields(asked, { on: 'truth' })['on'] === true);
        return { status: 200, body: {} };
      default:
        if (chat.kind === 'group') return this.#inGroup(asked, route, by, chat.id);
        throw no(404, 'no-such-path');
    }
  }

  #inGroup(asked: Asked, route: string, by: string, id: string): Answer {
    const groups = new Groups(this.#parts.world);
    const user = asked.path[3] ?? '';
    switch (route) {
      case 'PATCH ':
        groups.describe(by, id, fields(asked, { 'name?': 'text', 'topic?': 'text' }));
        break;
      case 'POST members':
        fields(asked, {});
        groups.setRole(by, id, by, 'member');
        return { status: 200, body: { events: groups.look(by, id) } };
      case 'DELETE members':
        groups.setRole(by, id, by, 'none');
        break;
      case 'PUT members ID':
        groups.setRole(by, id, user, String(fields(asked, { role: 'text' })['role']));
        break;
      case 'DELETE members ID':
        groups.setRole(by, id, user, 'none');
        break;
      default:
        throw no(404, 'no-such-path');
    }
    return { status: 200, body: {} };
  }

  #history(by: string, chat: ChatName, query: URLSearchParams): Answer {
    const { world } = this.#parts;
    const limit = query.get('limit') ?? String(MOST_HISTORY);
    const isCount = /^\d{1,3}$/.test(limit) && Number(limit) > 0 && Number(limit) <= MOST_HISTORY;
    if (!isCount) throw no(400, 'bad-limit');
    const messages = world.history(by, chat, query.get('before') ?? undefined, Number(limit)).map((message) => ({
      ...message,
      name: world.state.people.get(message.from)?.name ?? message.from,
      at: new Date(message.at).toISOString(),
    }));
    return { status: 200, body: { messages } };
  }

  #chat(by: string, chat: ChatName): Answer {
    const { state } = this.#parts.world;
    const members = membersOf(state, by, chat);
    if (!members) throw no(404, 'no-such-chat');
    const nameOf = (id: string): string => state.people.get(id)?.name ?? id;
    const all = members.map((id) => ({ id, name: nameOf(id) }));
    const group = chat.kind === 'group' ? state.groups.get(chat.id) : undefined;
    if (!group) return { status: 200, body: { id: chat.id, name: nameOf(chat.id), members: all } };
    const { id, name, topic, open, roles } = group;
    const present = all.map((one) => ({ ...one, role: roles[one.id] ?? 'member' }));
    return { status: 200, body: { id, name, topic, open, members: present } };
  }

  #do(
    asked: Asked,
    type: Deed,
    { by, chat, id }: { by: string; chat: ChatName; id?: string | undefined },
    shape: Readonly<Record<string, Field>>,
  ): Answer {
    const { world } = this.#parts;
    const { method, url, text, key } = asked;
    if (key !== undefined && !/^[\w-]{8,64}$/.test(key)) throw no(400, 'bad-key');
    const body = fields(asked, shape);
    const keyed = key === undefined ? {} : { keyed: { key, request: `${method} ${url.pathname} ${text}` } };
    const before = world.known(by, keyed.keyed);
    if (before) return before;
    this.#limit(by, type, chat);
    const wish: Wish = { type, by, chat, via: 'session', ...body, ...keyed, ...(id === undefined ? {} : { id }) };
    return { status: type === 'message' ? 201 : 200, body: answerTo(world.act(wish)) };
  }

  #limit(by: string, type: Deed, { kind, id }: ChatName): void {
    const { limits } = this.#parts.world;
    const now = this.#parts.world.now();
    const account = this.#buckets.take([[by, limits.account]], now);
    if (account > 0) throw new Refused({ status: 429, error: 'too-fast', retryAfter: account, scope: 'account' });
    const chat = type === 'message' ? this.#buckets.take([[`${by} ${kind}/${id}`, limits.chat]], now) : 0;
    if (chat > 0) throw new Refused({ status: 429, error: 'too-fast', retryAfter: chat, scope: 'chat' });
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return ''; // leads nowhere
  }
}

/** The body's fields; a name that ends in `?` may be absent. Refuses what is missing, wrong or unknown. */
function fields({ text }: Asked, shape: Readonly<Record<string, Field>>): Body {
  const body = parsed(text === '' ? '{}' : text);
  const known = new Map(Object.entries(shape).map(([name, kind]) => [name.replace('?', ''), kind]));
  for (const name of Object.keys(body)) if (!known.has(name)) throw no(400, `unknown-field ${name}`);
  for (const [name, kind] of known) {
    const value = body[name];
    if (value === undefined && Object.hasOwn(shape, `${name}?`)) continue;
    const right =
      kind === 'texts'
        ? Array.isArray(value) && value.every((item) => typeof item === 'string')
        : typeof value === (kind === 'text' ? 'string' : 'boolean');
    if (!right) throw no(400, `bad-field ${name}`);
  }
  return body;
}

function parsed(text: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw no(400, 'not-json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw no(400, 'not-an-object');
  return value as Body;
}

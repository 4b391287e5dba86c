// Sparrow for Moongate. It works as it stands, against the little network in test/network.ts: exchange the calls for those
// of your network, piece by piece, and keep `npm test` green.
import { AdapterError, ask } from 'moongate/adapter';
import type { Adapter, Delivery, Fault, Host, LogEvent } from 'moongate/adapter';

interface Config {
  readonly server: string;
}
interface Credentials {
  readonly user: string;
  readonly session: string;
}
interface Caller {
  readonly config: Config;
  readonly credentials?: Credentials;
  readonly signal: AbortSignal;
}
interface Told {
  readonly seq: number;
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** One request to the network. It rejects with an AdapterError that says whether it may have been done. */
async function call<Answer>(caller: Caller, path: string, body: object, to?: Delivery): Promise<Answer> {
  // So that a connection that dies in silence is noticed: the network answers within half a minute.
  const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(60_000), ...(to ? [to.signal] : [])]);
  const authorization = `Bearer ${caller.credentials?.session ?? 'none'}`;
  let response: Response;
  let answer: Answer;
  try {
    const request = { method: 'POST', headers: { authorization }, body: JSON.stringify(body), signal };
    response = await fetch(caller.config.server + path, request);
    answer = (await response.json()) as Answer;
  } catch (cause) {
    // Only a connection that was never made has certainly done nothing.
    const code = ((cause as Error).cause as { readonly code?: string } | undefined)?.code;
    const never = code === 'ECONNREFUSED' || code === 'ENOTFOUND';
    throw new AdapterError({ code: never ? 'temporary' : 'uncertain' }, 'Sparrow cannot be reached.', { cause });
  }
  if (response.ok) return answer;
  throw new AdapterError(faultOf(response), `Sparrow answered ${response.status} ${response.statusText}.`);
}

/** What the network's refusals mean. Each code makes Moongate do something else: docs/adapter.md has the table. */
function faultOf({ status, headers }: Response): Fault {
  if (status === 401) return { code: 'auth-lost' };
  if (status === 404) return { code: 'rejected', reason: 'not-found' };
  if (status === 429) {
    return { code: 'rate-limited', retryAfterMs: Number(headers.get('retry-after')) * 1000, scope: 'account' };
  }
  if (status === 503) return { code: 'temporary' };
  if (status >= 500) return { code: 'uncertain' };
  return { code: 'rejected', reason: 'forbidden' };
}

/** What the network said, as an event. The key is the network's own: a redelivery has the same one. */
function eventOf({ seq, from, text, at }: Told): LogEvent {
  const chat = { kind: 'direct', id: from } as const;
  return { type: 'message', key: `message/${seq}`, id: `in/${seq}`, chat, from, at, content: { text } };
}

/** Reads for ever: the next question confirms what came before, so it is asked only when that is on disk. */
async function listen(host: Host<Config, Credentials, number>): Promise<never> {
  for (let cursor = host.cursor ?? 0; ;) {
    const told = await call<readonly Told[]>(host, '/events', { after: cursor });
    cursor = told.at(-1)?.seq ?? cursor;
    if (told.length > 0) await host.commit({ events: told.map(eventOf), cursor });
  }
}

const adapter: Adapter<Config, Credentials, number> = {
  api: 1,
  id: 'sparrow',
  name: 'Sparrow',
  prompt: 'name on Sparrow',
  parseConfig(input) {
    const { server, ...unknown } = Object(input) as Readonly<Record<string, unknown>>;
    const [key] = Object.keys(unknown);
    if (typeof server !== 'string' || !URL.canParse(server)) throw new Error('server must be a URL');
    if (key !== undefined) throw new Error(`${key}: unknown key`);
    return { server };
  },
  logins: [
    {
      id: 'password',
      title: 'Name and password',
      async *run({ config, signal }) {
        const fields = [
          { name: 'user', label: 'Name' },
          { name: 'password', label: 'Password', secret: true },
        ] as const;
        const answers = yield* ask({ title: 'Log in to Sparrow', fields });
        const { session } = await call<{ session: string }>({ config, signal }, '/login', answers);
        return { account: answers.user, credentials: { user: answers.user, session } };
      },
    },
  ],
  async connect(host) {
    await call(host, '/events', { after: host.cursor ?? 0, wait: false }); // fails here where the session is worthless
    const listening = listen(host).catch((error: unknown) => {
      if (!host.signal.aborted) host.down(error);
    });
    return {
      self: host.credentials.user,
      limits: { text: 2000 },
      resend: 'safe', // the network knows a token that it has seen
      async send(chat, { text }, to) {
        return call<{ id: string }>(host, '/send', { to: chat.id, text, token: to.token }, to);
      },
      close: () => listening,
    };
  },
};

export default adapter;
